//! How far a followed file is safe in the spool: a small file beside it.

use super::identity::Identity;
use anyhow::{Context, bail};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub identity: Identity,
    pub offset: u64,
}

/// What is known after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// From where on the reader has to read to know what it knew, and up to where events are in the spool. None before the
    /// file has been there.
    pub marks: Option<(Mark, Mark)>,
    /// When the file had been read to its end for the last time, µs UTC.
    pub heard_us: i64,
}

/// The file that it is kept in.
#[derive(Debug)]
pub(super) struct Kept {
    path: PathBuf,
    last: Option<Position>,
}

impl Kept {
    /// Reads what the last run left; a file that holds something else is an error, because guessing would lose records.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let last = match std::fs::read_to_string(path) {
            Ok(text) => Some(parse(&text).with_context(|| {
                format!(
                    "{} does not tell how far the log was read; take it away to begin as at the first start",
                    path.display()
                )
            })?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        };
        Ok(Self { path: path.into(), last })
    }

    pub fn last(&self) -> Option<Position> {
        self.last
    }

    /// Whole or not at all: written beside, forced to disk, renamed.
    pub fn set(&mut self, position: Position) -> anyhow::Result<()> {
        if self.last == Some(position) {
            return Ok(());
        }
        let beside = self.path.with_extension("new");
        let cannot = || format!("{} cannot be written", beside.display());
        let mut file = File::create(&beside).with_context(cannot)?;
        file.write_all(text(&position).as_bytes()).with_context(cannot)?;
        file.sync_data()?;
        std::fs::rename(&beside, &self.path)?;
        self.last = Some(position);
        Ok(())
    }
}

fn text(position: &Position) -> String {
    let mark = |word: &str, mark: &Mark| {
        let Identity { stream, inode, head } = mark.identity;
        format!("{word} stream {stream:016x} inode {inode} head {head:016x} offset {}\n", mark.offset)
    };
    let marks = position.marks.as_ref().map(|(begin, done)| mark("begin", begin) + &mark("done", done));
    format!("heard_us {}\n{}", position.heard_us, marks.unwrap_or_default())
}

fn parse(text: &str) -> anyhow::Result<Position> {
    let mut lines = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let heard_us = match lines.next().as_deref() {
        Some(["heard_us", at_us]) => at_us.parse()?,
        _ => bail!("its first line is not `heard_us`"),
    };
    let mut mark = |expect: &str| match lines.next().as_deref() {
        None => Ok(None),
        Some([word, "stream", stream, "inode", inode, "head", head, "offset", offset]) if *word == expect => {
            let hex = |text: &str| u64::from_str_radix(text, 16);
            let identity = Identity { stream: hex(stream)?, inode: inode.parse()?, head: hex(head)? };
            anyhow::Ok(Some(Mark { identity, offset: offset.parse()? }))
        }
        Some(_) => bail!("no line `{expect}` where it is expected"),
    };
    let marks = match (mark("begin")?, mark("done")?) {
        (Some(begin), Some(done)) => Some((begin, done)),
        (None, _) => None,
        (Some(_), None) => bail!("it ends too early"),
    };
    Ok(Position { marks, heard_us })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_known_after_a_restart_and_nonsense_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("follow-cel");
        assert_eq!(Kept::open(&path).unwrap().last(), None);
        let mark = |stream, offset| Mark { identity: Identity { stream, inode: 7, head: u64::MAX }, offset };
        for marks in [None, Some((mark(1, 20), mark(2, 4711)))] {
            let position = Position { marks, heard_us: 1_795_472_477_000_000 };
            Kept::open(&path).unwrap().set(position).unwrap();
            assert_eq!(Kept::open(&path).unwrap().last(), Some(position));
        }
        std::fs::write(&path, "heard_us 1\nbegin stream 1").unwrap();
        let error = Kept::open(&path).unwrap_err().to_string();
        assert!(error.contains("take it away to begin as at the first start"), "{error}");
    }
}
