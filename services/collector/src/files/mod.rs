//! Log files of the PBX, read while it writes them.
//!
//! A log is a row of files: the one at its path, and before it those that were renamed, or copied and cut. Its bytes are one
//! stream for the reader, whose offsets go on from file to file; each event gets its place in its own file. How far
//! events are safe in the spool is kept beside it, so that nothing is lost or told twice by a restart.

mod begin;
mod folder;
mod identity;
mod look;
mod parts;
mod position;
mod put;
mod reader;
#[cfg(test)]
mod tests;

use crate::intake::Intake;
use crate::sources::Outlet;
use config::{Config, FollowedFile};
use look::{Finished, Look};
use parts::Parts;
use pipeline::{Clock, SystemClock};
use position::{Kept, Mark, Position};
use reader::Reader;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};
use telemetry::metrics::Counter;
use tokio::sync::watch;

const CHUNK_BYTES: usize = 1 << 18;
/// A silent file is still a living one: so often it says so.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(10);
/// How often the folder is searched while nothing is at the path.
const SEARCH_EVERY: Duration = Duration::from_secs(10);
/// How soon the end is noticed while nothing is to be read.
const LOOK_UP_EVERY: Duration = Duration::from_millis(20);

/// The file that is being read.
struct Open {
    file: File,
    /// Bytes that the reader has.
    read: u64,
}

/// Follows one log.
pub(crate) struct Follower {
    config: Config,
    log: FollowedFile,
    /// The path as a label.
    name: String,
    /// How many of its records were read.
    records: Counter,
    intake: Intake,
    outlet: Outlet,
    reader: Reader,
    parts: Parts,
    /// The last part's file; none between two files.
    open: Option<Open>,
    /// The reader's offset of the next file's first byte.
    next_base: u64,
    finished: Option<Finished>,
    /// Up to here (in the reader's offsets) everything is in the spool.
    done: u64,
    /// Up to here it was in the spool before the start.
    known: Option<Mark>,
    kept: Kept,
    /// The end came while a record waited for room: the reader has it, the spool has not.
    broke_off: bool,
    /// When the file had been read to its end for the last time.
    heard_us: i64,
    /// Since when records may be lost that nobody was told of yet.
    lost_since_us: Option<i64>,
    last_beat: Option<Instant>,
    /// When the spool was forced to disk.
    last_safe: Instant,
    /// When the folder was searched for rotated files that come next.
    last_search: Option<Instant>,
    /// What keeps the file from being read, as it was logged.
    trouble: Option<String>,
}

impl Follower {
    /// Takes up where the last run ended.
    pub fn new(config: &Config, log: &FollowedFile, outlet: &Outlet) -> anyhow::Result<Self> {
        let path = std::path::absolute(&log.path)?;
        let kept = Kept::open(&begin::position_file(config, log, &path))?;
        let mut follower = Self {
            config: config.clone(),
            log: FollowedFile { path, ..log.clone() },
            records: outlet.metrics.file.records.of([&log.path.display().to_string()]),
            name: log.path.display().to_string(),
            intake: outlet.intake(config, reader::source_kind(log.kind))?,
            outlet: outlet.clone(),
            reader: Reader::at(0, log.kind, config)?,
            parts: Parts::default(),
            open: None,
            next_base: 0,
            finished: None,
            done: 0,
            known: None,
            broke_off: false,
            heard_us: kept.last().map_or_else(|| SystemClock.now_us(), |last| last.heard_us),
            kept,
            lost_since_us: None,
            last_beat: None,
            last_safe: Instant::now(),
            last_search: None,
            trouble: None,
        };
        follower.begin()?;
        Ok(follower)
    }

    /// Until told to end; then everything that was read is safe.
    pub fn run(&mut self, ending: &watch::Receiver<bool>) -> anyhow::Result<()> {
        let poll = Duration::from_millis(self.log.poll_ms);
        // Whoever could say it may be gone.
        let is_ending = || *ending.borrow() || ending.has_changed().is_err();
        while !is_ending() {
            self.turn(&is_ending)?;
            let begun = Instant::now();
            while begun.elapsed() < poll && !is_ending() {
                std::thread::sleep(poll.min(LOOK_UP_EVERY));
            }
        }
        self.make_safe()
    }

    /// One look at the file, and everything that can be read now.
    fn turn(&mut self, is_ending: &dyn Fn() -> bool) -> anyhow::Result<()> {
        let mut look = self.look();
        if !matches!(look, Look::Cut)
            && let Some(worse) = self.read_on(is_ending)?
        {
            look = worse;
        }
        if is_ending() {
            return Ok(());
        }
        match look {
            Look::Here => self.caught_up(is_ending)?,
            Look::Empty | Look::Away(_) if self.has_later()? => self.go_on(is_ending)?,
            Look::Empty => self.caught_up(is_ending)?,
            Look::Away(why) => self.is_away(why),
            Look::Other => self.go_on(is_ending)?,
            Look::Cut => self.was_cut(is_ending)?,
        }
        self.outlet.metrics.file.behind_bytes.of([&self.name]).set(self.behind_bytes());
        if self.moved() { self.make_safe() } else { Ok(()) }
    }

    /// Reads the open file to its end; tells what keeps it from that.
    fn read_on(&mut self, is_ending: &dyn Fn() -> bool) -> anyhow::Result<Option<Look>> {
        let mut chunk = vec![0u8; CHUNK_BYTES];
        while let (Some(open), Some(identity)) = (&mut self.open, self.parts.last()) {
            let n = match open.file.read_at(&mut chunk, open.read) {
                Ok(0) => break,
                Ok(n) => n,
                Err(error) => return Ok(Some(Look::Away(error.to_string()))),
            };
            // Only now is it sure that these bytes belong to what was read before.
            if identity::head(&open.file).ok().flatten() != Some(identity.head) {
                return Ok(Some(Look::Cut));
            }
            open.read += n as u64;
            self.reader.push(&chunk[..n]);
            while let Some(record) = self.reader.next_record() {
                if !self.put(record, is_ending)? {
                    return Ok(None);
                }
            }
            if self.moved() && self.last_safe.elapsed() >= self.outlet.sync_every {
                self.make_safe()?;
            }
        }
        Ok(None)
    }

    fn caught_up(&mut self, is_ending: &dyn Fn() -> bool) -> anyhow::Result<()> {
        if self.parts.last().map(|last| last.stream) == self.known.map(|known| known.identity.stream) {
            self.known = None;
        }
        if self.trouble.take().is_some() {
            tracing::info!(file = self.name, "the log file is read again");
        }
        self.outlet.metrics.file.connected.of([&self.name]).set(1);
        self.heard_us = SystemClock.now_us();
        if self.last_beat.is_none_or(|last| last.elapsed() >= HEARTBEAT_EVERY) {
            self.last_beat = Some(Instant::now());
            self.tell_of_lost(self.heard_us, is_ending)?;
            self.heartbeat()?;
            self.make_safe()?;
        }
        Ok(())
    }

    fn is_away(&mut self, why: String) {
        self.outlet.metrics.file.connected.of([&self.name]).set(0);
        if self.trouble.as_ref() != Some(&why) {
            tracing::warn!(file = self.name, why, "the log file cannot be read; it is waited for");
            self.trouble = Some(why);
        }
    }

    fn marks(&self) -> Option<(Mark, Mark)> {
        Some((self.parts.mark(self.reader.restart_at())?, self.parts.mark(self.done)?))
    }

    /// Whether there is something in the spool that the stored position does not cover.
    fn moved(&self) -> bool {
        self.is_settled() && self.kept.last().and_then(|last| last.marks) != self.marks()
    }

    /// While what was known before is read again, or a loss has not been told yet, or a record is not in the spool that the
    /// reader has, the stored position stays as it is.
    fn is_settled(&self) -> bool {
        self.known.is_none() && self.lost_since_us.is_none() && !self.broke_off
    }

    /// First the events, then the position: a crash between the two repeats events, which are known by their place.
    fn make_safe(&mut self) -> anyhow::Result<()> {
        self.last_safe = Instant::now();
        self.spool().sync()?;
        if self.is_settled() {
            self.parts.forget_before(self.reader.restart_at().min(self.done));
            self.kept.set(Position { marks: self.marks(), heard_us: self.heard_us })?;
        }
        Ok(())
    }
}
