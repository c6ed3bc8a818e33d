//! Where reading begins: at the first start, and where the last run ended.

use super::identity::Identity;
use super::look::Finished;
use super::position::{Mark, Position};
use super::reader::Reader;
use super::{Follower, Open, folder};
use config::{Config, FileKind, FileStart, FollowedFile};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// So much before the first record to be told is read to learn from.
const LEARN_BYTES: u64 = 64 * 1024;

impl Follower {
    pub(super) fn begin(&mut self) -> anyhow::Result<()> {
        match self.kept.last().map(|last| last.marks) {
            Some(Some((begin, done))) => self.resume(&begin, done),
            Some(None) => {
                self.finished = Some(self.finished_when_heard());
                Ok(())
            }
            None => self.begin_first(),
        }
    }

    /// The very first time. A file that is not there yet is read from its beginning when it comes.
    fn begin_first(&mut self) -> anyhow::Result<()> {
        if let Ok(Some((file, identity))) = folder::current(&self.log.path) {
            let end = match self.log.from {
                FileStart::Beginning => 0,
                FileStart::End => line_end_before(&file, file.metadata()?.len())?,
            };
            let begin = match self.log.kind {
                // Older records tell the clock's difference to UTC.
                FileKind::Cdr => line_end_before(&file, end.saturating_sub(LEARN_BYTES))?,
                FileKind::QueueLog | FileKind::Cel => end,
            };
            let mark = |offset| Mark { identity, offset };
            self.start(file, identity, begin)?;
            self.known = Some(mark(end));
            return self
                .kept
                .set(Position { marks: Some((mark(begin), mark(end))), heard_us: self.heard_us });
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
            (Some(file), Some(_)) => self.start(file, begin.identity, begin.offset)?,
            (None, Some(file)) => {
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
                self.finished = Some(self.finished_when_heard());
                return Ok(());
            }
        }
        self.known = Some(done);
        Ok(())
    }

    /// What was rotated since the last look comes after it.
    fn finished_when_heard(&self) -> Finished {
        let heard = Duration::from_micros(u64::try_from(self.heard_us).unwrap_or(0));
        Finished { changed: SystemTime::UNIX_EPOCH + heard, inode: 0, length: 0 }
    }

    /// Reads this file as the first one.
    fn start(&mut self, file: File, identity: Identity, offset: u64) -> anyhow::Result<()> {
        self.reader = Reader::at(offset, self.log.kind, &self.config)?;
        self.parts.add(identity, 0);
        self.open = Some(Open { file, read: offset });
        self.done = offset;
        Ok(())
    }
}

pub(super) fn position_file(config: &Config, log: &FollowedFile, path: &Path) -> PathBuf {
    let digest = Sha256::digest(path.to_string_lossy().as_bytes());
    let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    config.spool_folder().join(format!("follow-{}-{name}", log.kind.word()))
}

/// Where the last line ends that is whole at this offset: one that is being written belongs to what comes.
fn line_end_before(file: &File, mut end: u64) -> std::io::Result<u64> {
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
