//! What a sink needs: a log whose places it keeps, and tables that take a block once.

use crate::{Fault, Source};

/// Where a sink stands in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The partition.
    pub partition: i32,
    /// The next offset to write; none before the first.
    pub next: Option<i64>,
    /// The last offset of a range that was being written when the last one stopped.
    pub pending_last: Option<i64>,
}

/// A source that keeps, where it outlives the process, which range is being written.
///
/// Order: a mark that was answered replaces the one before it for good, and so does every mark of a process that was given
/// the partition later. A mark that failed may have been kept, or may still be.
pub trait Ranges: Source {
    /// The topic's own id: one that was deleted and made again under its name has another.
    ///
    /// # Errors
    /// It cannot be asked.
    fn topic_id(&self) -> Result<String, Fault>;

    /// How far each partition is written, with the range that may have been written.
    ///
    /// # Errors
    /// It cannot be asked, or what was kept is not ours.
    fn places(&mut self, partitions: &[i32]) -> Result<Vec<Standing>, Fault>;

    /// From now on the range may have been written.
    ///
    /// # Errors
    /// It is not known to be kept; nothing may be written.
    fn mark_pending(&mut self, partition: i32, first: i64, last: i64) -> Result<(), Fault>;

    /// Everything before `next` is written.
    ///
    /// # Errors
    /// It is not known to be kept: the range stays pending and is written again under the same token.
    fn mark_done(&mut self, partition: i32, next: i64) -> Result<(), Fault>;

    /// Stops deliveries, or lets them come again, without giving the partitions back: polls keep them meanwhile. A new
    /// assignment delivers in any case.
    ///
    /// # Errors
    /// The client library refuses.
    fn hold(&mut self, held: bool) -> Result<(), Fault>;
}

/// Where in Kafka a block's rows came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockSource {
    /// The topic.
    pub topic: String,
    /// The topic's own id.
    pub topic_id: String,
    /// The partition.
    pub partition: i32,
    /// Offset of the first record of the batch.
    pub first: i64,
    /// Offset of the last one.
    pub last: i64,
}

/// Rows for one month of one table. An insert is atomic and remembered as a whole only within one partition of a table, so
/// a batch is cut into such blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The table.
    pub table: &'static str,
    /// Columns in their order, for the statement.
    pub columns: Vec<String>,
    /// Year × 100 + month of every row.
    pub month: u32,
    /// How many rows.
    pub rows: u64,
    /// Header and rows in `RowBinaryWithNamesAndTypes`; sent as they are, as often as need be.
    pub bytes: Vec<u8>,
    /// Where the rows came from.
    pub source: BlockSource,
}

impl Block {
    /// What the server remembers the block by. `epoch` is raised after rows were erased, so that they can be written again.
    #[must_use]
    pub fn token(&self, epoch: u32) -> String {
        let Self { table, month, source, .. } = self;
        let BlockSource { topic_id, partition, first, last, .. } = source;
        format!("{topic_id}/{epoch}/{partition}/{first}-{last}/{table}/{month}")
    }
}

/// Why a block is not written, or not known to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritten {
    /// Send the same bytes with the same token again, until they are taken.
    #[error("{0}")]
    Resend(String),
    /// Nothing changes by itself: a person must help. Nothing is lost, Kafka keeps it.
    #[error("{0}")]
    Stop(String),
}

/// Tables that remember for a while which blocks they took.
///
/// Duplicates: a block whose token is remembered is not written again. Durability: a block that was answered stays, wholly.
pub trait Tables {
    /// Writes a block, or finds that it was written under this token before.
    ///
    /// # Errors
    /// The fate of the rows is not known: look with [`Tables::holds`], then send the same block with the same token.
    fn insert(&self, block: &Block, token: &str) -> Result<(), Unwritten>;

    /// The same for several blocks, each with the token of its place, side by side where that is faster; results in their order.
    fn insert_all(&self, blocks: &[&Block], tokens: &[String]) -> Vec<Result<(), Unwritten>> {
        blocks.iter().zip(tokens).map(|(block, token)| self.insert(block, token)).collect()
    }

    /// Whether a block of which an earlier insert may have come through is in its table.
    ///
    /// # Errors
    /// It cannot be asked.
    fn holds(&self, block: &Block) -> Result<bool, Unwritten>;

    /// Whether an answered block is not there: a server that is killed between remembering a token and showing the rows says afterwards
    /// that it has them. Never where that cannot be told, as on a cluster.
    ///
    /// # Errors
    /// It cannot be asked.
    fn lacks(&self, block: &Block) -> Result<bool, Unwritten> {
        self.holds(block).map(|held| !held)
    }
}
