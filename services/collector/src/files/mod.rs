//! Log files of the PBX, read while it writes them.
//!
//! A log is a row of files: the one at its path, and before it those that were renamed, or copied and cut. Its bytes are one
//! stream for the reader, whose offsets go on from file to file; each event gets its place in its own file. How far
//! events are safe in the spool is kept beside it, so that nothing is lost or told twice by a restart.

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
use config::{Config, FileStart, FollowedFile};
use identity::Identity;
use look::Look;
use parts::Parts;
use pipeline::{Clock, SystemClock};
use position::{Kept, Mark, Position};
use reader::Reader;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::watch;

const CHUNK_BYTES: usize = 1 << 18;
/// A silent file is still a living one: so often it says so.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(10);
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
    intake: Intake,
    outlet: Outlet,
    reader: Reader,
    parts: Parts,
    /// The last part's file; none between two files.
    open: Option<Open>,
    /// The reader's offset of the next file's first byte.
    next_base: u64,
    /// When the part before was written last: what was rotated later comes after it.
    after: Option<SystemTime>,
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
    /// What keeps the file from being read, as it was logged.
    trouble: Option<String>,
}

impl Follower {
    /// Takes up where the last run ended.
    pub fn new(config: &Config, log: &FollowedFile, outlet: &Outlet) -> anyhow::Result<Self> {
        let path = std::path::absolute(&log.path)?;
        let kept = Kept::open(&position_file(config, log, &path))?;
        let mut follower = Self {
            config: config.clone(),
            log: FollowedFile { path, ..log.clone() },
            name: log.path.display().to_string(),
            intake: outlet.intake(config, reader::source_kind(log.kind))?,
            outlet: outlet.clone(),
            reader: Reader::at(0, log.kind, config)?,
            parts: Parts::default(),
            open: None,
            next_base: 0,
            after: None,
            done: 0,
            known: None,
            broke_off: false,
            heard_us: kept.last().map_or_else(|| SystemClock.now_us(), |last| last.heard_us),
            kept,
            lost_since_us: None,
            last_beat: None,
            trouble: None,
        };
        follower.begin()?;
        Ok(follower)
    }

    /// Until told to end; then everything that was read is safe.
    pub fn run(&mut self, ending: &watch::Receiver<bool>) -> anyhow::Result<()> {
        let poll = Duration::from_millis(self.log.poll_ms);
        while !*ending.borrow() {
            self.turn(&|| *ending.borrow())?;
            let begun = Instant::now();
            while begun.elapsed() < poll && !*ending.borrow() {
                std::thread::sleep(poll.min(LOOK_UP_EVERY));
            }
        }
        self.make_safe()
    }

    fn begin(&mut self) -> anyhow::Result<()> {
        match self.kept.last().map(|last| last.marks) {
            Some(Some((begin, done))) => self.resume(&begin, done),
            Some(None) => Ok(()),
            None => self.begin_first(),
        }
    }

    /// The very first time. A file that is not there yet is read from its beginning when it comes.
    fn begin_first(&mut self) -> anyhow::Result<()> {
        if let Ok(Some((file, identity))) = folder::current(&self.log.path) {
            let offset = match self.log.from {
                FileStart::Beginning => 0,
                FileStart::End => last_line_end(&file)?,
            };
            self.start(file, identity, offset)?;
            self.done = offset;
        }
        self.make_safe()
    }

    /// Begins where the reader has to, to know what it knew. What is gone by now is told as lost.
    fn resume(&mut self, begin: &Mark, done: Mark) -> anyhow::Result<()> {
        let path = self.log.path.clone();
        let is_one = begin.identity.stream == done.identity.stream;
        let begin_length = if is_one { done.offset } else { begin.offset };
        let of_done = folder::find(&path, &done.identity, done.offset);
        let of_begin = folder::find(&path, &begin.identity, begin_length);
        match (of_begin, of_done) {
            (Some((file, _)), Some(_)) => self.start(file, begin.identity, begin.offset)?,
            (None, Some((file, _))) => {
                self.records_lost(
                    "the file in which calls began that were alive at the last stop is gone",
                    self.heard_us,
                );
                self.start(file, done.identity, 0)?;
            }
            (_, None) => {
                self.records_lost(
                    "the file that was read before the last stop is gone, or packed",
                    self.heard_us,
                );
                let heard = Duration::from_micros(u64::try_from(self.heard_us).unwrap_or(0));
                self.after = Some(SystemTime::UNIX_EPOCH + heard);
                return Ok(());
            }
        }
        self.known = Some(done);
        Ok(())
    }

    /// Reads this file as the first one.
    fn start(&mut self, file: File, identity: Identity, offset: u64) -> anyhow::Result<()> {
        self.reader = Reader::at(offset, self.log.kind, &self.config)?;
        self.parts.add(identity, 0);
        self.open = Some(Open { file, read: offset });
        self.done = offset;
        Ok(())
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
            Look::Away(why) => self.is_away(why),
            Look::Other => self.go_on(is_ending)?,
            Look::Cut => self.was_cut(is_ending)?,
        }
        self.outlet.metrics.file_behind_bytes.of([&self.name]).set(self.behind_bytes());
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
            if self.moved() {
                self.make_safe()?;
            }
        }
        Ok(None)
    }

    fn caught_up(&mut self, is_ending: &dyn Fn() -> bool) -> anyhow::Result<()> {
        if self.trouble.take().is_some() {
            tracing::info!(file = self.name, "the log file is read again");
        }
        self.outlet.metrics.file_connected.of([&self.name]).set(1);
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
        self.outlet.metrics.file_connected.of([&self.name]).set(0);
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
        self.spool().sync()?;
        if self.is_settled() {
            self.parts.forget_before(self.reader.restart_at().min(self.done));
            self.kept.set(Position { marks: self.marks(), heard_us: self.heard_us })?;
        }
        Ok(())
    }
}

fn position_file(config: &Config, log: &FollowedFile, path: &Path) -> PathBuf {
    let digest = Sha256::digest(path.to_string_lossy().as_bytes());
    let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    config.spool_folder().join(format!("follow-{}-{name}", log.kind.word()))
}

/// Where the last whole line ends: a line that is being written belongs to what comes.
fn last_line_end(file: &File) -> std::io::Result<u64> {
    let mut end = file.metadata()?.len();
    let mut block = [0u8; 4096];
    while end > 0 {
        let length = usize::try_from(end).map_or(block.len(), |end| end.min(block.len()));
        let from = end - length as u64;
        file.read_exact_at(&mut block[..length], from)?;
        if let Some(at) = block[..length].iter().rposition(|byte| *byte == b'\n') {
            return Ok(from + at as u64 + 1);
        }
        end = from;
    }
    Ok(0)
}
