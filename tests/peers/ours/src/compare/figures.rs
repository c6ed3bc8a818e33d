//! What comes of the rounds.

use super::outcome::Outcome;
use super::round::Round;
use super::side::{Side, Task};
use anyhow::Context;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

/// What is made of the rounds of one side, each its median.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Medians {
    records_per_s: f64,
    cpu_us_per_record: f64,
    memory_mb: f64,
    broker_cpu_us_per_record: f64,
    broker_memory_mb: f64,
    /// The shortest span.
    seconds_min: f64,
}

/// A median of nothing is none; of an even number the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { upper } else { f64::midpoint(values[middle - 1], upper) })
}

fn medians(rounds: &[Round], side: Side) -> Option<Medians> {
    let of = |value: &dyn Fn(&Round) -> f64| {
        median(rounds.iter().filter(|round| round.side == side).map(value).collect())
    };
    let spans = rounds.iter().filter(|round| round.side == side).map(|round| round.outcome.seconds);
    Some(Medians {
        records_per_s: of(&|round| round.outcome.records_per_s())?,
        cpu_us_per_record: of(&|round| round.outcome.cpu_us_per_record())?,
        memory_mb: of(&|round| round.outcome.memory_peak_mb as f64)?,
        broker_cpu_us_per_record: of(&|round| round.broker_cpu_s * 1e6 / round.outcome.records as f64)?,
        broker_memory_mb: of(&|round| round.broker_memory_mb as f64)?,
        seconds_min: spans.fold(f64::INFINITY, f64::min),
    })
}

/// Each side's figures, then how many times better ours with the same interval are: every ratio is better when larger.
pub fn lines(rounds: &[Round], min_s: f64) -> anyhow::Result<Vec<String>> {
    let sides: BTreeSet<Side> = rounds.iter().map(|round| round.side).collect();
    let mut lines = Vec::new();
    for side in &sides {
        let of = medians(rounds, *side).context("a side without rounds")?;
        lines.push(format!("bench {side}_records_per_s {:.0} records/s", of.records_per_s));
        lines.push(format!("bench {side}_cpu_us_per_record {:.3} us", of.cpu_us_per_record));
        lines.push(format!("bench {side}_memory_mb {:.0} MB", of.memory_mb));
        lines.push(format!("bench {side}_broker_cpu_us_per_record {:.3} us", of.broker_cpu_us_per_record));
        lines.push(format!("bench {side}_broker_memory_mb {:.0} MB", of.broker_memory_mb));
        let short =
            if of.seconds_min < min_s { format!(" (shorter than {min_s:.0} s)") } else { String::new() };
        lines.push(format!("bench {side}_span_s {:.1} s{short}", of.seconds_min));
    }
    for side in sides.iter().filter(|side| !side.is_ours()) {
        let theirs = medians(rounds, *side).context("a side without rounds")?;
        let ours = medians(rounds, side.counterpart())
            .with_context(|| format!("no round of {} to hold {side} against", side.counterpart()))?;
        for (what, ratio) in ratios(ours, theirs) {
            lines.push(format!("bench {side}_{what}_ratio {ratio:.2} times"));
        }
    }
    Ok(lines)
}

/// More records a second are better, less processor time and memory are.
fn ratios(ours: Medians, theirs: Medians) -> [(&'static str, f64); 3] {
    [
        ("throughput", ours.records_per_s / theirs.records_per_s),
        ("cpu", theirs.cpu_us_per_record / ours.cpu_us_per_record),
        ("memory", theirs.memory_mb / ours.memory_mb),
    ]
}

/// One round for the eye.
pub fn told(round: &Round, min_s: f64) -> String {
    let Round { side, round: number, outcome, broker_cpu_s, broker_memory_mb, is_checked } = round;
    let Outcome { seconds, memory_peak_mb, .. } = outcome;
    let short = if *seconds < min_s { ", TOO SHORT" } else { "" };
    let checked = if *is_checked { ", output right" } else { "" };
    format!(
        "round {number} {side}: {seconds:.1} s{short}, {:.0} records/s, {:.3} us of processor time a record, {memory_peak_mb} MB; \
         broker {:.3} us, {broker_memory_mb} MB{checked}",
        outcome.records_per_s(),
        outcome.cpu_us_per_record(),
        broker_cpu_s * 1e6 / outcome.records as f64,
    )
}

/// Written anew after each run: who breaks off keeps what was measured.
pub fn write(file: &Path, task: &Task, min_s: f64, rounds: &[Round]) -> anyhow::Result<()> {
    let world = &task.world;
    let all = json!({
        "records": world.records, "warmup": task.warmup, "partitions": task.partitions, "sites": world.sites, "queues": world.queues,
        "span_s": world.span_s, "lateness_s": world.lateness_s, "seed": world.seed, "min_s": min_s, "rounds": rounds,
    });
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, serde_json::to_vec_pretty(&all)?)
        .with_context(|| format!("writing {}", file.display()))
}
