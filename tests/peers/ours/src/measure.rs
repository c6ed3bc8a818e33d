//! From the first record after the warm-up until all are processed and committed, as the peers measure themselves.

use crate::run::{self, Count, Job};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

pub struct Span {
    pub records: u64,
    pub warmup: u64,
    pub max: Duration,
}

const LOOK_EVERY: Duration = Duration::from_millis(2);

pub fn measure(job: &Job, threads: u16, span: &Span) -> anyhow::Result<Value> {
    let (began, count) = (Instant::now(), Arc::new(Count::default()));
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|thread| {
                let count = Arc::clone(&count);
                scope.spawn(move || run::run(job, thread, &count))
            })
            .collect();
        let wait = |until: &dyn Fn() -> bool| {
            while !until()
                && began.elapsed() < span.max
                && !all.iter().any(std::thread::ScopedJoinHandle::is_finished)
            {
                std::thread::sleep(LOOK_EVERY);
            }
        };
        wait(&|| count.processed.load(Relaxed) > 0);
        let startup_s = began.elapsed().as_secs_f64();
        wait(&|| count.processed.load(Relaxed) >= span.warmup.max(1));
        let (from, cpu_from_s, commits) = (Instant::now(), cpu_s()?, count.commits.load(Relaxed));
        let records = span.records.saturating_sub(count.processed.load(Relaxed));
        wait(&|| count.committed.load(Relaxed) >= span.records);
        let (seconds, cpu_s) = (from.elapsed().as_secs_f64(), cpu_s()? - cpu_from_s);
        let committed = count.committed.load(Relaxed);
        count.stop.store(true, Relaxed);
        for thread in all {
            thread.join().map_err(|_| anyhow::anyhow!("a thread has panicked"))??;
        }
        ensure!(committed >= span.records, "{committed} of {} records after {:?}", span.records, span.max);
        Ok(json!({
            "peer": "ours", "n": committed, "records": records, "seconds": seconds, "records_per_s": records as f64 / seconds,
            "cpu_s": cpu_s, "memory_peak_mb": memory_peak_mb()?, "startup_s": startup_s,
            "commits": count.commits.load(Relaxed) - commits, "late": count.late.load(Relaxed),
        }))
    })
}

/// Of the whole process.
fn cpu_s() -> anyhow::Result<f64> {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF)?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

fn memory_peak_mb() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? / 1024)
}
