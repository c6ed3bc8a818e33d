//! One child: started again when it dies unasked, given up when it cannot live.

use crate::roll::Roll;
use anyhow::Context;
use nix::sys::signal::Signal;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A child that lives shorter than this died at once.
const SHORT_LIFE: Duration = Duration::from_secs(10);
/// So often in a row it may die at once. Being killed from outside is no sign that it cannot live.
const SHORT_LIVES_MAX: u32 = 3;
/// A log that is longer when its child starts is put aside, once.
const LOG_BYTES_MAX: u64 = 16 << 20;

pub(crate) struct Supervisor {
    pub(crate) name: &'static str,
    pub(crate) command: Command,
    pub(crate) log: PathBuf,
    pub(crate) roll: Arc<Roll>,
    pub(crate) gave_up: Arc<Mutex<Option<String>>>,
    pub(crate) stopping: Arc<AtomicBool>,
}

impl Supervisor {
    pub(crate) fn spawn(&mut self) -> anyhow::Result<Child> {
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
        self.roll.set(self.name, i32::try_from(child.id()).unwrap_or(0))?;
        Ok(child)
    }

    /// Returns when the child has ended and is not to be started again.
    pub(crate) fn keep(&mut self, mut child: Child) {
        let mut short_lives = 0;
        loop {
            let begun = Instant::now();
            // Held until the child ends: a child whose stdin closes knows that its supervisor is gone.
            let _stdin = child.stdin.take();
            let ended = child.wait();
            let forgotten = self.roll.set(self.name, 0);
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            if let Err(error) = forgotten {
                return self.give_up(&format!("{error:#}"));
            }
            let killed = ended.as_ref().is_ok_and(|status| status.signal() == Some(Signal::SIGKILL as i32));
            short_lives = if killed || begun.elapsed() >= SHORT_LIFE { 0 } else { short_lives + 1 };
            let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
            if short_lives >= SHORT_LIVES_MAX {
                let why = why_it_ended(&self.log);
                return self.give_up(&format!("it ended {short_lives} times at once ({how}): {why}"));
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
    if std::fs::metadata(path).is_ok_and(|log| log.len() > LOG_BYTES_MAX) {
        std::fs::rename(path, path.with_extension("log.old"))?;
    }
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.with_context(|| format!("the log {} cannot be written", path.display()))
}

/// The last line that looks like a reason; if there is none, the last line.
fn why_it_ended(log: &Path) -> String {
    let text = tail(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines = || text.lines().rev().filter(|line| !line.trim().is_empty());
    let reason = lines().find(|line| ["Exception", "Error", "ERROR"].iter().any(|word| line.contains(word)));
    reason.or_else(|| lines().next()).unwrap_or("it printed nothing").trim().to_owned()
}

fn tail(log: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(log)?;
    let begin = file.metadata()?.len().saturating_sub(4096);
    file.seek(SeekFrom::Start(begin))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(log: &str, expect: &str) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), log).unwrap();
        assert_eq!(why_it_ended(file.path()), expect);
    }

    /// A supervisor of a shell's command in a folder, and why it gave up.
    fn supervisor(folder: &Path, script: &str) -> (Supervisor, Arc<Mutex<Option<String>>>) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let gave_up = Arc::default();
        let supervisor = Supervisor {
            name: "part",
            command,
            log: folder.join("part.log"),
            roll: Arc::new(Roll::new(folder)),
            gave_up: Arc::clone(&gave_up),
            stopping: Arc::default(),
        };
        (supervisor, gave_up)
    }

    #[test]
    fn what_dies_at_once_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let (mut supervisor, gave_up) = supervisor(folder.path(), "echo no such disk; exit 3");
        let child = supervisor.spawn().unwrap();
        supervisor.keep(child);
        let why = gave_up.lock().unwrap().clone().unwrap();
        assert!(why.contains("3 times at once") && why.contains("no such disk"), "{why}");
    }

    #[test]
    fn what_is_killed_from_outside_is_started_again_however_often() {
        let folder = tempfile::tempdir().unwrap();
        let (mut supervisor, gave_up) = supervisor(folder.path(), "exec sleep 1000");
        let (roll, stopping) = (Arc::clone(&supervisor.roll), Arc::clone(&supervisor.stopping));
        let child = supervisor.spawn().unwrap();
        let keeping = std::thread::spawn(move || supervisor.keep(child));
        let mut killed = 0;
        for round in 0..=SHORT_LIVES_MAX + 1 {
            while roll.get("part") == killed || roll.get("part") == 0 {
                assert!(!keeping.is_finished(), "given up: {:?}", gave_up.lock());
                std::thread::sleep(Duration::from_millis(5));
            }
            stopping.store(round > SHORT_LIVES_MAX, Ordering::SeqCst);
            killed = roll.get("part");
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(killed), Signal::SIGKILL).unwrap();
        }
        keeping.join().unwrap();
        assert_eq!(*gave_up.lock().unwrap(), None);
    }

    #[test]
    fn the_reason_is_found_in_the_log() {
        check("", "it printed nothing");
        check("a\nb\n\n", "b");
        check(
            "started\nCode: 516. DB::Exception: no\n\nIf you\n. (FAILED)\n",
            "Code: 516. DB::Exception: no",
        );
        check(&format!("{}\nlast", "x".repeat(10_000)), "last");
    }
}
