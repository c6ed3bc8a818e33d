//! One life of the processor: from an assignment to the first doubt.
//!
//! ```text
//! poll ─► step ─► … ─► begin a commit { calls, windows, rejected, changelog, offsets } ─► poll ─► step ─► …
//!   │                     └► its outcome, before the next is begun: match it
//!   └► assigned: the outcome, drop everything, restore from the changelog, start at the state's own offset
//! ```
//! One commit at most is under way while the loop goes on, so the state may be ahead of what is committed by two batches.
//! Whatever goes wrong ends the life; the next one begins with what Kafka has. So recovery is one path, and the one that
//! every restart takes.

use crate::changelog;
use crate::meter::Meter;
use crate::partition::{Commit, Partition, Tools};
use pipeline::processor::{Processor, Setup};
use pipeline::{Batch, CommitOutcome, Delivery, Ended, Fault, Ledger, Pace, Polled, Source};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a look at the input may wait.
const WAIT_MAX: Duration = Duration::from_millis(100);

/// What would be committed next: how many events since the last commit was begun, and since when by the clock's monotonic time.
#[derive(Default)]
struct Fresh {
    events: usize,
    since: Option<Duration>,
    /// There was a moment when all of the input was taken.
    has_caught_up: bool,
}

/// A running processor on some world: Kafka, or a test's.
pub struct Life<'a, W> {
    world: &'a mut W,
    tools: &'a Tools,
    setup: &'a Arc<Setup>,
    meter: &'a Meter,
    pace: Pace,
    partitions: BTreeMap<i32, Partition>,
    fresh: Fresh,
    /// The clock's monotonic time after the last look at the input, or the last commit: asked for once a turn.
    now: Duration,
    /// What is in the commit that is under way.
    under_way: Option<Vec<Commit>>,
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
        let (partitions, fresh, now) = (BTreeMap::new(), Fresh::default(), tools.clock.monotonic());
        Self { world, tools, setup, meter, pace, partitions, fresh, now, under_way: None }
    }

    /// Steps until told to stop; then commits what there is.
    ///
    /// # Errors
    /// The first fault, of whatever kind; the state is then in doubt and must be dropped with the world.
    pub fn run(&mut self, stop: impl Fn() -> bool) -> Result<(), Fault> {
        while !stop() {
            self.meter.beat();
            let polled = self.poll()?;
            let is_idle = polled == Polled::Nothing;
            self.now = self.tools.clock.monotonic();
            match polled {
                Polled::Nothing => {}
                Polled::Delivery(delivery) => self.step(&delivery)?,
                Polled::Assigned(partitions) => self.assigned(&partitions)?,
            }
            self.look(is_idle)?;
            self.meter.look(self.now, processors(&self.partitions), || {
                self.meter.buffer("uncommitted", self.fresh.events as f64 / self.pace.events_max as f64);
                self.meter.show_open(self.tools.clock.now_us());
                self.meter.buffer("prefetched", self.world.prefetched_ratio());
                self.world.lag(&next_offsets(&self.partitions))
            });
        }
        self.commit()?;
        self.settle()
    }

    fn poll(&mut self) -> Result<Polled, Fault> {
        match self.world.poll(Duration::ZERO)? {
            Polled::Nothing => {
                self.fresh.has_caught_up = true;
                self.world.poll(self.wait())
            }
            polled => Ok(polled),
        }
    }

    /// Hears how the commit under way ended, and begins the next when it is due.
    fn look(&mut self, is_idle: bool) -> Result<(), Fault> {
        if let Some(ended) = self.world.ended() {
            self.obey(ended)?;
        }
        let (is_late, is_full) = (self.is_late(), self.fresh.events >= self.pace.events_max);
        // While one is under way, what is late can wait as long as there is something to step.
        let can_wait = self.under_way.is_some() && !is_full && !is_idle;
        if (is_late || is_full) && !can_wait { self.commit() } else { Ok(()) }
    }

    /// How long something is waiting to be committed.
    fn age(&self) -> Option<Duration> {
        self.fresh.since.map(|since| self.now.saturating_sub(since))
    }

    fn commit_within(&self) -> Duration {
        self.pace.commit_within(self.fresh.has_caught_up)
    }

    fn wait(&self) -> Duration {
        self.age().map_or(WAIT_MAX, |age| self.commit_within().saturating_sub(age).min(WAIT_MAX))
    }

    fn is_late(&self) -> bool {
        self.age().is_some_and(|age| age >= self.commit_within())
    }

    /// What no commit was begun for is gone with the old assignment; it will be read again.
    fn assigned(&mut self, numbers: &[i32]) -> Result<(), Fault> {
        self.settle()?;
        self.partitions.clear();
        self.fresh = Fresh::default();
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
        self.meter.assigned(self.now, processors(&self.partitions));
        Ok(())
    }

    fn step(&mut self, delivery: &Delivery) -> Result<(), Fault> {
        let Some(partition) = self.partitions.get_mut(&delivery.partition) else { return Ok(()) };
        let stepped = partition.step(delivery, self.tools)?;
        self.meter.stepped(&stepped);
        self.fresh.events += 1;
        self.fresh.since.get_or_insert(self.now);
        Ok(())
    }

    /// Begins to commit everything that is fresh. The one before must be known to be committed.
    fn commit(&mut self) -> Result<(), Fault> {
        let mut batch = Batch::default();
        let mut commits: Vec<Commit> = Vec::new();
        for (number, partition) in self.partitions.iter_mut().filter(|(_, partition)| partition.has_news()) {
            let mut commit = partition.take(self.tools)?;
            batch.records.append(&mut commit.records);
            batch.offsets.insert(*number, commit.next_offset);
            commits.push(commit);
        }
        self.fresh = Fresh::default();
        if batch.is_empty() {
            return Ok(());
        }
        self.settle()?;
        self.world.begin(batch)?;
        self.under_way = Some(commits);
        self.now = self.tools.clock.monotonic();
        Ok(())
    }

    /// Waits until no commit is under way.
    fn settle(&mut self) -> Result<(), Fault> {
        if self.under_way.is_none() {
            return Ok(());
        }
        let began = self.tools.clock.monotonic();
        let ended = self.world.end();
        self.meter.waited(self.tools.clock.monotonic().saturating_sub(began));
        self.obey(ended)
    }

    /// Anything but success ends this life: what was stepped meanwhile stands on what may not be there.
    fn obey(&mut self, Ended { outcome, took }: Ended) -> Result<(), Fault> {
        let commits = self.under_way.take().unwrap_or_default();
        self.meter.answered(&outcome, took);
        match outcome {
            CommitOutcome::Committed => {
                self.meter.committed(&commits, self.tools.clock.now_us());
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

fn processors(partitions: &BTreeMap<i32, Partition>) -> impl Iterator<Item = &Processor> {
    partitions.values().map(Partition::processor)
}

fn next_offsets(partitions: &BTreeMap<i32, Partition>) -> BTreeMap<i32, i64> {
    partitions.iter().map(|(number, partition)| (*number, partition.next_offset())).collect()
}
