//! One file of the spool, named by the number of its first record.

use super::frame::{Decoded, Frame};
use anyhow::Context;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

const SUFFIX: &str = ".spool";

#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
    next: u64,
    in_doubt: bool,
}

/// All segment files of a folder, oldest first.
pub(super) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(SUFFIX))
        .collect();
    files.sort();
    Ok(files)
}

/// The number that a segment file is named by.
pub(super) fn first_number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_suffix(SUFFIX)?.parse().ok()
}

impl Segment {
    pub fn create(folder: &Path, first: u64) -> anyhow::Result<Self> {
        let path = folder.join(format!("{first:020}{SUFFIX}"));
        let file = OpenOptions::new().create(true).write(true).truncate(true).open(&path);
        let file = file.with_context(|| format!("the spool file {} cannot be written", path.display()))?;
        // The name itself must survive a power loss.
        File::open(folder)?.sync_all()?;
        Ok(Self {
            path,
            file: BufWriter::with_capacity(1 << 16, file),
            bytes: 0,
            next: first,
            in_doubt: false,
        })
    }

    /// Opens an existing file and cuts off what is not whole.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let contents = std::fs::read(path)?;
        let (mut at, mut next) = (0, first_number(path).unwrap_or(0));
        while let Decoded::Frame(frame, length) = Frame::decode(&contents[at..]) {
            at += length;
            next = frame.number + 1;
        }
        if at < contents.len() {
            tracing::warn!(file = %path.display(), at, cut_bytes = contents.len() - at, "the spool's end was half written and is cut off");
        }
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.set_len(at as u64)?;
        std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0))?;
        let file = BufWriter::with_capacity(1 << 16, file);
        Ok(Self { path: path.into(), file, bytes: at as u64, next, in_doubt: false })
    }

    pub fn append(&mut self, bytes: &[u8], next: u64) -> anyhow::Result<()> {
        let written = self.file.write_all(bytes);
        // What does not fit into the buffer goes to the file at once: half of it may be there.
        self.in_doubt |= written.is_err() && bytes.len() >= self.file.capacity();
        written.with_context(|| format!("the spool file {} cannot be written", self.path.display()))?;
        self.bytes += bytes.len() as u64;
        self.next = next;
        Ok(())
    }

    pub fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.file.flush()?)
    }

    pub fn sync(&mut self) -> anyhow::Result<()> {
        self.file.flush()?;
        // The system tells of a failure once and forgets what it could not write: the next call would succeed.
        let synced = self.file.get_ref().sync_data();
        self.in_doubt |= synced.is_err();
        Ok(synced?)
    }

    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn next(&self) -> u64 {
        self.next
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn onto(device: &str) -> Segment {
        let file = OpenOptions::new().write(true).open(device).unwrap();
        let file = BufWriter::with_capacity(1 << 16, file);
        Segment { path: device.into(), file, bytes: 0, next: 0, in_doubt: false }
    }

    #[test]
    fn what_was_not_synced_once_stays_in_doubt_when_the_disk_is_well_again() {
        // It takes every byte, and refuses to sync.
        let mut segment = onto("/dev/null");
        segment.append(b"a", 1).unwrap();
        assert!(!segment.is_in_doubt());
        segment.sync().unwrap_err();
        segment.file = BufWriter::new(tempfile::tempfile().unwrap());
        segment.sync().unwrap();
        assert!(segment.is_in_doubt());
    }

    #[test]
    fn a_disk_without_room_leaves_doubt_only_where_half_a_record_may_be() {
        let mut segment = onto("/dev/full");
        segment.append(b"a", 1).unwrap();
        segment.sync().unwrap_err();
        assert!(!segment.is_in_doubt(), "it waits in the buffer");
        let mut segment = onto("/dev/full");
        segment.append(&[0; 1 << 16], 1).unwrap_err();
        assert_eq!((segment.bytes(), segment.next()), (0, 0));
        assert!(segment.is_in_doubt());
    }
}
