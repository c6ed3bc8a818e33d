//! One run of one side.

use super::outcome::Outcome;
use super::process;
use super::side::{Side, Task};
use anyhow::{Context, bail};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How much longer than it may run a side may take to start and to end.
const PATIENCE: Duration = Duration::from_secs(180);

#[derive(Debug, Clone, serde::Serialize)]
pub struct Round {
    pub round: u32,
    pub side: Side,
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The broker's in the same span.
    pub broker_cpu_s: f64,
    /// The broker's from the start of the side to its line.
    pub broker_memory_mb: u64,
    pub is_checked: bool,
}

/// Killed when dropped: whoever breaks off leaves nothing running.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What was seen while it ran.
struct Watched {
    line: String,
    /// When the line came, seconds since the start.
    at_s: f64,
    /// The broker's processor time (second since the start, seconds).
    broker: Vec<(f64, f64)>,
}

/// Runs it to its end. The span ends with the line, as each prints it at once.
pub fn run(
    side: Side,
    round: u32,
    mut command: Command,
    broker: i32,
    log: &Path,
    task: &Task,
) -> anyhow::Result<Round> {
    process::forget_peak(broker)?;
    let errors = std::fs::File::create(log).with_context(|| format!("making {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
    let mut started =
        Started(command.spawn().with_context(|| format!("starting {:?}", command.get_program()))?);
    let output = started.0.stdout.take().context("it has no output")?;
    let within = Duration::from_secs(task.max_s) + PATIENCE;
    let seen = watch(&lines(output), || process::cpu_s(broker), within);
    if seen.is_err() {
        let _ = started.0.kill();
    }
    let status = started.0.wait()?;
    let seen = seen.with_context(|| last_words(log))?;
    if !status.success() {
        bail!("it ended with {status}: {}", last_words(log));
    }
    let outcome = Outcome::read(&seen.line, side.peer(), task.world.records)?;
    let broker_cpu_s = process::between(&seen.broker, seen.at_s - outcome.seconds, seen.at_s)?;
    let broker_memory_mb = process::memory_peak_mb(broker)?;
    Ok(Round { round, side, outcome, broker_cpu_s, broker_memory_mb, is_checked: false })
}

/// What it prints, line by line.
fn lines(output: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (say, hear) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if say.send(line).is_err() {
                return;
            }
        }
    });
    hear
}

fn watch(
    lines: &Receiver<String>,
    mut broker_s: impl FnMut() -> anyhow::Result<f64>,
    within: Duration,
) -> anyhow::Result<Watched> {
    let (began, mut broker) = (Instant::now(), Vec::new());
    loop {
        broker.push((began.elapsed().as_secs_f64(), broker_s()?));
        match lines.recv_timeout(LOOK_EVERY) {
            // a library may say something before it
            Ok(line) if line.starts_with('{') => {
                let at_s = began.elapsed().as_secs_f64();
                broker.push((began.elapsed().as_secs_f64(), broker_s()?));
                return Ok(Watched { line, at_s, broker });
            }
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => bail!("it ended without its line"),
            Err(RecvTimeoutError::Timeout) if began.elapsed() > within => bail!("nothing for {within:?}"),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn last_words(log: &Path) -> String {
    let said = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(3)..].join(" | ")
}
