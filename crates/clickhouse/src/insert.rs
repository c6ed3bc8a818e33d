//! One block of rows, written once.

use crate::{Store, StoreError};
use std::time::Duration;

/// How long one piece may take to send.
const SEND_WITHIN: Duration = Duration::from_secs(30);
/// How long the server may take to answer when everything is sent.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);
/// Bytes handed over at a time.
const PIECE: usize = 64 * 1024;

/// Where in Kafka a block's rows came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
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
    pub source: Source,
}

impl Block {
    /// What the server remembers the block by. `epoch` is raised after rows were erased, so that they can be written again.
    #[must_use]
    pub fn token(&self, epoch: u32) -> String {
        let Self { table, month, source, .. } = self;
        let Source { topic_id, partition, first, last, .. } = source;
        format!("{topic_id}/{epoch}/{partition}/{first}-{last}/{table}/{month}")
    }
}

impl Store {
    /// Writes a block, or finds that it was written under this token before. After any error the fate of the rows is not known:
    /// look with [`Store::holds`], then send the same block with the same token.
    pub async fn insert(&self, block: &Block, token: &str) -> Result<(), StoreError> {
        let columns: Vec<String> = block.columns.iter().map(|name| format!("`{name}`")).collect();
        let sql = format!(
            "INSERT INTO `{}` ({}) FORMAT RowBinaryWithNamesAndTypes",
            block.table,
            columns.join(", ")
        );
        // The server's defaults differ by version and profile; what the promise rests on is said each time. All rows in one
        // block: read as one (`max_insert_block_size`), never queued with others (`async_insert`).
        let rows = block.rows.max(1).to_string();
        let mut insert = self
            .client
            .insert_formatted_with(sql)
            .with_setting("insert_deduplication_token", token)
            .with_setting("insert_deduplicate", "1")
            .with_setting("async_insert", "0")
            .with_setting("max_insert_block_size", &rows)
            .with_setting("min_insert_block_size_rows", &rows)
            .with_setting("min_insert_block_size_bytes", "0")
            .with_timeouts(Some(SEND_WITHIN), Some(ANSWER_WITHIN))
            .buffered();
        for piece in block.bytes.chunks(PIECE) {
            insert.write(piece).await.map_err(|error| self.error(error))?;
        }
        insert.end().await.map_err(|error| self.error(error))
    }

    /// Whether a block of which an earlier insert may have come through is in its table. The block is atomic and rows are
    /// replaced only by later ones of the same partition, which come after it: one row found is all rows written.
    pub async fn holds(&self, block: &Block) -> Result<bool, StoreError> {
        let Source { topic, topic_id, partition, first, last } = &block.source;
        let sql = format!(
            "SELECT count() > 0 FROM `{}` WHERE _partition_id = ? AND kafka_topic = ? AND kafka_topic_id = ?
            AND kafka_partition = ? AND kafka_offset BETWEEN ? AND ?",
            block.table
        );
        let query = self.client.query(&sql).bind(block.month.to_string()).bind(topic).bind(topic_id);
        let query = query.bind(partition).bind(first).bind(last);
        query.fetch_one::<bool>().await.map_err(|error| self.error(error))
    }
}
