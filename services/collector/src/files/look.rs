//! What became of the file at the path, and which file comes next.

use super::folder::{self, Rotated};
use super::identity::Identity;
use super::{Follower, Open, SEARCH_EVERY};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::time::{Instant, SystemTime};

/// What stands at the path.
pub(super) enum Look {
    /// The file that is read.
    Here,
    /// Another one with at least one line: nothing more comes into the one that is read.
    Other,
    /// The file that is read, but not what was read of it.
    Cut,
    /// Another one, in which no line is whole yet. The PBX goes on writing into a renamed file until it opens the new one.
    Empty,
    /// Nothing that can be read; why.
    Away(String),
}

/// The file that was read before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finished {
    /// When it was written last: what was rotated later was written later.
    pub changed: SystemTime,
    pub inode: u64,
    pub length: u64,
}

impl Follower {
    pub(super) fn look(&self) -> Look {
        let current = match folder::current(&self.log.path) {
            Ok(current) => current,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Look::Away("it is not there".into());
            }
            Err(error) => return Look::Away(error.to_string()),
        };
        let is_same = |open: &Open| {
            let inode = |file: &File| file.metadata().map(|facts| (facts.dev(), facts.ino())).ok();
            let at_path = std::fs::metadata(&self.log.path).map(|facts| (facts.dev(), facts.ino())).ok();
            at_path.is_some() && inode(&open.file) == at_path
        };
        match (&self.open, current) {
            (Some(open), current) if is_same(open) => self.look_at_same(open, current.map(|(_, id)| id)),
            (_, Some(_)) => Look::Other,
            (_, None) => Look::Empty,
        }
    }

    fn look_at_same(&self, open: &Open, current: Option<Identity>) -> Look {
        let length = open.file.metadata().map_or(0, |facts| facts.len());
        let same_head = current.map(|current| current.head) == self.parts.last().map(|last| last.head);
        if same_head && length >= open.read { Look::Here } else { Look::Cut }
    }

    pub(super) fn behind_bytes(&self) -> i64 {
        let of_open = self
            .open
            .as_ref()
            .map_or(0, |open| open.file.metadata().map_or(0, |facts| facts.len()).saturating_sub(open.read));
        let of_path = match self.look() {
            Look::Other => std::fs::metadata(&self.log.path).map_or(0, |facts| facts.len()),
            _ => 0,
        };
        i64::try_from(of_open + of_path).unwrap_or(i64::MAX)
    }

    fn finished_by_now(&self) -> std::io::Result<Option<Finished>> {
        let Some(open) = &self.open else { return Ok(self.finished) };
        let facts = open.file.metadata()?;
        Ok(Some(Finished { changed: facts.modified()?, inode: facts.ino(), length: open.read }))
    }

    /// Whether one was rotated after the one that is read, although nothing new is at the path.
    pub(super) fn has_later(&mut self) -> anyhow::Result<bool> {
        if self.last_search.is_some_and(|last| last.elapsed() < SEARCH_EVERY) {
            return Ok(false);
        }
        self.last_search = Some(Instant::now());
        let Some(finished) = self.finished_by_now()? else { return Ok(false) };
        Ok(folder::rotated(&self.log.path).iter().any(|other| self.is_later(other, &finished)))
    }

    /// The open file is read and will not grow: the next one.
    pub(super) fn go_on(&mut self, is_ending: &dyn Fn() -> bool) -> anyhow::Result<()> {
        self.last_search = None;
        let finished = self.finished_by_now()?;
        if let Some(open) = self.open.take() {
            if !self.end_part(false, is_ending)? {
                self.open = Some(open);
                return Ok(());
            }
            self.finished = finished;
            self.next_base = self.parts.base() + open.read;
            let is_copy =
                finished.is_some_and(|one| self.parts.last().is_some_and(|last| last.inode != one.inode));
            let at_path = std::fs::metadata(&self.log.path).map(|facts| facts.ino());
            if is_copy || at_path.is_ok_and(|inode| self.parts.has_inode(inode)) {
                let since_us = finished.and_then(|one| micros(one.changed)).unwrap_or(self.heard_us);
                self.records_lost("lines written between copying the file and cutting it are lost", since_us);
            }
        }
        self.open_next()
    }

    fn open_next(&mut self) -> anyhow::Result<()> {
        while let Some(finished) = self.finished {
            let rotated = folder::rotated(&self.log.path);
            let Some(next) = rotated.into_iter().find(|other| self.is_later(other, &finished)) else { break };
            self.finished = Some(Finished { changed: next.changed, ..finished });
            match next.file {
                Some((file, identity)) => return self.continue_with(file, identity, false),
                None => self.records_lost("a rotated file was packed before it was read", self.heard_us),
            }
        }
        match folder::current(&self.log.path) {
            Ok(Some((file, identity))) => self.continue_with(file, identity, true),
            _ => Ok(()),
        }
    }

    /// Whether it was written after the finished one: not that one itself under its new name, nor a copy of it.
    fn is_later(&self, other: &Rotated, finished: &Finished) -> bool {
        let Some((_, identity)) = &other.file else { return other.changed > finished.changed };
        let is_copy = self.parts.has_head(identity.head) && other.length == finished.length;
        let is_one = other.inode == finished.inode || self.parts.has_inode(other.inode);
        other.changed >= finished.changed && !is_copy && !is_one
    }

    fn continue_with(&mut self, file: File, identity: Identity, is_last: bool) -> anyhow::Result<()> {
        let identity = match (self.known, self.parts.last()) {
            (Some(known), _) if known.identity.head == identity.head => known.identity,
            (_, Some(before)) => identity.after(&before),
            (_, None) => identity,
        };
        // What was known is behind.
        if is_last && self.known.is_some_and(|known| known.identity.stream != identity.stream) {
            self.known = None;
        }
        tracing::info!(
            file = self.name,
            stream = format!("{:016x}", identity.stream),
            "reading the next log file"
        );
        self.parts.add(identity, self.next_base);
        self.open = Some(Open { file, read: 0 });
        Ok(())
    }

    /// Somebody emptied the file: what was not read yet may be in a copy.
    pub(super) fn was_cut(&mut self, is_ending: &dyn Fn() -> bool) -> anyhow::Result<()> {
        let (Some(open), Some(identity)) = (&mut self.open, self.parts.last()) else { return Ok(()) };
        if let Some(copy) = folder::find(&self.log.path, &identity, open.read) {
            open.file = copy;
            return self.read_on(is_ending).map(drop);
        }
        if !self.end_part(true, is_ending)? {
            return Ok(());
        }
        let read = self.open.take().map_or(0, |open| open.read);
        self.next_base = self.parts.base() + read;
        self.finished = None;
        self.records_lost("the file was cut, and no copy of it is in its folder", self.heard_us);
        Ok(())
    }

    /// A last line without an end is whole in a file that was renamed, and not in one that was cut.
    fn end_part(&mut self, is_cut: bool, is_ending: &dyn Fn() -> bool) -> anyhow::Result<bool> {
        if let Some(mut record) = self.reader.finish() {
            if is_cut {
                record.meaning = Err("the file was cut in the middle of this line".into());
            }
            if !self.put(record, is_ending)? {
                return Ok(false);
            }
        }
        let is_known_end = |stream| self.known.is_some_and(|known| known.identity.stream == stream);
        if self.parts.last().is_some_and(|last| is_known_end(last.stream)) {
            self.known = None;
        }
        Ok(true)
    }
}

fn micros(at: SystemTime) -> Option<i64> {
    i64::try_from(at.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_micros()).ok()
}
