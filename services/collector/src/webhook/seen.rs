//! The ids of the last events, so that a repeated one is known: after a restart too, and after a crash at any moment.
//!
//! An id is on disk before its event is, together with the event's number in the spool. An id whose event the spool does
//! not hold was cut short by a crash: it is forgotten. Two files take turns: when one is full it becomes the older one.

use anyhow::Context;
use call::EventId;
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const NEWER: &str = "posted-ids";
const OLDER: &str = "posted-ids.older";
/// Id, number in the spool, checksum.
const ENTRY_BYTES: usize = 16 + 8 + 4;

/// At least the last `at_least` ids, at most twice as many.
#[derive(Debug)]
pub(super) struct Seen {
    folder: PathBuf,
    at_least: usize,
    older: HashSet<EventId>,
    newer: HashSet<EventId>,
    file: File,
    file_bytes: u64,
    /// Noted, not on disk yet or not settled.
    open: Vec<(EventId, u64)>,
}

impl Seen {
    /// Reads what is there; `spool_next` is the first number that the spool does not hold.
    pub fn open(folder: &Path, at_least: usize, spool_next: u64) -> anyhow::Result<Self> {
        let (older, _) = read(&folder.join(OLDER), u64::MAX)?;
        let (newer, file_bytes) = read(&folder.join(NEWER), spool_next)?;
        let file = make(folder)?;
        // What is forgotten must stay so when the spool gives its number to another record.
        if file.metadata()?.len() != file_bytes {
            file.set_len(file_bytes)?;
            file.sync_all()?;
        }
        let newer = newer.into_iter().collect();
        let older = older.into_iter().collect();
        Ok(Self { folder: folder.into(), at_least, older, newer, file, file_bytes, open: Vec::new() })
    }

    pub fn contains(&self, id: EventId) -> bool {
        self.newer.contains(&id) || self.older.contains(&id)
    }

    /// An event that will have this number in the spool.
    pub fn note(&mut self, id: EventId, number: u64) {
        self.newer.insert(id);
        self.open.push((id, number));
    }

    /// Forgets the oldest ids when there are enough newer ones. Only between two batches.
    pub fn make_room(&mut self) -> anyhow::Result<()> {
        if self.newer.len() < self.at_least {
            return Ok(());
        }
        std::fs::rename(self.folder.join(NEWER), self.folder.join(OLDER))
            .context("the file of posted ids cannot be renamed")?;
        match make(&self.folder) {
            Ok(file) => self.file = file,
            Err(error) => {
                std::fs::rename(self.folder.join(OLDER), self.folder.join(NEWER))?;
                return Err(error);
            }
        }
        self.older = std::mem::take(&mut self.newer);
        self.file_bytes = 0;
        Ok(())
    }

    /// What was noted is on disk.
    pub fn remember(&mut self) -> anyhow::Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        let bytes: Vec<u8> = self.open.iter().flat_map(|(id, number)| entry(*id, *number)).collect();
        self.file
            .write_all_at(&bytes, self.file_bytes)
            .context("the file of posted ids cannot be written")?;
        self.file.sync_data().context("the file of posted ids cannot be written")
    }

    /// The batch is over: of what was noted, the spool holds the numbers before `spool_next`.
    pub fn settle(&mut self, spool_next: u64) -> anyhow::Result<()> {
        let noted = std::mem::take(&mut self.open);
        let kept = noted.iter().take_while(|(_, number)| *number < spool_next).count();
        self.file_bytes += (kept * ENTRY_BYTES) as u64;
        if kept < noted.len() {
            for (id, _) in &noted[kept..] {
                self.newer.remove(id);
            }
            self.file.set_len(self.file_bytes)?;
            self.file.sync_all()?;
        }
        Ok(())
    }
}

fn make(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join(NEWER);
    let file = OpenOptions::new().create(true).write(true).truncate(false).open(&path);
    let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
    // The name itself must survive a power loss.
    File::open(folder)?.sync_all()?;
    Ok(file)
}

fn entry(id: EventId, number: u64) -> [u8; ENTRY_BYTES] {
    let mut bytes = [0u8; ENTRY_BYTES];
    bytes[..16].copy_from_slice(&id.0.to_le_bytes());
    bytes[16..24].copy_from_slice(&number.to_le_bytes());
    let sum = crc32fast::hash(&bytes[..24]);
    bytes[24..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// The ids of whole entries before `spool_next`, and how many bytes they take.
fn read(path: &Path, spool_next: u64) -> anyhow::Result<(Vec<EventId>, u64)> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    let whole = |chunk: &[u8]| {
        let (mut id, mut number) = ([0u8; 16], [0u8; 8]);
        id.copy_from_slice(&chunk[..16]);
        number.copy_from_slice(&chunk[16..24]);
        let (id, number) = (EventId(u128::from_le_bytes(id)), u64::from_le_bytes(number));
        (entry(id, number) == *chunk && number < spool_next).then_some(id)
    };
    let ids: Vec<EventId> = bytes.chunks_exact(ENTRY_BYTES).map_while(whole).collect();
    let length = ids.len() * ENTRY_BYTES;
    if length < bytes.len() {
        tracing::warn!(file = %path.display(), cut_bytes = bytes.len() - length, "ids of events that the spool does not hold are forgotten");
    }
    Ok((ids, length as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(seen: &mut Seen, ids: std::ops::Range<u64>) {
        seen.make_room().unwrap();
        for id in ids.clone() {
            seen.note(EventId(id.into()), id);
        }
        seen.remember().unwrap();
        seen.settle(ids.end).unwrap();
    }

    fn known(seen: &Seen, ids: std::ops::Range<u64>) -> usize {
        ids.filter(|id| seen.contains(EventId((*id).into()))).count()
    }

    #[test]
    fn ids_are_known_after_a_restart_and_the_oldest_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mut seen = Seen::open(folder.path(), 10, 0).unwrap();
        for first in (0..30).step_by(5) {
            batch(&mut seen, first..first + 5);
        }
        drop(seen);
        let mut seen = Seen::open(folder.path(), 10, 30).unwrap();
        assert_eq!(known(&seen, 10..30), 20);
        batch(&mut seen, 30..31);
        assert_eq!((known(&seen, 0..20), known(&seen, 20..31)), (0, 11));
    }

    #[test]
    fn an_id_whose_event_was_not_kept_is_forgotten_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let mut seen = Seen::open(folder.path(), 100, 0).unwrap();
        batch(&mut seen, 0..3);
        (3..6).for_each(|id| seen.note(EventId(id.into()), id));
        seen.remember().unwrap();
        seen.settle(4).unwrap();
        assert_eq!(known(&seen, 0..6), 4);
        // A crash between the ids and their events.
        (4..8).for_each(|id| seen.note(EventId(id.into()), id));
        seen.remember().unwrap();
        drop(seen);
        let mut seen = Seen::open(folder.path(), 100, 5).unwrap();
        assert_eq!(known(&seen, 0..8), 5);
        seen.note(EventId(99), 5);
        seen.remember().unwrap();
        seen.settle(6).unwrap();
        drop(seen);
        let seen = Seen::open(folder.path(), 100, 100).unwrap();
        assert_eq!((known(&seen, 0..8), known(&seen, 99..100)), (5, 1));
    }

    #[test]
    fn cut_or_damaged_anywhere_it_opens() {
        let folder = tempfile::tempdir().unwrap();
        batch(&mut Seen::open(folder.path(), 100, 0).unwrap(), 0..3);
        let path = folder.path().join(NEWER);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(known(&Seen::open(folder.path(), 100, 3).unwrap(), 0..3), cut / ENTRY_BYTES);
        }
        let mut damaged = whole;
        damaged[ENTRY_BYTES + 3] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        assert_eq!(known(&Seen::open(folder.path(), 100, 3).unwrap(), 0..3), 1);
    }
}
