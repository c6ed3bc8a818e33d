//! What the folder tells about the stack that runs in it.

use crate::{Running, Settings, probe};
use anyhow::{Context, bail};
use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Held as long as a stack runs in the folder; holds the supervisor's process id.
pub(crate) type Lock = Flock<File>;

const LOCK: &str = "stack.lock";
const PIDS: &str = "stack.pids";
const STOP_WITHIN: Duration = Duration::from_secs(90);

/// Takes the folder for this process.
pub(crate) fn claim(folder: &Path) -> anyhow::Result<Lock> {
    let path = folder.join(LOCK);
    let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
    let Ok(mut lock) = Flock::lock(file, FlockArg::LockExclusiveNonblock) else {
        bail!(
            "a stack runs already in {}; `svarstid stack status` shows it, `svarstid stack down` stops it",
            folder.display()
        );
    };
    stop_left_over(folder);
    lock.set_len(0)?;
    write!(lock, "{}", std::process::id())?;
    lock.flush()?;
    Ok(lock)
}

/// Children of a supervisor that was killed are still there: they hold the ports and the data.
fn stop_left_over(folder: &Path) {
    for (name, pid) in pids(folder) {
        if is_ours(pid, folder) {
            tracing::warn!(part = name, pid, "left over from a stack that was killed: stopped");
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            let begun = Instant::now();
            while is_ours(pid, folder) && begun.elapsed() < STOP_WITHIN {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

/// A process is ours if its command line names our folder: ids are used again by others.
fn is_ours(pid: i32, folder: &Path) -> bool {
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&command).contains(&*folder.display().to_string())
}

fn pids(folder: &Path) -> Vec<(String, i32)> {
    let text = std::fs::read_to_string(folder.join(PIDS)).unwrap_or_default();
    let line =
        |line: &str| line.split_once(' ').and_then(|(name, pid)| Some((name.to_owned(), pid.parse().ok()?)));
    text.lines().filter_map(line).collect()
}

pub(crate) fn write(settings: &Settings, running: &Running) -> anyhow::Result<()> {
    let text: String = running.pids().iter().map(|(name, pid)| format!("{name} {pid}\n")).collect();
    std::fs::write(settings.folder.join(PIDS), text).context("process ids cannot be kept")
}

/// One part as seen from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartStatus {
    /// `kafka` or `clickhouse`.
    pub name: &'static str,
    /// Whether it answers in its own protocol.
    pub answers: bool,
    /// Where clients go.
    pub address: String,
    /// Bytes on disk.
    pub disk_bytes: u64,
}

/// The stack as seen from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The supervisor's process id, if one runs.
    pub supervisor: Option<i32>,
    /// Both parts.
    pub parts: Vec<PartStatus>,
}

/// Asks both parts.
#[must_use]
pub fn status(settings: &Settings) -> Status {
    let kafka = PartStatus {
        name: "kafka",
        answers: probe::kafka_answers(settings.kafka_port),
        address: format!("127.0.0.1:{}", settings.kafka_port),
        disk_bytes: size(&settings.folder.join("kafka")),
    };
    let clickhouse = PartStatus {
        name: "clickhouse",
        answers: probe::clickhouse_answers(settings),
        address: format!("http://127.0.0.1:{}", settings.clickhouse_http_port),
        disk_bytes: size(&settings.folder.join("clickhouse")),
    };
    Status { supervisor: supervisor(&settings.folder), parts: vec![kafka, clickhouse] }
}

/// Whether a stack runs in the folder.
#[must_use]
pub fn is_running(folder: &Path) -> bool {
    supervisor(folder).is_some()
}

/// The process that holds the folder.
fn supervisor(folder: &Path) -> Option<i32> {
    let mut file = OpenOptions::new().read(true).write(true).open(folder.join(LOCK)).ok()?;
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(_free) => None,
        Err(_) => text.trim().parse().ok(),
    }
}

fn size(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => size(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    };
    entries.flatten().map(of).sum()
}

/// Asks the supervisor to stop and waits for it. False if none runs.
pub fn down(settings: &Settings) -> anyhow::Result<bool> {
    let Some(pid) = supervisor(&settings.folder) else { return Ok(false) };
    kill(Pid::from_raw(pid), Signal::SIGTERM)
        .with_context(|| format!("process {pid} cannot be asked to stop"))?;
    let begun = Instant::now();
    while supervisor(&settings.folder).is_some() {
        if begun.elapsed() > STOP_WITHIN {
            bail!("process {pid} has not stopped after {} s", STOP_WITHIN.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(true)
}
