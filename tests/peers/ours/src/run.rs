//! The loop of the processor around the window stage: poll, step, begin a commit, go on, match its outcome. Nothing is mended here: a
//! fault ends the measurement, and the next run begins with what Kafka has. It commits as often as the processor does.

use crate::stage::Stage;
use anyhow::Context;
use kafka::{Journal, Settings, Topics};
use pipeline::{Batch, CommitOutcome, Delivery, Ledger, Pace, Polled, Source};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const WAIT_MAX: Duration = Duration::from_millis(100);
/// So many records are taken between two looks at the clock and at the commit under way.
const TURNS: u32 = 64;

/// What is told while it runs.
#[derive(Default)]
pub struct Count {
    pub processed: AtomicU64,
    /// In commits that ended well.
    pub committed: AtomicU64,
    pub commits: AtomicU64,
    pub late: AtomicU64,
    pub stop: AtomicBool,
}

pub struct Job {
    pub settings: Settings,
    pub topics: Topics,
    pub group: String,
    pub lateness_us: i64,
    pub pace: Pace,
}

struct Life<'a> {
    journal: Journal,
    job: &'a Job,
    count: &'a Count,
    stages: BTreeMap<i32, Stage>,
    /// Since the last commit, and how many of them were told.
    fresh: u64,
    told: u64,
    since: Option<Instant>,
    /// Since the last commit there was a moment when all of the input was taken.
    has_caught_up: bool,
    /// How many records, and how many of them came too late.
    under_way: Option<(u64, u64)>,
}

/// One thread: a member of the group, with transactions of its own.
pub fn run(job: &Job, thread: u16, count: &Count) -> anyhow::Result<()> {
    let journal = Journal::open(&job.settings, &job.topics, &job.group, &format!("peer-{thread}"))?;
    let mut life = Life {
        journal,
        job,
        count,
        stages: BTreeMap::new(),
        fresh: 0,
        told: 0,
        since: None,
        has_caught_up: false,
        under_way: None,
    };
    while !count.stop.load(Ordering::Relaxed) {
        life.turn()?;
    }
    life.commit()?;
    life.settle()
}

impl Life<'_> {
    fn turn(&mut self) -> anyhow::Result<()> {
        let mut is_idle = false;
        for turn in 0..TURNS {
            match self.poll(turn)? {
                Polled::Nothing => is_idle = true,
                Polled::Assigned(partitions) => self.assigned(&partitions)?,
                Polled::Delivery(delivery) => self.take(&delivery)?,
            }
            if is_idle || self.is_full() {
                break;
            }
        }
        self.tell();
        if let Some(ended) = self.journal.ended() {
            self.obey(ended.outcome)?;
        }
        let is_late = self.since.is_some_and(|since| since.elapsed() >= self.commit_within());
        let is_full = self.is_full();
        let can_wait = self.under_way.is_some() && !is_full && !is_idle;
        if (is_late || is_full) && !can_wait { self.commit() } else { Ok(()) }
    }

    /// The first of a turn may be long in coming; those behind it are there.
    fn poll(&mut self, turn: u32) -> anyhow::Result<Polled> {
        match self.journal.poll(Duration::ZERO)? {
            Polled::Nothing => self.has_caught_up = true,
            polled => return Ok(polled),
        }
        if turn > 0 {
            return Ok(Polled::Nothing);
        }
        let left = |since: Instant| self.commit_within().saturating_sub(since.elapsed());
        let wait = self.since.map_or(WAIT_MAX, left);
        Ok(self.journal.poll(wait)?)
    }

    fn commit_within(&self) -> Duration {
        self.job.pace.commit_within(self.has_caught_up)
    }

    fn is_full(&self) -> bool {
        self.fresh >= self.job.pace.events_max as u64
    }

    fn take(&mut self, delivery: &Delivery) -> anyhow::Result<()> {
        let Some(stage) = self.stages.get_mut(&delivery.partition) else { return Ok(()) };
        let step = stage.step(delivery.offset, delivery.value.as_deref().unwrap_or_default());
        step.with_context(|| format!("{}/{} is no pass", delivery.partition, delivery.offset))?;
        self.fresh += 1;
        if self.since.is_none() {
            self.since = Some(Instant::now());
        }
        Ok(())
    }

    /// What was done since the last time.
    fn tell(&mut self) {
        self.count
            .processed
            .fetch_add(self.fresh - std::mem::replace(&mut self.told, self.fresh), Ordering::Relaxed);
    }

    fn assigned(&mut self, partitions: &[i32]) -> anyhow::Result<()> {
        self.settle()?;
        self.stages.clear();
        (self.fresh, self.told, self.since, self.has_caught_up) = (0, 0, None, false);
        let tables = self.journal.restore(partitions)?;
        for (partition, table) in tables {
            let stage = Stage::new(partition, self.job.lateness_us).restored(&table);
            self.stages.insert(
                partition,
                stage.with_context(|| format!("the changelog of {partition} is damaged"))?,
            );
        }
        let committed = self.journal.committed(partitions)?;
        self.journal.start(&committed)?;
        Ok(())
    }

    fn commit(&mut self) -> anyhow::Result<()> {
        let records = std::mem::take(&mut self.fresh);
        (self.told, self.since, self.has_caught_up) = (0, None, false);
        if records == 0 {
            return Ok(());
        }
        let (mut batch, mut late) = (Batch::default(), 0);
        for (partition, stage) in self.stages.iter_mut().filter(|(_, stage)| stage.has_news()) {
            stage.take(&mut batch.records);
            late += std::mem::take(&mut stage.late);
            batch.offsets.insert(*partition, stage.next_offset);
        }
        self.settle()?;
        self.journal.begin(batch)?;
        self.under_way = Some((records, late));
        Ok(())
    }

    fn settle(&mut self) -> anyhow::Result<()> {
        if self.under_way.is_none() {
            return Ok(());
        }
        let ended = self.journal.end();
        self.obey(ended.outcome)
    }

    fn obey(&mut self, outcome: CommitOutcome) -> anyhow::Result<()> {
        match outcome {
            CommitOutcome::Committed => {
                let (records, late) = self.under_way.take().unwrap_or_default();
                self.count.late.fetch_add(late, Ordering::Relaxed);
                self.count.committed.fetch_add(records, Ordering::Relaxed);
                self.count.commits.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            CommitOutcome::Aborted(fault) | CommitOutcome::Unknown(fault) => Err(fault.into()),
        }
    }
}
