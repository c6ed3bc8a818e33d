//! Supervised children: started again when they die unasked, stopped together.

use crate::state::Lock;
use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A child that lives shorter than this died at once.
const SHORT_LIFE: Duration = Duration::from_secs(10);
/// So often in a row it may die at once.
const SHORT_LIVES_MAX: u32 = 3;
/// How long a child may take to stop before it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// The running parts.
pub struct Running {
    parts: Vec<Part>,
    stopping: Arc<AtomicBool>,
    _lock: Lock,
}

struct Part {
    name: &'static str,
    log: PathBuf,
    pid: Arc<AtomicI32>,
    gave_up: Arc<Mutex<Option<String>>>,
    supervisor: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn new(lock: Lock) -> Self {
        Self { parts: Vec::new(), stopping: Arc::default(), _lock: lock }
    }

    /// Starts a part and keeps it running.
    pub(crate) fn start(&mut self, name: &'static str, command: Command, log: PathBuf) -> anyhow::Result<()> {
        let supervised = Supervised {
            name,
            command,
            log: log.clone(),
            pid: Arc::default(),
            gave_up: Arc::default(),
            stopping: Arc::clone(&self.stopping),
        };
        let (pid, gave_up) = (Arc::clone(&supervised.pid), Arc::clone(&supervised.gave_up));
        let mut supervised = supervised;
        let child = supervised.spawn()?;
        let supervisor = std::thread::spawn(move || supervised.keep(child));
        self.parts.push(Part { name, log, pid, gave_up, supervisor: Some(supervisor) });
        Ok(())
    }

    /// Waits until a part answers, or says why it never will.
    pub(crate) fn wait_until(
        &self,
        name: &str,
        within: Duration,
        ready: impl Fn() -> bool,
    ) -> anyhow::Result<()> {
        let Some(part) = self.parts.iter().find(|part| part.name == name) else { return Ok(()) };
        let begun = Instant::now();
        while !ready() {
            if let Some(why) = part.gave_up.lock().ok().and_then(|why| why.clone()) {
                bail!("{name} does not start: {why}");
            }
            if begun.elapsed() > within {
                bail!("{name} did not answer within {} s; its log: {}", within.as_secs(), part.log.display());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Process ids by part.
    #[must_use]
    pub fn pids(&self) -> Vec<(&'static str, i32)> {
        self.parts.iter().map(|part| (part.name, part.pid.load(Ordering::SeqCst))).collect()
    }

    /// The first part that was given up, and why.
    #[must_use]
    pub fn failed(&self) -> Option<String> {
        self.parts.iter().find_map(|part| {
            part.gave_up.lock().ok().and_then(|why| why.as_ref().map(|why| format!("{}: {why}", part.name)))
        })
    }

    /// Stops all parts, last started first, and waits for them.
    pub fn stop(mut self) {
        self.stop_all();
    }

    fn stop_all(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        for part in self.parts.iter_mut().rev() {
            let pid = part.pid.load(Ordering::SeqCst);
            if pid > 0 {
                let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            }
            let begun = Instant::now();
            while part.pid.load(Ordering::SeqCst) > 0 && begun.elapsed() < STOP_WITHIN {
                std::thread::sleep(Duration::from_millis(20));
            }
            let pid = part.pid.load(Ordering::SeqCst);
            if pid > 0 {
                tracing::warn!(part = part.name, "did not stop in time and is killed");
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            if let Some(supervisor) = part.supervisor.take() {
                let _ = supervisor.join();
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop_all();
    }
}

struct Supervised {
    name: &'static str,
    command: Command,
    log: PathBuf,
    pid: Arc<AtomicI32>,
    gave_up: Arc<Mutex<Option<String>>>,
    stopping: Arc<AtomicBool>,
}

impl Supervised {
    fn spawn(&mut self) -> anyhow::Result<Child> {
        let log = append(&self.log)?;
        let child = self
            .command
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C in a terminal reaches the whole group: children stop when we say so, in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.command.get_program().display()))?;
        self.pid.store(i32::try_from(child.id()).unwrap_or(0), Ordering::SeqCst);
        Ok(child)
    }

    fn keep(&mut self, mut child: Child) {
        let mut short_lives = 0;
        loop {
            let begun = Instant::now();
            // Held until the child ends: a child whose stdin closes knows that its supervisor is gone.
            let _stdin = child.stdin.take();
            let ended = child.wait();
            self.pid.store(0, Ordering::SeqCst);
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            short_lives = if begun.elapsed() < SHORT_LIFE { short_lives + 1 } else { 0 };
            let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
            if short_lives >= SHORT_LIVES_MAX {
                return self.give_up(&format!(
                    "it ended {short_lives} times at once ({how}): {}",
                    last_line(&self.log)
                ));
            }
            tracing::warn!(part = self.name, how, "ended unasked and is started again");
            std::thread::sleep(Duration::from_millis(200 << short_lives));
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            child = match self.spawn() {
                Ok(child) => child,
                Err(error) => return self.give_up(&format!("{error:#}")),
            };
        }
    }

    fn give_up(&self, why: &str) {
        tracing::error!(part = self.name, why, "is given up");
        if let Ok(mut gave_up) = self.gave_up.lock() {
            *gave_up = Some(format!("{why}; its log: {}", self.log.display()));
        }
    }
}

fn append(path: &Path) -> anyhow::Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.with_context(|| format!("the log {} cannot be written", path.display()))
}

fn last_line(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text[text.len().saturating_sub(4096)..]).into_owned();
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it printed nothing").to_owned()
}
