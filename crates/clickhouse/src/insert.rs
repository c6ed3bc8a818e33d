//! One block of rows, written once.

use crate::{Policy, Store, StoreError, native};
use pipeline::{Block, BlockSource, Tables, Unwritten};
use std::task::Poll;
use std::time::Duration;

/// How long one piece may take to send.
const SEND_WITHIN: Duration = Duration::from_secs(30);
/// How long the server may take to answer when everything is sent.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

impl Store {
    /// Writes a block, or finds that it was written under this token before. After any error the fate of the rows is not known:
    /// look with [`Store::holds`], then send the same block with the same token.
    pub async fn insert(&self, block: &Block, token: &str) -> Result<(), StoreError> {
        let columns: Vec<String> = block.columns.iter().map(|name| format!("`{name}`")).collect();
        // Rows of a type that is not known here go as they are: the server tells what it does not like about them.
        let native = native::of_rows(&block.bytes, block.rows);
        let (format, bytes) = match &native {
            Some(columns) => ("Native", &columns[..]),
            None => ("RowBinaryWithNamesAndTypes", std::slice::from_ref(&block.bytes)),
        };
        let sql = format!("INSERT INTO `{}` ({}) FORMAT {format}", block.table, columns.join(", "));
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
            // A program and tables that do not fit each other are an error, and not wrong figures.
            .with_setting("input_format_native_allow_types_conversion", "0")
            .with_timeouts(Some(SEND_WITHIN), Some(ANSWER_WITHIN))
            .buffered();
        for bytes in bytes {
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let taken = insert.write(rest).await.map_err(|error| self.error(error))?;
                rest = rest.get(taken..).unwrap_or_default();
            }
        }
        insert.end().await.map_err(|error| self.error(error))
    }

    /// Whether a block of which an earlier insert may have come through is in its table. The block is atomic and rows are
    /// replaced only by later ones of the same partition, which come after it: one row found is all rows written. Not so on a cluster,
    /// where one shard may have its part and another not: there the block is always sent again, and its token, or else the tables,
    /// leave each row once.
    pub async fn holds(&self, block: &Block) -> Result<bool, StoreError> {
        if self.cluster.is_some() {
            return Ok(false);
        }
        let BlockSource { topic, topic_id, partition, first, last } = &block.source;
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

/// A store for a loop that waits for each answer.
#[derive(Clone)]
pub struct Waiting {
    store: Store,
    runtime: tokio::runtime::Handle,
}

impl Waiting {
    /// Must not be used on a thread of the runtime itself.
    #[must_use]
    pub fn new(store: Store, runtime: tokio::runtime::Handle) -> Self {
        Self { store, runtime }
    }
}

impl Tables for Waiting {
    fn insert(&self, block: &Block, token: &str) -> Result<(), Unwritten> {
        self.runtime.block_on(self.store.insert(block, token)).map_err(|error| unwritten(&error))
    }

    fn insert_all(&self, blocks: &[&Block], tokens: &[String]) -> Vec<Result<(), Unwritten>> {
        let each = blocks.iter().zip(tokens).map(|(block, token)| self.store.insert(block, token));
        let results = self.runtime.block_on(all(each.collect()));
        results.into_iter().map(|result| result.map_err(|error| unwritten(&error))).collect()
    }

    fn holds(&self, block: &Block) -> Result<bool, Unwritten> {
        self.runtime.block_on(self.store.holds(block)).map_err(|error| unwritten(&error))
    }

    /// On a cluster tokens and parts are remembered in one step, by the coordinator, and `holds` never says yes.
    fn lacks(&self, block: &Block) -> Result<bool, Unwritten> {
        if self.store.cluster.is_some() { Ok(false) } else { self.holds(block).map(|held| !held) }
    }
}

/// What all of them give, in their order; they wait side by side.
async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut each: Vec<_> = futures.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        let mut is_done = true;
        for (one, output) in each.iter_mut().filter(|(_, output)| output.is_none()) {
            match one.as_mut().poll(context) {
                Poll::Ready(ready) => *output = Some(ready),
                Poll::Pending => is_done = false,
            }
        }
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    each.into_iter().filter_map(|(_, output)| output).collect()
}

fn unwritten(error: &StoreError) -> Unwritten {
    match error.policy() {
        Policy::Resend => Unwritten::Resend(error.to_string()),
        Policy::Stop => Unwritten::Stop(error.to_string()),
    }
}
