//! One thread makes posted events safe: those of many requests with one write to the disk.

use super::documents::Bad;
use super::records::{Line, Records};
use super::seen::Seen;
use super::silence::Silence;
use crate::intake::SharedSpool;
use crate::progress::Progress;
use crate::spool::{Appended, Spool, Topic};
use anyhow::bail;
use call::EventId;
use config::{Config, Webhook};
use pbx::webhook::Received;
use pipeline::{Clock, SystemClock};
use std::collections::HashSet;
use std::sync::{Arc, PoisonError};
use telemetry::metrics::Collector as Metrics;
use tokio::sync::{mpsc, oneshot};
use wire::Codec;

/// Events that share a write, those of one more request apart: the spool is locked so long.
const TOGETHER_MAX: usize = 5000;

/// What a request wants to be kept.
pub(super) enum Wanted {
    /// Its events: all or none.
    Events(Vec<Received>),
    /// One bad document, as rejected.
    Rejected(Arc<Bad>),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Everything is on disk.
    Safe {
        accepted: usize,
        repeated: usize,
    },
    Full,
    Unwritable,
}

/// One request.
pub(super) struct Job {
    pub wanted: Wanted,
    pub answer: oneshot::Sender<Kept>,
}

impl Job {
    fn len(&self) -> usize {
        match &self.wanted {
            Wanted::Events(events) => events.len(),
            Wanted::Rejected(_) => 1,
        }
    }
}

pub(super) struct Keeper {
    records: Records,
    spool: SharedSpool,
    metrics: Metrics,
    progress: Arc<Progress>,
    seen: Seen,
    silence: Option<Silence>,
}

/// What is written at once.
#[derive(Default)]
struct Batch {
    lines: Vec<Line>,
    bytes: usize,
    repeated: usize,
    gap_us: i64,
}

/// What one request adds.
#[derive(Default)]
struct Planned {
    lines: Vec<Line>,
    noted: Vec<(EventId, u64)>,
    repeated: usize,
    gap_us: i64,
}

impl Keeper {
    pub fn new(
        (config, webhook): (&Config, &Webhook),
        codec: Arc<Codec>,
        spool: SharedSpool,
        metrics: Metrics,
        progress: Arc<Progress>,
    ) -> anyhow::Result<Self> {
        let folder = config.spool_folder();
        let next = spool.lock().unwrap_or_else(PoisonError::into_inner).next();
        let heard = folder.join("posted-last-heard");
        Ok(Self {
            records: Records::new(config, codec)?,
            spool,
            metrics,
            progress,
            seen: Seen::open(&folder, webhook.remembered_ids as usize, next)?,
            silence: webhook.heartbeat_s.map(|seconds| Silence::open(&heard, seconds)).transpose()?,
        })
    }

    /// Until nobody can ask any more. An error is a disk of which is not known what it holds: only a restart tells.
    pub fn run(mut self, mut jobs: mpsc::Receiver<Job>) -> anyhow::Result<()> {
        let at_once = jobs.max_capacity() as f64;
        while let Some(first) = jobs.blocking_recv() {
            let mut together = vec![first];
            while together.iter().map(Job::len).sum::<usize>() < TOGETHER_MAX
                && let Ok(next) = jobs.try_recv()
            {
                together.push(next);
            }
            self.metrics.buffer_used_ratio.of(["webhook"]).set(together.len() as f64 / at_once);
            self.keep(together)?;
            self.metrics.buffer_used_ratio.of(["webhook"]).set(jobs.len() as f64 / at_once);
        }
        Ok(())
    }

    fn keep(&mut self, jobs: Vec<Job>) -> anyhow::Result<()> {
        let shared = Arc::clone(&self.spool);
        let mut spool = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = Batch::default();
        let mut outcomes = Vec::new();
        let now_us = SystemClock.now_us();
        let room = self.seen.make_room();
        if room.is_ok() {
            for job in &jobs {
                outcomes.push(self.plan(&job.wanted, &mut batch, &spool, now_us)?);
            }
        }
        let (appended, written) =
            room.map_or_else(|error| (0, Err(error)), |()| self.write(&mut spool, &batch));
        let settled = self.seen.settle(spool.next());
        let in_doubt = spool.is_in_doubt();
        drop(spool);
        self.count(&batch.lines[..appended]);
        match &written {
            Ok(()) => self.told(&batch, &jobs, now_us),
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "posted events cannot be kept; their senders are asked to wait"
                );
                outcomes = vec![Kept::Unwritable; jobs.len()];
            }
        }
        for (job, outcome) in jobs.into_iter().zip(outcomes) {
            // Whoever hung up asks again.
            let _ = job.answer.send(outcome);
        }
        settled?;
        if in_doubt { written } else { Ok(()) }
    }

    /// Adds a request's records to the batch, all of them or none.
    fn plan(
        &mut self,
        wanted: &Wanted,
        batch: &mut Batch,
        spool: &Spool,
        now_us: i64,
    ) -> anyhow::Result<Kept> {
        let first = spool.next() + batch.lines.len() as u64;
        let planned = match wanted {
            Wanted::Events(events) => {
                let is_gap_told = batch.gap_us > 0;
                self.new_events(events, (spool.stream(), first), is_gap_told, now_us)?
            }
            Wanted::Rejected(bad) => {
                Planned { lines: vec![self.records.rejected(bad, now_us)?], ..Planned::default() }
            }
        };
        let bytes: usize = planned.lines.iter().map(|line| line.payload.len()).sum();
        let records = planned.lines.len();
        // What a sender can repeat leaves room for what is live.
        if records > 0 && !spool.has_room(batch.lines.len() + records, batch.bytes + bytes + spool.reserve())
        {
            return Ok(Kept::Full);
        }
        let outcome = Kept::Safe { accepted: planned.noted.len(), repeated: planned.repeated };
        planned.noted.iter().for_each(|(id, number)| self.seen.note(*id, *number));
        batch.lines.extend(planned.lines);
        batch.bytes += bytes;
        batch.gap_us += planned.gap_us;
        batch.repeated += planned.repeated;
        Ok(outcome)
    }

    /// Those of a request that were not seen before, after the gap that they end.
    fn new_events(
        &self,
        events: &[Received],
        (stream, first): (u64, u64),
        is_gap_told: bool,
        now_us: i64,
    ) -> anyhow::Result<Planned> {
        let mut planned = Planned::default();
        let silence = self.silence.as_ref().filter(|_| !is_gap_told);
        if let Some((gap, length_us)) = silence.and_then(|silence| silence.gap(now_us)) {
            planned.gap_us = length_us;
            planned.lines.push(self.records.own(gap, (stream, first), now_us)?);
        }
        let mut fresh = HashSet::new();
        for event in events {
            let id = self.records.id(&event.id);
            if self.seen.contains(id) || !fresh.insert(id) {
                planned.repeated += 1;
                continue;
            }
            let number = first + planned.lines.len() as u64;
            planned.lines.push(self.records.event(id, event.draft.clone(), (stream, number), now_us)?);
            planned.noted.push((id, number));
        }
        Ok(planned)
    }

    /// Ids first, then events, then the disk; also tells how many records the spool took.
    fn write(&mut self, spool: &mut Spool, batch: &Batch) -> (usize, anyhow::Result<()>) {
        let mut appended = 0;
        let mut write = || {
            if spool.is_in_doubt() {
                bail!("the disk did not take what was written before; the collector must start again");
            }
            self.seen.remember()?;
            for line in &batch.lines {
                match spool.append(line.topic, &line.payload)? {
                    Appended::Kept(_) => appended += 1,
                    Appended::Full => bail!("the spool is full"),
                }
            }
            // Of repeated events too: an earlier try may have failed here.
            spool.sync()
        };
        let written = write();
        (appended, written)
    }

    fn told(&mut self, batch: &Batch, jobs: &[Job], now_us: i64) {
        self.metrics.webhook_repeated.inc_by(batch.repeated as u64);
        self.metrics.gap_seconds.inc_by(batch.gap_us as f64 / 1e6);
        let heard = jobs.iter().any(|job| matches!(job.wanted, Wanted::Events(_)));
        if let Some(silence) = self.silence.as_mut().filter(|_| heard)
            && let Err(error) = silence.heard(now_us)
        {
            tracing::warn!(error = format!("{error:#}"), "a gap across a restart would be told too long");
        }
    }

    fn count(&self, lines: &[Line]) {
        for line in lines {
            match line.topic {
                Topic::Events => {
                    self.metrics.events.of([line.word]).inc();
                    self.metrics.last_event_timestamp_seconds.set(line.at_us as f64 / 1e6);
                    Progress::add(&self.progress.events, 1);
                }
                Topic::Rejected => {
                    self.metrics.rejected.of([line.word]).inc();
                    Progress::add(&self.progress.rejected, 1);
                }
            }
            Progress::add(&self.progress.messages, 1);
        }
    }
}
