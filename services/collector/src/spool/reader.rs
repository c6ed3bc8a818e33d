//! Reads what has been flushed, in order, across segments.

use super::frame::{Decoded, Frame};
use super::segment::{files, first_number};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

const CHUNK_BYTES: usize = 1 << 17;

/// Follows a spool that is being written.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    next: u64,
    file: Option<(PathBuf, File)>,
    buffer: Vec<u8>,
    at: usize,
    damaged: u64,
}

impl Reader {
    pub(super) fn new(folder: &Path, next: u64) -> Self {
        Self { folder: folder.into(), next, file: None, buffer: Vec::new(), at: 0, damaged: 0 }
    }

    /// How many times the rest of a file could not be read.
    #[must_use]
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// The next record, or none until more is flushed. Damage in the middle of a file costs the rest of that file.
    pub fn next_frame(&mut self) -> std::io::Result<Option<Frame>> {
        loop {
            if self.file.is_none() && !self.open_file()? {
                return Ok(None);
            }
            match Frame::decode(&self.buffer[self.at..]) {
                Decoded::Frame(frame, length) => {
                    self.at += length;
                    if frame.number >= self.next {
                        self.next = frame.number + 1;
                        return Ok(Some(frame));
                    }
                }
                Decoded::Incomplete => {
                    if self.read_more()? == 0 && !self.go_to_later_file()? {
                        return Ok(None);
                    }
                }
                Decoded::Damaged => {
                    self.damaged += 1;
                    tracing::error!(folder = %self.folder.display(), number = self.next, "the spool is damaged here; going on with the next file");
                    if !self.go_to_later_file()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn open_file(&mut self) -> std::io::Result<bool> {
        // The last file that begins at or before the wanted number, else the first there is.
        let all = files(&self.folder).map_err(std::io::Error::other)?;
        let begins = |path: &&PathBuf| first_number(path).is_some_and(|first| first <= self.next);
        let Some(path) = all.iter().rfind(begins).or(all.first()).cloned() else { return Ok(false) };
        self.file = Some((path.clone(), File::open(path)?));
        self.buffer.clear();
        self.at = 0;
        Ok(true)
    }

    fn read_more(&mut self) -> std::io::Result<usize> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let Some((_, file)) = &mut self.file else { return Ok(0) };
        let before = self.buffer.len();
        self.buffer.resize(before + CHUNK_BYTES, 0);
        let got = file.read(&mut self.buffer[before..])?;
        self.buffer.truncate(before + got);
        Ok(got)
    }

    /// A later file exists: the current one will not grow any more.
    fn go_to_later_file(&mut self) -> std::io::Result<bool> {
        let Some((current, _)) = &self.file else { return Ok(false) };
        let all = files(&self.folder).map_err(std::io::Error::other)?;
        let Some(later) = all.into_iter().find(|path| path > current) else { return Ok(false) };
        // What was flushed between our last look and the later file's creation.
        if self.read_more()? > 0 {
            return Ok(true);
        }
        self.file = Some((later.clone(), File::open(later)?));
        self.buffer.clear();
        self.at = 0;
        Ok(true)
    }
}
