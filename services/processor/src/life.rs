//! One life of the processor: from an assignment to the first doubt.
//!
//! ```text
//! poll ─► step ─► … ─► commit { calls, windows, rejected, changelog, offsets } ─► match the outcome
//!   └► assigned: drop everything, restore from the changelog, start at the state's own offset
//! ```
//! Whatever goes wrong ends the life; the next one begins with what Kafka has. So recovery is one path, and the one that
//! every restart takes.

use crate::changelog;
use crate::meter::Meter;
use crate::partition::{Commit, Partition, Tools};
use pipeline::processor::Setup;
use pipeline::{Batch, CommitOutcome, Delivery, Fault, Ledger, Polled, Source};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a look at the input may wait.
const WAIT_MAX: Duration = Duration::from_millis(100);

/// When a transaction is committed.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// So long after its first event at the latest.
    pub commit_every: Duration,
    /// After so many events at the latest: bounds what is held.
    pub events_max: usize,
}

/// A running processor on some world: Kafka, or a test's.
pub struct Life<'a, W> {
    world: &'a mut W,
    tools: &'a Tools,
    setup: &'a Arc<Setup>,
    meter: &'a Meter,
    pace: Pace,
    partitions: BTreeMap<i32, Partition>,
    /// Events since the last commit, and since when by the clock's monotonic time.
    events: usize,
    since: Option<Duration>,
}

impl<'a, W: Source + Ledger> Life<'a, W> {
    /// Without any partition yet.
    pub fn new(
        world: &'a mut W,
        tools: &'a Tools,
        setup: &'a Arc<Setup>,
        meter: &'a Meter,
        pace: Pace,
    ) -> Self {
        Self { world, tools, setup, meter, pace, partitions: BTreeMap::new(), events: 0, since: None }
    }

    /// Steps until told to stop; then commits what there is.
    ///
    /// # Errors
    /// The first fault, of whatever kind; the state is then in doubt and must be dropped with the world.
    pub fn run(&mut self, stop: impl Fn() -> bool) -> Result<(), Fault> {
        while !stop() {
            self.meter.beat();
            match self.world.poll(self.wait())? {
                Polled::Nothing => {}
                Polled::Delivery(delivery) => self.step(&delivery)?,
                Polled::Assigned(partitions) => self.assigned(&partitions)?,
            }
            if self.is_due() {
                self.commit()?;
            }
            let now = self.now();
            self.meter.look(now, || self.world.lag(&next_offsets(&self.partitions)));
        }
        self.commit()
    }

    fn now(&self) -> Duration {
        self.tools.clock.monotonic()
    }

    /// How long something is waiting to be committed.
    fn age(&self) -> Option<Duration> {
        self.since.map(|since| self.now().saturating_sub(since))
    }

    fn wait(&self) -> Duration {
        self.age().map_or(WAIT_MAX, |age| self.pace.commit_every.saturating_sub(age).min(WAIT_MAX))
    }

    fn is_due(&self) -> bool {
        let late = self.age().is_some_and(|age| age >= self.pace.commit_every);
        late || self.events >= self.pace.events_max
    }

    /// What was not committed is gone with the old assignment; it will be read again.
    fn assigned(&mut self, numbers: &[i32]) -> Result<(), Fault> {
        self.partitions.clear();
        (self.events, self.since) = (0, None);
        self.meter.not_ready("restoring its state");
        let mut tables = self.world.restore(numbers)?;
        let committed = self.world.committed(numbers)?;
        let kept = self.world.kept(numbers)?;
        let mut from = BTreeMap::new();
        for number in numbers {
            let table = tables.remove(number).unwrap_or_default();
            let (keys, committed) = (table.len(), committed.get(number).copied().flatten());
            let held = changelog::read(*number, table, &self.tools.codec)?;
            let (mut partition, offset) = Partition::restore(*number, held, committed, self.setup.clone())?;
            tracing::info!(partition = number, keys, from = offset, "state restored");
            let kept = kept.get(number).cloned().unwrap_or_default();
            let offset = partition.begin(offset, &kept)?;
            tell_lost(&partition, *number, kept.start, &self.tools.topic);
            from.insert(*number, offset);
            self.partitions.insert(*number, partition);
        }
        self.world.start(&from)?;
        self.meter.assigned(self.partitions.values().map(Partition::processor));
        Ok(())
    }

    fn step(&mut self, delivery: &Delivery) -> Result<(), Fault> {
        let Some(partition) = self.partitions.get_mut(&delivery.partition) else { return Ok(()) };
        let stepped = partition.step(delivery, self.tools)?;
        self.meter.stepped(&stepped);
        self.events += 1;
        let now = self.now();
        self.since.get_or_insert(now);
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Fault> {
        let mut batch = Batch::default();
        let mut commits: Vec<Commit> = Vec::new();
        for (number, partition) in self.partitions.iter_mut().filter(|(_, partition)| partition.has_news()) {
            let mut commit = partition.take(self.tools)?;
            batch.records.append(&mut commit.records);
            batch.offsets.insert(*number, commit.next_offset);
            commits.push(commit);
        }
        (self.events, self.since) = (0, None);
        if batch.is_empty() {
            return Ok(());
        }
        let began = self.now();
        let outcome = self.world.commit(&batch);
        self.meter.answered(&outcome, self.now().saturating_sub(began));
        match outcome {
            CommitOutcome::Committed => {
                self.meter.committed(&commits, self.partitions.values().map(Partition::processor));
                Ok(())
            }
            CommitOutcome::Aborted(fault) | CommitOutcome::Unknown(fault) => Err(fault),
        }
    }
}

/// Nothing disappears in silence.
fn tell_lost(partition: &Partition, number: i32, first: i64, topic: &str) {
    let lost = partition.lost();
    if lost > 0 {
        let from = partition.next_offset() - i64::try_from(lost).unwrap_or_default();
        tracing::error!(
            topic,
            partition = number,
            from,
            first,
            lost,
            "these records were deleted by the topic's retention before they were read. What happened in that time is not known: it \
             is told as a gap of all sources, and calls of it become unknown. Lengthen the topic's retention.ms, or keep the \
             processor running"
        );
    }
}

fn next_offsets(partitions: &BTreeMap<i32, Partition>) -> BTreeMap<i32, i64> {
    partitions.iter().map(|(number, partition)| (*number, partition.next_offset())).collect()
}
