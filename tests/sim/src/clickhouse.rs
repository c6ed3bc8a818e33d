//! ClickHouse as a sink can know it: blocks with tokens that are remembered for a while.

use pipeline::{Block, BlockSource};
use std::collections::BTreeMap;
use wire::rows::{CallRow, CorrectionRow, RejectedRow, Row, RowError, WindowRow, header, read_all};

/// So long a token is remembered, virtual µs.
const REMEMBERED: u64 = 60_000_000;

/// An insert that was kept.
pub struct Kept {
    /// The table.
    pub table: &'static str,
    /// Its part of the table.
    pub month: u32,
    /// Where the rows came from.
    pub source: BlockSource,
    /// The offset of each row.
    pub offsets: Vec<i64>,
}

/// All tables.
#[derive(Default)]
pub struct ClickHouse {
    kept: Vec<Kept>,
    tokens: BTreeMap<String, u64>,
    /// It does not answer before.
    pub down_until: u64,
}

impl ClickHouse {
    /// Every insert that was kept, in order.
    #[must_use]
    pub fn kept(&self) -> &[Kept] {
        &self.kept
    }

    /// Writes a block unless its token is remembered; whether it did.
    ///
    /// # Errors
    /// The bytes are no rows of the table.
    pub fn insert(&mut self, now: u64, block: &Block, token: &str) -> Result<bool, RowError> {
        self.tokens.retain(|_, at| *at + REMEMBERED > now);
        let known = self.tokens.insert(token.to_owned(), now);
        if let Some(at) = known {
            self.tokens.insert(token.to_owned(), at);
            return Ok(false);
        }
        let offsets = offsets(block)?;
        let Block { table, month, source, .. } = block;
        self.kept.push(Kept { table, month: *month, source: source.clone(), offsets });
        Ok(true)
    }

    /// Whether a row of the block's range is in its table.
    #[must_use]
    pub fn holds(&self, block: &Block) -> bool {
        let BlockSource { topic_id, partition, first, last, .. } = &block.source;
        let is_of_it = |kept: &&Kept| {
            (kept.table, kept.month) == (block.table, block.month)
                && (&kept.source.topic_id, &kept.source.partition) == (topic_id, partition)
        };
        let mut offsets = self.kept.iter().filter(is_of_it).flat_map(|kept| &kept.offsets);
        offsets.any(|offset| (first..=last).contains(&offset))
    }
}

fn offsets(block: &Block) -> Result<Vec<i64>, RowError> {
    fn of<R: Row>(bytes: &[u8], offset: impl Fn(&R) -> i64) -> Result<Vec<i64>, RowError> {
        let rows = read_all::<R>(bytes.get(header::<R>().len()..).unwrap_or_default())?;
        Ok(rows.iter().map(offset).collect())
    }
    match block.table {
        "calls" => of::<CallRow>(&block.bytes, |row| row.position.offset),
        "kpi_windows" => of::<WindowRow>(&block.bytes, |row| row.position.offset),
        "kpi_corrections" => of::<CorrectionRow>(&block.bytes, |row| row.position.offset),
        _ => of::<RejectedRow>(&block.bytes, |row| row.position.offset),
    }
}
