//! Rows of one batch, sorted into blocks.

use pipeline::{Block, BlockSource};
use std::collections::BTreeMap;

use wire::rows::{Row, header};

/// So many bytes are taken at once at most; a range with holes has fewer records than offsets.
const ROOM_MAX: usize = 16 << 20;

/// Blocks of one batch: one for each table and month that its rows belong to.
pub struct Blocks {
    source: BlockSource,
    blocks: BTreeMap<(&'static str, u32), Block>,
}

impl Blocks {
    /// None yet.
    #[must_use]
    pub fn new(source: BlockSource) -> Self {
        Self { source, blocks: BTreeMap::new() }
    }

    /// Adds a row behind the others of its block.
    pub fn add<R: Row>(&mut self, row: &R) {
        let month = row.month();
        let block = self.blocks.entry((R::TABLE, month)).or_insert_with(|| Block {
            table: R::TABLE,
            columns: R::columns().into_iter().map(|(name, _)| name).collect(),
            month,
            rows: 0,
            bytes: header::<R>(),
            source: self.source.clone(),
        });
        let before = block.bytes.len();
        row.put_row(&mut block.bytes);
        block.rows += 1;
        if block.rows == 1 {
            // Most blocks hold the whole range, and rows are alike: memory that grows step by step is cleared and copied each time.
            let records = usize::try_from(self.source.last - self.source.first).unwrap_or(0);
            block.bytes.reserve(records.saturating_mul(block.bytes.len() - before).min(ROOM_MAX));
        }
    }

    /// In a fixed order, so that a batch that is read again is written in the same steps.
    #[must_use]
    pub fn finish(self) -> Vec<Block> {
        self.blocks.into_values().collect()
    }
}
