//! One life after the other, on any world: Kafka, or a simulation's.

use crate::Pace;
use crate::life::Life;
use crate::meter::Meter;
use crate::partition::Tools;
use pipeline::processor::Setup;
use pipeline::{Clock, Decision, Fault, Fenced, Ledger, Source};
use std::sync::Arc;
use std::time::Duration;

/// Pauses between two lives, from the first to the longest.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];
/// A life that lasted so long was not a part of the trouble before it.
const GOOD_LIFE: Duration = Duration::from_secs(60);
/// So often it is asked while pausing whether to stop.
const STEP: Duration = Duration::from_millis(50);

/// Everything that outlives a life.
pub struct Lives {
    /// What the processor must know.
    pub setup: Arc<Setup>,
    /// What is told of it.
    pub meter: Meter,
    /// When a transaction is committed.
    pub pace: Pace,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Whether to finish.
    pub stop: Box<dyn Fn() -> bool + Send>,
}

impl Lives {
    /// Until told to stop; `open` gives the world of each life and what reads it.
    ///
    /// # Errors
    /// What only a person can mend.
    pub fn run<W: Source + Ledger>(&self, open: impl Fn() -> Result<(W, Tools), Fault>) -> Result<(), Fault> {
        let (mut troubles, mut fenced) = (0, Fenced::default());
        while !(self.stop)() {
            let began = self.clock.monotonic();
            let Err(fault) = self.live(&open) else { return Ok(()) };
            if self.clock.monotonic() - began > GOOD_LIFE {
                troubles = 0;
            }
            match fault.decision() {
                Decision::Retry => tracing::warn!(%fault, "starting over from what Kafka has"),
                Decision::Stop if fenced.may_return(&fault, self.clock.monotonic()) => {
                    tracing::warn!(%fault, "taken for dead: starting over from what Kafka has");
                }
                // a whole batch cannot be put aside
                Decision::Reject | Decision::Stop => return Err(fault),
            }
            self.meter.not_ready(fault.to_string());
            self.pause(PAUSES[troubles.min(PAUSES.len() - 1)]);
            troubles += 1;
        }
        Ok(())
    }

    fn live<W: Source + Ledger>(&self, open: impl Fn() -> Result<(W, Tools), Fault>) -> Result<(), Fault> {
        let (mut world, tools) = open()?;
        Life::new(&mut world, &tools, &self.setup, &self.meter, self.pace).run(&self.stop)
    }

    fn pause(&self, so_long: Duration) {
        let mut left = so_long;
        while !left.is_zero() && !(self.stop)() {
            self.meter.beat();
            self.clock.sleep(STEP.min(left));
            left = left.saturating_sub(STEP);
        }
    }
}
