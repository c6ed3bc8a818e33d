//! Calls and panes → blocks of rows, as the sink makes them.

use super::made::Certain;
use kpi::Cadence;
use pipeline::{Block, BlockSource};
use sink::blocks::Blocks;
use wire::rows::{CallRow, Position, RowError, WindowRow, WindowRows};

/// What stands where a row of a real system names its topic.
const TOPIC: &str = "generated";

/// Rows that are not written yet, and where they stand.
pub struct Rows {
    topic_id: String,
    cadence: Cadence,
    next_offset: i64,
    held: Certain,
}

impl Rows {
    pub fn new(seed: u64, cadence: Cadence) -> Self {
        Self { topic_id: format!("generated-{seed}"), cadence, next_offset: 0, held: Certain::default() }
    }

    /// So many are held.
    pub fn len(&self) -> usize {
        self.held.calls.len() + self.held.windows.len()
    }

    pub fn add(&mut self, certain: Certain) {
        self.held.calls.extend(certain.calls);
        self.held.windows.extend(certain.windows);
    }

    /// Everything that is held, one block for each table and month.
    pub fn cut(&mut self) -> Result<Vec<Block>, RowError> {
        let Certain { calls, windows } = std::mem::take(&mut self.held);
        let first = self.next_offset;
        let rows = i64::try_from(calls.len() + windows.len()).unwrap_or(i64::MAX);
        let topic = TOPIC.to_owned();
        let topic_id = self.topic_id.clone();
        let mut blocks =
            Blocks::new(BlockSource { topic, topic_id, partition: 0, first, last: first + rows - 1 });
        for call in calls {
            let position = self.position();
            blocks.add(&CallRow::new(call, position, self.cadence)?);
        }
        for window in windows {
            match WindowRows::new(window, self.position())? {
                WindowRows::Pane(row) => blocks.add::<WindowRow>(&row),
                WindowRows::Correction(row) => blocks.add(&row),
            }
        }
        Ok(blocks.finish())
    }

    fn position(&mut self) -> Position {
        let offset = self.next_offset;
        self.next_offset += 1;
        Position { topic: TOPIC.into(), topic_id: self.topic_id.as_str().into(), partition: 0, offset }
    }
}
