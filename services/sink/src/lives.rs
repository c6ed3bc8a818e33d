//! One life after the other, on any log and any tables: Kafka and ClickHouse, or a simulation's.

use crate::batch::Kind;
use crate::buffer::Limits;
use crate::life::Life;
use crate::meter::Meter;
use crate::writer::Random;
use kpi::Cadence;
use pipeline::{Clock, Decision, Fault, Fenced, Ranges, Tables};
use std::sync::Arc;
use std::time::Duration;
use wire::Codec;

const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10)];
/// A life that lasted so long was a good one: troubles are counted anew.
const GOOD_LIFE: Duration = Duration::from_secs(60);
/// So often it is asked while pausing whether to stop.
const STEP: Duration = Duration::from_millis(20);

/// Everything that outlives a life.
pub struct Lives<T> {
    /// What the topic carries.
    pub kind: Kind,
    /// The topic's name.
    pub topic: String,
    /// Where it is written.
    pub tables: T,
    /// When a batch is cut.
    pub limits: Limits,
    /// How rows are counted.
    pub cadence: Cadence,
    /// Raised after rows were erased, so that they can be written again.
    pub epoch: u32,
    /// Bytes and back.
    pub codec: Arc<Codec>,
    /// What is told of it.
    pub meter: Meter,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The chance in pauses.
    pub random: Random,
    /// Whether to finish.
    pub stop: Box<dyn Fn() -> bool + Send + Sync>,
}

impl<T: Tables> Lives<T> {
    /// Until told to stop; `open` gives the log of each life.
    ///
    /// # Errors
    /// What only a person can mend.
    pub fn run<I: Ranges>(&self, open: impl Fn() -> Result<I, Fault>) -> anyhow::Result<()> {
        let (mut troubles, mut fenced) = (0, Fenced::default());
        while !self.is_over() {
            let began = self.clock.monotonic();
            let Err(error) = self.live(&open) else { return Ok(()) };
            let Some(fault) = error.downcast_ref::<Fault>() else { return Err(error) };
            match fault.decision() {
                Decision::Retry => {
                    tracing::warn!(%fault, topic = self.topic, "starting over from what is committed");
                }
                Decision::Stop if fenced.may_return(fault, self.clock.monotonic()) => {
                    tracing::warn!(%fault, topic = self.topic, "taken for dead: starting over");
                }
                Decision::Reject | Decision::Stop => return Err(error),
            }
            troubles = if self.clock.monotonic() - began > GOOD_LIFE { 0 } else { troubles + 1 };
            self.pause(PAUSES[troubles.min(PAUSES.len() - 1)]);
        }
        Ok(())
    }

    fn live<I: Ranges>(&self, open: impl Fn() -> Result<I, Fault>) -> anyhow::Result<()> {
        Life::begin(self, open()?)?.live()
    }

    pub(crate) fn is_over(&self) -> bool {
        (self.stop)()
    }

    fn pause(&self, so_long: Duration) {
        let began = self.clock.monotonic();
        while self.clock.monotonic() - began < so_long && !self.is_over() {
            self.meter.beat();
            self.clock.sleep(STEP);
        }
    }
}
