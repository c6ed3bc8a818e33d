//! Small durable facts beside the segments.

use anyhow::Context;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The first number that Kafka does not have.
#[derive(Debug)]
pub(super) struct Cursor {
    path: PathBuf,
    at: u64,
}

impl Cursor {
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("cursor");
        Ok(Self { at: read_number(&path)?.unwrap_or(0), path })
    }

    pub fn at(&self) -> u64 {
        self.at
    }

    pub fn set(&mut self, at: u64) -> anyhow::Result<()> {
        if at > self.at {
            write_number(&self.path, at)?;
            self.at = at;
        }
        Ok(())
    }
}

/// The spool's name: made once, kept beside it.
pub(super) fn stream(folder: &Path, new: u64) -> anyhow::Result<u64> {
    let path = folder.join("stream");
    match read_number(&path)? {
        Some(stream) => Ok(stream),
        None => {
            write_number(&path, new)?;
            Ok(new)
        }
    }
}

fn read_number(path: &Path) -> anyhow::Result<Option<u64>> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            Ok(Some(text.trim().parse().with_context(|| format!("{} holds no number", path.display()))?))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Whole or not at all: written beside and renamed.
fn write_number(path: &Path, number: u64) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let mut file =
        File::create(&beside).with_context(|| format!("{} cannot be written", beside.display()))?;
    write!(file, "{number}")?;
    file.sync_data()?;
    Ok(std::fs::rename(&beside, path)?)
}
