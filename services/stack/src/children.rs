//! Supervised children, stopped together.

use crate::roll::Roll;
use crate::state::Lock;
use crate::supervisor::Supervisor;
use anyhow::bail;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a child may take to stop before it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// The running parts.
pub struct Running {
    parts: Vec<Part>,
    roll: Arc<Roll>,
    stopping: Arc<AtomicBool>,
    // After the parts: the folder is free only when they have ended.
    _lock: Lock,
}

struct Part {
    name: &'static str,
    log: PathBuf,
    gave_up: Arc<Mutex<Option<String>>>,
    supervisor: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn new(folder: &Path, lock: Lock) -> Self {
        let roll = Arc::new(Roll::new(folder));
        Self { parts: Vec::new(), roll, stopping: Arc::default(), _lock: lock }
    }

    /// Starts a part and keeps it running.
    pub(crate) fn start(&mut self, name: &'static str, command: Command, log: PathBuf) -> anyhow::Result<()> {
        let mut supervisor = Supervisor {
            name,
            command,
            log: log.clone(),
            roll: Arc::clone(&self.roll),
            gave_up: Arc::default(),
            stopping: Arc::clone(&self.stopping),
        };
        let gave_up = Arc::clone(&supervisor.gave_up);
        let child = supervisor.spawn()?;
        let supervisor = Some(std::thread::spawn(move || supervisor.keep(child)));
        self.parts.push(Part { name, log, gave_up, supervisor });
        Ok(())
    }

    /// Waits until a part answers, or says why it never will.
    pub(crate) fn wait_until(
        &self,
        name: &str,
        within: Duration,
        stopped: &dyn Fn() -> bool,
        ready: impl Fn() -> bool,
    ) -> anyhow::Result<()> {
        let Some(part) = self.parts.iter().find(|part| part.name == name) else { return Ok(()) };
        let begun = Instant::now();
        while !ready() {
            if let Some(why) = self.failed() {
                bail!("{why}");
            }
            if stopped() {
                bail!("stopped before {name} answered");
            }
            if begun.elapsed() > within {
                bail!("{name} did not answer within {} s; its log: {}", within.as_secs(), part.log.display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Process ids by part; a part that is just being started again has none.
    #[must_use]
    pub fn pids(&self) -> Vec<(&'static str, i32)> {
        self.roll.all()
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
            let Some(supervisor) = part.supervisor.take() else { continue };
            stop(part.name, &supervisor, &self.roll);
            let _ = supervisor.join();
        }
    }
}

/// Returns when the supervisor has seen its child end. It is asked again and again: the child may be started a last time
/// just when the first signal went out.
fn stop(name: &'static str, supervisor: &JoinHandle<()>, roll: &Roll) {
    let begun = Instant::now();
    let mut asked = 0;
    while !supervisor.is_finished() {
        let pid = roll.get(name);
        let late = begun.elapsed() > STOP_WITHIN;
        if pid > 0 && late {
            tracing::warn!(part = name, "did not stop in time and is killed");
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        } else if pid > 0 && pid != asked {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            asked = pid;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop_all();
    }
}
