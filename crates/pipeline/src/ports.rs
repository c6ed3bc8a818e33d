//! What a stepping service needs from a partitioned log: where records come from, and where everything that follows from
//! them is written at once.

use crate::{Ended, Fault};
use std::collections::BTreeMap;
use std::time::Duration;

/// One record of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its partition.
    pub partition: i32,
    /// Its place there.
    pub offset: i64,
    /// When it was written to the log, microseconds UTC; 0 where the log does not tell.
    pub written_us: i64,
    /// What it says; none is a record without a value.
    pub value: Option<Vec<u8>>,
}

/// What a look at the input gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled {
    /// Nothing came in the time given.
    Nothing,
    /// The next record of a partition that was started.
    Delivery(Delivery),
    /// From now on this process is responsible for exactly these partitions. Everything that is held and not committed
    /// must be dropped; nothing is delivered until [`Source::start`] is called.
    Assigned(Vec<i32>),
}

/// Records of the partitions that this process is responsible for.
///
/// Order: by offset within a partition. Duplicates: none between two assignments; after an assignment from the offset
/// that [`Source::start`] was given. Durability: a record is there again until its offset was committed.
pub trait Source {
    /// The next thing that happens, within `wait`.
    ///
    /// # Errors
    /// Faults that the client cannot get over by itself.
    fn poll(&mut self, wait: Duration) -> Result<Polled, Fault>;

    /// The committed offset of each partition: the next one to be read; none before the first commit.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault>;

    /// Begins to deliver, for each assigned partition from an offset, or from the beginning.
    ///
    /// # Errors
    /// When the assignment is refused.
    fn start(&mut self, from: &BTreeMap<i32, Option<i64>>) -> Result<(), Fault>;

    /// How many records of each started partition are behind `next`, as far as it is known.
    fn lag(&mut self, next: &BTreeMap<i32, i64>) -> BTreeMap<i32, i64>;

    /// The part of the room for records that were fetched ahead that is used, 0 to 1; a world that fetches nothing ahead uses none.
    fn prefetched_ratio(&self) -> f64 {
        0.0
    }
}

/// Where a record goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Versions of calls.
    Calls,
    /// Revisions of panes, and corrections.
    Windows,
    /// What could not be used.
    Rejected,
    /// What each transaction held.
    Manifests,
    /// Our own state: of each key the latest value counts, no value removes it.
    Changelog,
}

/// One record to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where to.
    pub place: Place,
    /// The partition of the input that it follows from.
    pub partition: i32,
    /// Its key.
    pub key: Vec<u8>,
    /// Its value; none removes the key.
    pub value: Option<Vec<u8>>,
}

/// Everything that becomes visible at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// What is written.
    pub records: Vec<Record>,
    /// By partition of the input: the next offset to be read.
    pub offsets: BTreeMap<i32, i64>,
}

impl Batch {
    /// Nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.offsets.is_empty()
    }
}

/// The latest value of each key.
pub type Table = BTreeMap<Vec<u8>, Vec<u8>>;

/// Writes batches, each wholly or not at all, while the caller goes on.
///
/// At most one is under way: the next is begun when the former's outcome was told. Order: batches in the order in which they
/// were begun. Duplicates: none, unless the outcome was [`Unknown`](crate::CommitOutcome::Unknown). After any outcome but
/// [`Committed`](crate::CommitOutcome::Committed) the ledger must not be used any more. Durability: what is committed stays.
///
/// Partitions are not let go while a commit is under way: a [`Source`] of the same world tells of no other assignment before that
/// has ended.
pub trait Ledger {
    /// Begins to write a batch and its offsets in one transaction, under the assignment in which they were read, and returns.
    ///
    /// # Errors
    /// `Internal`: another one is under way, or what writes them is gone. Nothing was written.
    fn begin(&mut self, batch: Batch) -> Result<(), Fault>;

    /// How the commit under way ended, once for each; none: it has not ended, or there is none.
    fn ended(&mut self) -> Option<Ended>;

    /// Waits for the end of the commit under way, as long as its steps may take. When there is none that is `Internal`.
    fn end(&mut self) -> Ended;

    /// Our own state as it was committed, with nothing pending any more, for each partition.
    ///
    /// # Errors
    /// When it cannot be read to its end.
    fn restore(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Table>, Fault>;
}
