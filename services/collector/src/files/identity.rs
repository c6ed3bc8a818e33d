//! Which file it is, whatever its name is by now.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};

/// A file is told by its first record, or by so much of what it begins with.
const HEAD_BYTES: usize = 1024;

/// One file of a log. The number of its device is no part of it: that may change when the machine starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    /// What its events' positions belong to.
    pub stream: u64,
    pub inode: u64,
    /// Digest of what it begins with.
    pub head: u64,
}

impl Identity {
    /// None before its first record is whole.
    pub fn of(file: &File) -> std::io::Result<Option<Self>> {
        let inode = file.metadata()?.ino();
        Ok(head(file)?.map(|head| Self {
            stream: number(&[b"stream", &inode.to_be_bytes(), &head.to_be_bytes()]),
            inode,
            head,
        }))
    }

    /// A file that was cut and began anew with the same line is another stream all the same.
    pub fn after(self, before: &Self) -> Self {
        if self.stream != before.stream {
            return self;
        }
        Self { stream: number(&[b"again", &before.stream.to_be_bytes()]), ..self }
    }
}

/// Digest of everything up to the end of the first line with a digit: it does not change while the file grows. A header has none, and is
/// the same in every file of a log; a record has its time. Told by a header alone, a new file that gets the inode of a
/// deleted one would be taken for that: its records would be skipped here, or dropped as known ones by the processor.
pub(super) fn head(file: &File) -> std::io::Result<Option<u64>> {
    let mut bytes = [0u8; HEAD_BYTES];
    let mut length = 0;
    while length < bytes.len() {
        match file.read_at(&mut bytes[length..], length as u64)? {
            0 => break,
            n => length += n,
        }
    }
    let record = bytes[..length].iter().position(u8::is_ascii_digit);
    let line_end = |from| Some(from + bytes[from..length].iter().position(|byte| *byte == b'\n')? + 1);
    let whole = record.and_then(line_end).or((length == HEAD_BYTES).then_some(length));
    Ok(whole.map(|end| number(&[b"head", &bytes[..end]])))
}

fn number(parts: &[&[u8]]) -> u64 {
    let mut digest = Sha256::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().iter().take(8).fold(0, |name, byte| name << 8 | u64::from(*byte))
}
