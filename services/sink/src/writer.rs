//! One attempt to write a block, and the pauses between attempts.

use crate::meter::Meter;
use anyhow::Context;
use std::time::{Duration, Instant};
use store::{Block, Policy, Store};

const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_LAST: Duration = Duration::from_secs(10);

/// Writes with tokens of one epoch.
pub struct Writer<'a> {
    pub store: &'a Store,
    pub epoch: u32,
    pub meter: &'a Meter,
    pub runtime: &'a tokio::runtime::Handle,
}

impl Writer<'_> {
    /// Whether the block is written now. False: ClickHouse does not take it, or its answer was lost; to be tried again with
    /// `perhaps_written`, which looks first: an earlier attempt may be longer ago than tokens are kept.
    ///
    /// # Errors
    /// What waiting does not mend.
    pub fn attempt(&self, block: &Block, perhaps_written: bool) -> anyhow::Result<bool> {
        let token = block.token(self.epoch);
        let began = Instant::now();
        let done = self.runtime.block_on(async {
            if perhaps_written && self.store.holds(block).await? {
                return Ok(());
            }
            self.store.insert(block, &token).await
        });
        match done {
            Ok(()) => {
                self.meter.written(block.table, block.rows, began.elapsed());
                Ok(true)
            }
            Err(error) if error.policy() == Policy::Stop => {
                Err(error).context(format!("writing to {}", block.table))
            }
            Err(error) => {
                tracing::warn!(%error, table = block.table, token, "not written, or not known: tried again");
                self.meter.waiting(block.table);
                Ok(false)
            }
        }
    }
}

/// Growing pauses.
pub struct Pauses(Duration);

impl Pauses {
    pub fn new() -> Self {
        Self(PAUSE_FIRST)
    }

    /// The next one: anywhere between its half and its whole, so that many sinks do not come back at the same moment.
    pub fn next(&mut self) -> anyhow::Result<Duration> {
        let mut random = [0u8; 2];
        getrandom::fill(&mut random).context("the system gives no random bytes")?;
        let share = 0.5 + f64::from(u16::from_be_bytes(random)) / (2.0 * f64::from(u16::MAX));
        let pause = self.0.mul_f64(share);
        self.0 = (self.0 * 2).min(PAUSE_LAST);
        Ok(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_are_never_the_same() {
        let mut pauses = Pauses::new();
        let mut limit = PAUSE_FIRST;
        for _ in 0..12 {
            let pause = pauses.next().unwrap();
            assert!(limit / 2 <= pause && pause <= limit, "{pause:?} of {limit:?}");
            limit = (limit * 2).min(PAUSE_LAST);
        }
        assert_eq!(limit, PAUSE_LAST);
    }
}
