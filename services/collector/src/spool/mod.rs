//! The bounded disk spool: first here, then Kafka, in order.
//!
//! Records are appended to segment files and numbered without holes. Whoever ships them reads from the cursor and moves
//! it when Kafka has them; segments before the cursor are deleted. A record is safe once [`Spool::sync`] has returned.

mod cursor;
mod frame;
mod reader;
mod segment;

pub use frame::{Frame, Topic};
pub use reader::Reader;

use anyhow::{Context, bail};
use cursor::Cursor;
use nix::fcntl::{Flock, FlockArg};
use segment::Segment;
use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A new file is begun after so much.
const SEGMENT_BYTES: u64 = 16 * 1024 * 1024;

/// What an append came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// Kept under this number.
    Kept(u64),
    /// The spool is full: not kept.
    Full,
}

/// The spool of one collector.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    bytes_max: u64,
    stream: u64,
    segments: VecDeque<Segment>,
    /// Of all segments.
    bytes: u64,
    next: u64,
    cursor: Cursor,
    /// The record that is being appended.
    record: Vec<u8>,
    _lock: Flock<File>,
}

impl Spool {
    /// Opens or makes a spool. What a crash left half written at the end is cut off. `new_stream` names a spool that did
    /// not exist; the name stays for the spool's life.
    pub fn open(folder: &Path, bytes_max: u64, new_stream: u64) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the spool {} cannot be made", folder.display()))?;
        let lock = File::create(folder.join("lock"))?;
        let Ok(lock) = Flock::lock(lock, FlockArg::LockExclusiveNonblock) else {
            bail!("another program uses the spool {}; give each collector its own folder", folder.display());
        };
        let stream = cursor::stream(folder, new_stream)?;
        let cursor = Cursor::open(folder)?;
        let mut segments = VecDeque::new();
        for path in segment::files(folder)? {
            segments.push_back(Segment::open(&path)?);
        }
        let next = segments.back().map_or(cursor.at(), Segment::next).max(cursor.at());
        let mut spool = Self {
            folder: folder.into(),
            bytes_max,
            stream,
            bytes: segments.iter().map(Segment::bytes).sum(),
            segments,
            next,
            cursor,
            record: Vec::new(),
            _lock: lock,
        };
        spool.forget_shipped()?;
        Ok(spool)
    }

    /// The name that all positions of this spool belong to.
    #[must_use]
    pub fn stream(&self) -> u64 {
        self.stream
    }

    /// The number that the next record will get.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The first number that Kafka does not have yet.
    #[must_use]
    pub fn shipped(&self) -> u64 {
        self.cursor.at()
    }

    /// Size on disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The part of what it may hold that is used.
    #[must_use]
    pub fn used_ratio(&self) -> f64 {
        self.bytes() as f64 / self.bytes_max.max(1) as f64
    }

    /// Whether so many records fit, together of so many bytes.
    #[must_use]
    pub fn has_room(&self, records: usize, bytes: usize) -> bool {
        self.bytes() + (bytes + records * frame::HEADER_BYTES) as u64 <= self.bytes_max
    }

    /// Bytes that are kept free for a live connection by what can be read again.
    #[must_use]
    pub fn reserve(&self) -> usize {
        usize::try_from(self.bytes_max / 4).unwrap_or(usize::MAX)
    }

    /// The disk did not take what was written before: what is safe is only known after a restart.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.segments.iter().any(Segment::is_in_doubt)
    }

    /// Appends one record; it is safe after the next `sync`.
    pub fn append(&mut self, topic: Topic, payload: &[u8]) -> anyhow::Result<Appended> {
        if !self.has_room(1, payload.len()) {
            return Ok(Appended::Full);
        }
        frame::encode(&mut self.record, self.next, topic, payload);
        let begin_new =
            self.segments.back().is_none_or(|last| last.bytes() > SEGMENT_BYTES || last.next() != self.next);
        if begin_new {
            if let Some(last) = self.segments.back_mut() {
                last.sync()?;
            }
            self.segments.push_back(Segment::create(&self.folder, self.next)?);
        }
        if let Some(last) = self.segments.back_mut() {
            last.append(&self.record, self.next + 1)?;
            self.bytes += self.record.len() as u64;
        }
        self.next += 1;
        Ok(Appended::Kept(self.next - 1))
    }

    /// Hands everything to the disk.
    pub fn sync(&mut self) -> anyhow::Result<()> {
        // The system tells such a fault only once: who asks after that must not take it for well.
        anyhow::ensure!(!self.is_in_doubt(), "the disk did not take what was written into the spool before");
        match self.segments.back_mut() {
            Some(last) => last.sync(),
            None => Ok(()),
        }
    }

    /// Hands everything to readers, but not to the disk.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        match self.segments.back_mut() {
            Some(last) => last.flush(),
            None => Ok(()),
        }
    }

    /// Kafka has everything before this number.
    pub fn ship(&mut self, before: u64) -> anyhow::Result<()> {
        self.cursor.set(before)?;
        self.forget_shipped()
    }

    /// A reader that begins at the cursor.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(&self.folder, self.cursor.at())
    }

    fn forget_shipped(&mut self) -> anyhow::Result<()> {
        while self.segments.len() > 1
            && self.segments.front().is_some_and(|first| first.next() <= self.cursor.at())
        {
            if let Some(first) = self.segments.pop_front() {
                self.bytes -= first.bytes();
                std::fs::remove_file(first.path())?;
            }
        }
        // The last file goes too once all of it is shipped and it has grown: an idle spool takes no room.
        if self.segments.len() == 1
            && self.next == self.cursor.at()
            && self.bytes() > SEGMENT_BYTES
            && let Some(only) = self.segments.pop_front()
        {
            self.bytes -= only.bytes();
            std::fs::remove_file(only.path())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
