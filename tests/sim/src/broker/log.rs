//! One partition of a topic: records, and the marks that end transactions.

use std::collections::{BTreeMap, BTreeSet};

/// Who writes in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Writer {
    /// The producer's number.
    pub pid: u64,
    /// Grows with every fencing.
    pub epoch: u32,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its transaction has not ended here.
    Open,
    /// Readers see it.
    Committed,
    /// Nobody will.
    Aborted,
}

/// What an entry holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A record; no value removes its key.
    Data(Vec<u8>, Option<Vec<u8>>),
    /// The end of a writer's transaction.
    Mark,
}

/// One offset.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When it was written, virtual µs.
    pub at: u64,
    /// Its writer, when it was written in a transaction.
    pub writer: Option<Writer>,
    /// What it holds.
    pub body: Body,
    /// What became of it.
    pub fate: Fate,
    /// Compaction took it. It stays here for the auditor alone.
    pub gone: bool,
}

/// A key and its value, if it has one.
pub type Pair = (Vec<u8>, Option<Vec<u8>>);

/// A partition. An entry's offset is its index.
#[derive(Debug, Default)]
pub struct Log {
    entries: Vec<Entry>,
    /// The first offset of each open transaction.
    open: BTreeMap<u64, usize>,
    /// The highest epoch seen of each producer.
    epochs: BTreeMap<u64, u32>,
    /// Batches that were written, to know a repeated one.
    batches: BTreeSet<(Writer, u64)>,
}

impl Log {
    /// Every entry, the compacted ones too.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The offset that the next entry gets.
    #[must_use]
    pub fn end(&self) -> usize {
        self.entries.len()
    }

    /// The last stable offset: everything before it is decided.
    #[must_use]
    pub fn stable_end(&self) -> usize {
        self.open.values().min().copied().unwrap_or(self.entries.len())
    }

    /// The first committed record at or behind `from`.
    #[must_use]
    pub fn next_committed(&self, from: usize) -> Option<(usize, &Entry)> {
        let decided = &self.entries[..self.stable_end()];
        let is_seen = |entry: &Entry| {
            entry.fate == Fate::Committed && !entry.gone && matches!(entry.body, Body::Data(..))
        };
        (from..decided.len()).map(|at| (at, &decided[at])).find(|(_, entry)| is_seen(entry))
    }

    /// Writes a record that needs no transaction.
    pub fn append(&mut self, at: u64, (key, value): Pair) {
        let body = Body::Data(key, value);
        self.entries.push(Entry { at, writer: None, body, fate: Fate::Committed, gone: false });
    }

    /// Whether somebody with a later epoch of this producer has been here.
    #[must_use]
    pub fn is_fenced(&self, writer: Writer) -> bool {
        self.epochs.get(&writer.pid).is_some_and(|epoch| *epoch > writer.epoch)
    }

    /// Writes a batch of a transaction; once, however often it comes.
    pub fn append_in_transaction(&mut self, at: u64, writer: Writer, batch: u64, pairs: Vec<Pair>) {
        self.epochs.insert(writer.pid, writer.epoch);
        if !self.batches.insert((writer, batch)) {
            return;
        }
        self.open.entry(writer.pid).or_insert(self.entries.len());
        for (key, value) in pairs {
            let body = Body::Data(key, value);
            self.entries.push(Entry { at, writer: Some(writer), body, fate: Fate::Open, gone: false });
        }
    }

    /// Ends a producer's transaction here.
    pub fn mark(&mut self, at: u64, writer: Writer, commit: bool) {
        self.epochs.insert(writer.pid, writer.epoch);
        let fate = if commit { Fate::Committed } else { Fate::Aborted };
        if let Some(first) = self.open.remove(&writer.pid) {
            let is_its = |entry: &&mut Entry| {
                entry.fate == Fate::Open && entry.writer.is_some_and(|its| its.pid == writer.pid)
            };
            self.entries[first..].iter_mut().filter(is_its).for_each(|entry| entry.fate = fate);
        }
        self.entries.push(Entry { at, writer: Some(writer), body: Body::Mark, fate, gone: false });
    }

    /// Keeps of each key the latest value alone, and forgets removals older than `removals_before`.
    pub fn compact(&mut self, removals_before: u64) -> usize {
        let mut seen: BTreeSet<Vec<u8>> = BTreeSet::new();
        let (decided, mut taken) = (self.stable_end(), 0);
        for entry in self.entries[..decided].iter_mut().rev().filter(|entry| !entry.gone) {
            let Body::Data(key, value) = &entry.body else { continue };
            let is_latest = entry.fate == Fate::Committed && seen.insert(key.clone());
            let is_old_removal = value.is_none() && entry.at < removals_before;
            entry.gone = !is_latest || is_old_removal;
            taken += usize::from(entry.gone);
        }
        taken
    }
}
