//! What the processor shows of itself.

use crate::answers::Watched;
use crate::partition::{Commit, Stepped};
use crate::shown::Shown;
use kpi::WindowRecordKind;
use pipeline::processor::{Applied, Gauges, Processor};
use pipeline::{CommitOutcome, Invariant};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use telemetry::Health;

/// How often the lag is asked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Gauges of sites are brought up to date so often at most: there are a dozen or more of each site, and nobody scrapes more often.
const SHOW_EVERY: Duration = Duration::from_secs(1);

/// Metrics and health of the processor.
pub struct Meter {
    metrics: telemetry::metrics::Processor,
    health: Health,
    topic: String,
    /// Which of the process's loops it is.
    number: usize,
    shown: Mutex<Shown>,
    watched: Arc<Watched>,
}

impl Meter {
    /// For the input of this name.
    #[must_use]
    pub fn new(metrics: telemetry::metrics::Processor, health: Health, topic: String) -> Self {
        Self { metrics, health, topic, number: 0, shown: Mutex::default(), watched: Arc::default() }
    }

    /// Counts for these targets and queues, too, and shows every counter that alerts need at zero.
    #[must_use]
    pub fn watching(self, watched: Watched) -> Self {
        watched.begin(&self.metrics.answers);
        for invariant in Invariant::ALL {
            self.metrics.invariant_violations.of([invariant.id()]).inc_by(0);
        }
        Self { watched: Arc::new(watched), ..self }
    }

    /// For one more loop of the same process, the one of this number.
    #[must_use]
    pub fn another(&self, number: usize) -> Self {
        let one = Self::new(self.metrics.clone(), self.health.another(), self.topic.clone());
        Self { number, watched: Arc::clone(&self.watched), ..one }
    }

    /// The loop turned.
    pub fn beat(&self) {
        self.health.beat();
    }

    /// It cannot do its work now.
    pub fn not_ready(&self, why: impl Into<String>) {
        self.health.set_not_ready(why);
    }

    /// Partitions were assigned and restored at `now`, the clock's monotonic time.
    pub fn assigned<'a>(&self, now: Duration, partitions: impl Iterator<Item = &'a Processor>) {
        let mut shown = self.shown();
        shown.hide(&self.metrics, &self.topic);
        shown.show(&self.metrics, gauges(partitions), now);
        drop(shown);
        self.health.set_ready();
    }

    /// A record of the input was taken in.
    pub fn stepped(&self, stepped: &Stepped) {
        match stepped {
            Stepped::Event(site, applied) => {
                self.metrics.events.of([site]).inc();
                match applied {
                    Applied::Repeated => self.metrics.duplicates_dropped.of([site]).inc(),
                    Applied::TooLate => self.metrics.hearing.late_events_dropped.of([site]).inc(),
                    Applied::Used | Applied::Held | Applied::UnknownSite => {}
                }
            }
            Stepped::Rejected(reason) => self.metrics.rejected.of([reason.word()]).inc(),
        }
    }

    /// A commit was answered.
    pub fn answered(&self, outcome: &CommitOutcome, took: Duration) {
        let word = match outcome {
            CommitOutcome::Committed => "committed",
            CommitOutcome::Aborted(_) => "aborted",
            CommitOutcome::Unknown(_) => "unknown",
        };
        self.metrics.commits.of([word]).inc();
        self.metrics.commit_duration_seconds.observe(took.as_secs_f64());
    }

    /// The loop stood still until a commit ended.
    pub fn waited(&self, so_long: Duration) {
        self.metrics.commit_wait_seconds.inc_by(so_long.as_secs_f64());
    }

    /// A transaction is done, at this moment, µs UTC: what was in it counts.
    pub fn committed(&self, commits: &[Commit], now_us: i64) {
        for commit in commits {
            for served in &commit.output.served {
                self.watched.count(&self.metrics.answers, served, now_us);
            }
            self.metrics.behind.lost.inc_by(commit.lost);
            for call in commit.output.calls.iter().filter(|call| call.is_final) {
                self.metrics.calls_finalised.of([call.outcome.word()]).inc();
            }
            for window in &commit.output.windows {
                match window.kind {
                    WindowRecordKind::Pane { .. } => self.metrics.windows_written.inc(),
                    WindowRecordKind::Correction { .. } => self.metrics.corrections_written.inc(),
                }
            }
            for decided in &commit.output.decided {
                self.metrics.duplicates_dropped.of([&decided.site]).inc_by(decided.repeated);
                self.metrics.hearing.late_events_dropped.of([&decided.site]).inc_by(decided.too_late);
            }
            for (invariant, count) in commit.breaches.iter() {
                self.metrics.invariant_violations.of([invariant.id()]).inc_by(count);
            }
        }
        self.shown().is_stale = true;
    }

    /// How full a buffer of this loop is, 0 to 1.
    pub fn buffer(&self, buffer: &str, used: f64) {
        self.metrics.buffer_used_ratio.of([&self.number.to_string(), buffer]).set(used);
    }

    /// Which queues are open at this moment, µs UTC.
    pub fn show_open(&self, now_us: i64) {
        self.watched.show_open(&self.metrics.answers, now_us);
    }

    /// Shows gauges after a commit, and asks for the lag now and then; `now` is the clock's monotonic time.
    pub fn look<'a>(
        &self,
        now: Duration,
        partitions: impl Iterator<Item = &'a Processor>,
        lag: impl FnOnce() -> BTreeMap<i32, i64>,
    ) {
        let mut shown = self.shown();
        if shown.is_stale && now.saturating_sub(shown.at) >= SHOW_EVERY {
            shown.show(&self.metrics, gauges(partitions), now);
        }
        if shown.looked.is_none_or(|at| now.saturating_sub(at) >= LOOK_EVERY) {
            shown.show_lag(&self.metrics, &self.topic, lag(), now);
        }
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gauges<'a>(partitions: impl Iterator<Item = &'a Processor>) -> impl Iterator<Item = Gauges> {
    partitions.flat_map(Processor::gauges)
}
