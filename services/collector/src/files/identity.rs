//! Which file it is, whatever its name is by now.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};

/// A file is told by its first line, or by so much of it.
const HEAD_BYTES: usize = 1024;

/// One file of a log. The number of its device is no part of it: that may change when the machine starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    /// What its events' positions belong to.
    pub stream: u64,
    pub inode: u64,
    /// Digest of its first line.
    pub head: u64,
}

impl Identity {
    /// None before its first line is whole.
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

/// Digest of the first line, with its end: it does not change while the file grows.
pub(super) fn head(file: &File) -> std::io::Result<Option<u64>> {
    let mut bytes = [0u8; HEAD_BYTES];
    let mut length = 0;
    while length < bytes.len() {
        match file.read_at(&mut bytes[length..], length as u64)? {
            0 => break,
            n => length += n,
        }
    }
    let line = bytes[..length].iter().position(|byte| *byte == b'\n').map(|end| end + 1);
    let whole = line.or((length == HEAD_BYTES).then_some(length));
    Ok(whole.map(|end| number(&[b"head", &bytes[..end]])))
}

fn number(parts: &[&[u8]]) -> u64 {
    let mut digest = Sha256::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().iter().take(8).fold(0, |name, byte| name << 8 | u64::from(*byte))
}
