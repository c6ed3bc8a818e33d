//! The load: a channel event log that a PBX writes, day and night. It is the recording again and again, each lap a quarter of an
//! hour later and with ids of its own, written as fast as the seed says.

use anyhow::{Context, bail};
use fastrand::Rng;
use pipeline::{Clock, SystemClock};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// When the recording's first minute begins, s.
const RECORDED_S: i64 = 1_795_472_460;
/// From lap to lap, s: the recording takes twelve minutes, and ends quietly.
pub const LAP_S: i64 = 900;
/// Calls of a lap, by the recording's own truth.
pub const LAP_CALLS: usize = 171;
const TICK: Duration = Duration::from_millis(50);
/// Lines of a tick at most; the mean is half of it.
const TICK_LINES_MAX: usize = 26;

/// A folder of the workspace's recordings.
#[must_use]
pub fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings/asterisk22")
}

/// A file of the recording, unpacked.
pub fn recorded(name: &str) -> anyhow::Result<String> {
    let path = recordings().join(name);
    let file = File::open(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    Ok(text)
}

/// The same text so many seconds later: every Unix time of the recording in it is moved, in ids too.
#[must_use]
pub fn later(text: &str, by_s: i64) -> String {
    let mut moved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("179547") {
        let (before, found) = rest.split_at(at);
        moved.push_str(before);
        let is_begin = !before.ends_with(|c: char| c.is_ascii_digit());
        let digits = found.bytes().take_while(u8::is_ascii_digit).count();
        match found.get(..10).and_then(|time| time.parse::<i64>().ok()) {
            Some(time) if is_begin && digits == 10 => moved.push_str(&(time + by_s).to_string()),
            _ => moved.push_str(&found[..digits]),
        }
        rest = &found[digits..];
    }
    moved + rest
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Paused,
    Running,
    /// To the end of the lap at once, then pause.
    Finishing,
    Ended,
}

struct State {
    mode: Mode,
    /// Lap and line that come next.
    lap: u32,
    line: usize,
    failed: Option<String>,
}

struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

/// Who writes the log.
pub struct Load {
    /// The log.
    pub path: PathBuf,
    desk: Arc<Desk>,
    writer: Option<JoinHandle<()>>,
    recorded: Arc<Vec<String>>,
    first_s: i64,
}

impl Load {
    /// Nothing is written yet.
    pub fn new(path: PathBuf, seed: u64) -> anyhow::Result<Self> {
        let recorded: Vec<String> = recorded("cel.csv.gz")?.lines().map(str::to_owned).collect();
        let recorded = Arc::new(recorded);
        // Ahead of every clock, so that a heartbeat of now never closes a minute that is still being written.
        let day_s = SystemClock.now_us() / 1_000_000 / 86_400;
        let first_s = (day_s + 2) * 86_400;
        let state = State { mode: Mode::Paused, lap: 0, line: 0, failed: None };
        let desk = Arc::new(Desk { state: Mutex::new(state), changed: Condvar::new() });
        let mut file = File::options().create(true).append(true).open(&path)?;
        let (at, lines) = (Arc::clone(&desk), Arc::clone(&recorded));
        let writer = std::thread::spawn(move || {
            let mut random = Rng::with_seed(seed);
            while let Some(bytes) = at.next(&lines, first_s, &mut random) {
                if let Err(error) = file.write_all(&bytes) {
                    at.lock().failed = Some(error.to_string());
                    return;
                }
                std::thread::sleep(TICK);
            }
        });
        Ok(Self { path, desk, writer: Some(writer), recorded, first_s })
    }

    /// Begins, or goes on.
    pub fn go_on(&self) {
        self.desk.set(Mode::Running);
    }

    /// Writes the rest of the lap at once, then waits; true when it is written.
    pub fn finish_lap(&self) -> anyhow::Result<()> {
        self.desk.set(Mode::Finishing);
        let mut state = self.desk.lock();
        while state.mode == Mode::Finishing {
            if let Some(why) = &state.failed {
                bail!("the load cannot be written: {why}");
            }
            let waited = self.desk.changed.wait_timeout(state, TICK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    /// Lap and line that come next.
    #[must_use]
    pub fn place(&self) -> (u32, usize) {
        let state = self.desk.lock();
        (state.lap, state.line)
    }

    /// The text of a lap, so many lines of it.
    #[must_use]
    pub fn text(&self, lap: u32, lines: usize) -> String {
        let lines = self.recorded.iter().take(lines).map(|line| later(line, self.shift_s(lap)) + "\n");
        lines.collect()
    }

    /// A whole lap.
    #[must_use]
    pub fn whole(&self, lap: u32) -> String {
        self.text(lap, usize::MAX)
    }

    /// When a lap begins, s.
    #[must_use]
    pub fn begin_s(&self, lap: u32) -> i64 {
        self.first_s + i64::from(lap) * LAP_S
    }

    fn shift_s(&self, lap: u32) -> i64 {
        self.begin_s(lap) - RECORDED_S
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.desk.set(Mode::Ended);
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, mode: Mode) {
        self.lock().mode = mode;
        self.changed.notify_all();
    }

    /// What is written next, as soon as something is to be; none at the end.
    fn next(&self, recorded: &[String], first_s: i64, random: &mut Rng) -> Option<Vec<u8>> {
        let mut state = self.lock();
        while state.mode == Mode::Paused {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let left = recorded.len() - state.line;
        let lines = match state.mode {
            Mode::Running => random.usize(0..=TICK_LINES_MAX).min(left),
            Mode::Finishing if state.line > 0 => left,
            Mode::Finishing => 0,
            Mode::Paused | Mode::Ended => return None,
        };
        let by_s = first_s + i64::from(state.lap) * LAP_S - RECORDED_S;
        let some = &recorded[state.line..state.line + lines];
        let bytes: String = some.iter().map(|line| later(line, by_s) + "\n").collect();
        state.line += lines;
        if state.line == recorded.len() {
            (state.lap, state.line) = (state.lap + 1, 0);
        }
        if state.mode == Mode::Finishing {
            state.mode = Mode::Paused;
        }
        Some(bytes.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_move_and_numbers_do_not() {
        let text = "\"CHAN_START\",\"1795472477.604218\",\"0179547247\",\"pbx-B-1795472477.0\",\"1795472\"";
        let expect = "\"CHAN_START\",\"1795472487.604218\",\"0179547247\",\"pbx-B-1795472487.0\",\"1795472\"";
        assert_eq!(later(text, 10), expect);
    }
}
