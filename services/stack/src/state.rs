//! What the folder tells about the stack that runs in it.

use crate::{Settings, probe, roll};
use anyhow::{Context, bail};
use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Held as long as a stack runs in the folder; holds the supervisor's process id.
pub(crate) type Lock = Flock<File>;

const LOCK: &str = "stack.lock";
const STOP_WITHIN: Duration = Duration::from_secs(90);

/// A look at the folder holds the lock for a moment: a taken one is tried again for so long.
const LOCK_WITHIN: Duration = Duration::from_secs(1);
/// So long a child without a supervisor may take to stop before it is killed.
const LEFT_OVER_STOP_WITHIN: Duration = Duration::from_secs(30);

/// Takes the folder for this process.
pub(crate) fn claim(folder: &Path) -> anyhow::Result<Lock> {
    let begun = Instant::now();
    let mut lock = loop {
        match try_lock(folder)? {
            Some(lock) => break lock,
            None if begun.elapsed() < LOCK_WITHIN => std::thread::sleep(Duration::from_millis(50)),
            None => bail!(
                "a stack runs already in {}; `svarstid stack status` shows it, `svarstid stack down` stops it",
                folder.display()
            ),
        }
    };
    lock.set_len(0)?;
    write!(lock, "{}", std::process::id())?;
    lock.flush()?;
    stop_left_over(folder);
    Ok(lock)
}

fn try_lock(folder: &Path) -> anyhow::Result<Option<Lock>> {
    let path = folder.join(LOCK);
    let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
    let file = file.with_context(|| format!("{} cannot be opened", path.display()))?;
    Ok(Flock::lock(file, FlockArg::LockExclusiveNonblock).ok())
}

/// Children of a supervisor that was killed are still there: they hold the ports and the data. Says whether there were any.
fn stop_left_over(folder: &Path) -> bool {
    let left: Vec<_> = roll::read(folder).into_iter().filter(|(_, pid)| is_ours(*pid, folder)).collect();
    for (name, pid) in &left {
        tracing::warn!(part = name, pid, "left over from a stack that was killed: stopped");
        let _ = kill(Pid::from_raw(*pid), Signal::SIGTERM);
        let begun = Instant::now();
        while is_ours(*pid, folder) {
            if begun.elapsed() > LEFT_OVER_STOP_WITHIN {
                let _ = kill(Pid::from_raw(*pid), Signal::SIGKILL);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    !left.is_empty()
}

/// A process is ours if its command line names our folder: ids are used again by others.
fn is_ours(pid: i32, folder: &Path) -> bool {
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&command).contains(&format!("{}/", folder.display()))
}

/// One part as seen from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartStatus {
    /// `kafka` or `clickhouse`.
    pub name: &'static str,
    /// What runs.
    pub version: &'static str,
    /// Its process id, if it runs.
    pub pid: Option<i32>,
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
    let folder = &settings.folder;
    let pid = |name| {
        let found = roll::read(folder).into_iter().find(|(known, _)| known == name);
        found.map(|(_, pid)| pid).filter(|pid| is_ours(*pid, folder))
    };
    let kafka = PartStatus {
        name: "kafka",
        version: "4.3.0",
        pid: pid("kafka"),
        answers: probe::kafka_answers(settings.kafka_port),
        address: format!("127.0.0.1:{}", settings.kafka_port),
        disk_bytes: size(&folder.join("kafka")),
    };
    let clickhouse = PartStatus {
        name: "clickhouse",
        version: "26.7",
        pid: pid("clickhouse"),
        answers: probe::clickhouse_answers(settings),
        address: format!("http://127.0.0.1:{}", settings.clickhouse_http_port),
        disk_bytes: size(&folder.join("clickhouse")),
    };
    Status { supervisor: supervisor(folder), parts: vec![kafka, clickhouse] }
}

/// Whether a stack runs in the folder.
#[must_use]
pub fn is_running(folder: &Path) -> bool {
    supervisor(folder).is_some()
}

/// The process that holds the folder.
fn supervisor(folder: &Path) -> Option<i32> {
    if !folder.join(LOCK).exists() || try_lock(folder).ok()?.is_some() {
        return None;
    }
    let pid = std::fs::read_to_string(folder.join(LOCK)).ok()?.trim().parse().ok()?;
    has_open(pid, &folder.join(LOCK)).then_some(pid)
}

/// Between taking the lock and writing its id there is a moment when the file names someone else.
fn has_open(pid: i32, path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    let Ok(files) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    files.flatten().any(|file| std::fs::read_link(file.path()).is_ok_and(|target| target == path))
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

/// Asks the supervisor to stop and waits for it; then stops what a killed one left. False if there was nothing to stop.
pub fn down(settings: &Settings) -> anyhow::Result<bool> {
    let folder = &settings.folder;
    let Some(pid) = supervisor(folder) else {
        if !folder.join(LOCK).exists() {
            return Ok(false);
        }
        // Held, so that nobody starts what is being stopped.
        let Some(_lock) = try_lock(folder)? else {
            bail!("a stack is just starting in {}", folder.display())
        };
        return Ok(stop_left_over(folder));
    };
    kill(Pid::from_raw(pid), Signal::SIGTERM)
        .with_context(|| format!("process {pid} cannot be asked to stop"))?;
    let begun = Instant::now();
    while supervisor(folder) == Some(pid) {
        if begun.elapsed() > STOP_WITHIN {
            tracing::warn!(pid, "the supervisor did not stop in time and is killed");
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    stop_left_over(folder);
    Ok(true)
}
