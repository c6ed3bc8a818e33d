//! Blocks into ClickHouse, for as long as it takes.

use crate::meter::Meter;
use anyhow::Context;
use std::time::{Duration, Instant};
use store::{Block, Policy, Store};
use tokio::sync::watch;

const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_LAST: Duration = Duration::from_secs(10);

/// Writes with tokens of one epoch.
pub struct Writer<'a> {
    pub store: &'a Store,
    pub epoch: u32,
    pub meter: &'a Meter,
    pub shutdown: &'a watch::Receiver<bool>,
    pub runtime: &'a tokio::runtime::Handle,
}

impl Writer<'_> {
    /// Writes a block once. `perhaps_written`: an earlier process may have done it, longer ago than tokens are kept.
    /// False: told to stop before ClickHouse took it; the range stays pending.
    pub fn write(&self, block: &Block, mut perhaps_written: bool) -> anyhow::Result<bool> {
        let token = block.token(self.epoch);
        let mut pause = PAUSE_FIRST;
        loop {
            self.meter.beat();
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
                    return Ok(true);
                }
                Err(error) if error.policy() == Policy::Stop => {
                    return Err(error).context(format!("writing to {}", block.table));
                }
                Err(error) => {
                    tracing::warn!(%error, table = block.table, token, "not written, or not known: sent again")
                }
            }
            // Its fate is not known: look before sending again.
            perhaps_written = true;
            self.meter.waiting(block.table);
            if !self.sleep(pause)? {
                return Ok(false);
            }
            pause = (pause * 2).min(PAUSE_LAST);
        }
    }

    /// Anywhere up to `pause`; false when told to stop.
    fn sleep(&self, pause: Duration) -> anyhow::Result<bool> {
        let mut random = [0u8; 2];
        getrandom::fill(&mut random).context("the system gives no random bytes")?;
        let pause = pause.mul_f64(0.5 + f64::from(u16::from_be_bytes(random)) / 131_072.0);
        let began = Instant::now();
        while began.elapsed() < pause {
            if *self.shutdown.borrow() {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(true)
    }
}
