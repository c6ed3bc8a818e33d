//! One attempt to write a block, and the pauses between attempts.

use crate::meter::Meter;
use anyhow::Context;
use pipeline::{Block, Clock, Tables, Unwritten};
use std::time::Duration;

const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_LAST: Duration = Duration::from_secs(10);

/// So many more tokens are tried for a block whose own is remembered without its rows: each takes a server that is killed at a bad moment.
const TOKENS: u32 = 20;

/// Writes with tokens of one epoch.
pub struct Writer<'a, T> {
    pub tables: &'a T,
    pub epoch: u32,
    pub meter: &'a Meter,
    pub clock: &'a dyn Clock,
}

impl<T: Tables> Writer<'_, T> {
    /// Writes blocks side by side that were never tried before; which of them are written now. Of the others it is not known: to be
    /// tried again with [`Self::attempt`], `perhaps_written`.
    ///
    /// # Errors
    /// What waiting does not mend.
    pub fn attempt_all(&self, blocks: &[&Block]) -> anyhow::Result<Vec<bool>> {
        let tokens: Vec<String> = blocks.iter().map(|block| block.token(self.epoch)).collect();
        let began = self.clock.monotonic();
        let results = self.tables.insert_all(blocks, &tokens);
        let took = self.clock.monotonic() - began;
        let told = blocks.iter().zip(tokens).zip(results);
        told.map(|((block, token), result)| self.tell(block, &token, result, took)).collect()
    }

    /// Whether the block is written now. False: ClickHouse does not take it, or its answer was lost; to be tried again with
    /// `perhaps_written`, which looks first: an earlier attempt may be longer ago than tokens are kept.
    ///
    /// # Errors
    /// What waiting does not mend.
    pub fn attempt(&self, block: &Block, perhaps_written: bool) -> anyhow::Result<bool> {
        let token = block.token(self.epoch);
        let began = self.clock.monotonic();
        let result = self.write(block, &token, perhaps_written);
        self.tell(block, &token, result, self.clock.monotonic() - began)
    }

    fn tell(
        &self,
        block: &Block,
        token: &str,
        result: Result<(), Unwritten>,
        took: Duration,
    ) -> anyhow::Result<bool> {
        match result {
            Ok(()) => {
                self.meter.written(block.table, block.rows, took);
                Ok(true)
            }
            Err(error @ Unwritten::Stop(_)) => Err(error).context(format!("writing to {}", block.table)),
            Err(error @ Unwritten::Resend(_)) => {
                tracing::warn!(%error, table = block.table, token, "not written, or not known: tried again");
                self.meter.waiting(block.table);
                Ok(false)
            }
        }
    }

    fn write(&self, block: &Block, token: &str, perhaps_written: bool) -> Result<(), Unwritten> {
        if !perhaps_written {
            return self.tables.insert(block, token);
        }
        if self.tables.holds(block)? {
            return Ok(());
        }
        self.tables.insert(block, token)?;
        for again in 1..=TOKENS {
            if !self.tables.lacks(block)? {
                return Ok(());
            }
            tracing::warn!(
                token,
                table = block.table,
                "ClickHouse remembers this token and has none of its rows: it was killed while it wrote them. Written under another one"
            );
            self.tables.insert(block, &format!("{token}/{again}"))?;
        }
        if self.tables.lacks(block)? {
            return Err(Unwritten::Resend(format!("{token} is remembered, and none of its rows are there")));
        }
        Ok(())
    }
}

/// Where pauses get their chance from.
pub type Random = fn() -> anyhow::Result<u16>;

/// The system's own.
///
/// # Errors
/// It has none.
pub fn random() -> anyhow::Result<u16> {
    let mut random = [0u8; 2];
    getrandom::fill(&mut random).context("the system gives no random bytes")?;
    Ok(u16::from_be_bytes(random))
}

/// Growing pauses.
pub struct Pauses {
    next: Duration,
    random: Random,
}

impl Pauses {
    pub fn new(random: Random) -> Self {
        Self { next: PAUSE_FIRST, random }
    }

    /// The next one: anywhere between its half and its whole, so that many sinks do not come back at the same moment.
    pub fn next(&mut self) -> anyhow::Result<Duration> {
        let share = 0.5 + f64::from((self.random)()?) / (2.0 * f64::from(u16::MAX));
        let pause = self.next.mul_f64(share);
        self.next = (self.next * 2).min(PAUSE_LAST);
        Ok(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_are_never_the_same() {
        let mut pauses = Pauses::new(random);
        let mut limit = PAUSE_FIRST;
        for _ in 0..12 {
            let pause = pauses.next().unwrap();
            assert!(limit / 2 <= pause && pause <= limit, "{pause:?} of {limit:?}");
            limit = (limit * 2).min(PAUSE_LAST);
        }
        assert_eq!(limit, PAUSE_LAST);
    }
}
