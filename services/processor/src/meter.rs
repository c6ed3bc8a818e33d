//! What the processor shows of itself.

use crate::partition::{Commit, Stepped};
use call::event::MemberState;
use kpi::WindowRecordKind;
use pipeline::CommitOutcome;
use pipeline::processor::{Applied, Processor, QueueNow};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use telemetry::Health;

/// How often the lag is asked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Metrics and health of the processor.
pub struct Meter {
    metrics: telemetry::metrics::Processor,
    health: Health,
    topic: String,
    looked: Mutex<Option<Duration>>,
}

impl Meter {
    /// For the input of this name.
    #[must_use]
    pub fn new(metrics: telemetry::metrics::Processor, health: Health, topic: String) -> Self {
        Self { metrics, health, topic, looked: Mutex::new(None) }
    }

    /// The loop turned.
    pub fn beat(&self) {
        self.health.beat();
    }

    /// It cannot do its work now.
    pub fn not_ready(&self, why: impl Into<String>) {
        self.health.set_not_ready(why);
    }

    /// Partitions were assigned and restored.
    pub fn assigned<'a>(&self, partitions: impl Iterator<Item = &'a Processor>) {
        self.metrics.watermark_timestamp_seconds.clear();
        self.metrics.live_calls.clear();
        self.metrics.doubtful_calls.clear();
        self.metrics.source_heard_timestamp_seconds.clear();
        self.metrics.open_windows.clear();
        self.metrics.queues.clear();
        self.metrics.lag_records.clear();
        self.show(partitions);
        self.health.set_ready();
    }

    /// A record of the input was taken in.
    pub fn stepped(&self, stepped: &Stepped) {
        match stepped {
            Stepped::Event(site, applied) => {
                self.metrics.events.of([site]).inc();
                if *applied == Applied::Repeated {
                    self.metrics.duplicates_dropped.of([site]).inc();
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

    /// A transaction is done: what was in it counts.
    pub fn committed<'a>(&self, commits: &[Commit], partitions: impl Iterator<Item = &'a Processor>) {
        for commit in commits {
            for call in commit.output.calls.iter().filter(|call| call.is_final) {
                self.metrics.calls_finalised.of([call.outcome.word()]).inc();
            }
            for window in &commit.output.windows {
                match window.kind {
                    WindowRecordKind::Pane { .. } => self.metrics.windows_written.inc(),
                    WindowRecordKind::Correction { .. } => self.metrics.corrections_written.inc(),
                }
            }
            for (invariant, count) in commit.breaches.iter() {
                self.metrics.invariant_violations.of([invariant.id()]).inc_by(count);
            }
        }
        self.show(partitions);
    }

    /// Asks for the lag now and then; `now` is the clock's monotonic time.
    pub fn look(&self, now: Duration, lag: impl FnOnce() -> BTreeMap<i32, i64>) {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_some_and(|at| now.saturating_sub(at) < LOOK_EVERY) {
            return;
        }
        *looked = Some(now);
        for (partition, behind) in lag() {
            self.metrics.lag_records.of([&self.topic, &partition.to_string()]).set(behind);
        }
    }

    fn show<'a>(&self, partitions: impl Iterator<Item = &'a Processor>) {
        for gauges in partitions.flat_map(Processor::gauges) {
            let site = [&*gauges.site];
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            self.metrics.watermark_timestamp_seconds.of(site).set(seconds(gauges.watermark_us));
            self.metrics.live_calls.of(site).set(count(gauges.live_calls));
            self.metrics.doubtful_calls.of(site).set(count(gauges.doubtful_calls));
            for (kind, last_us) in gauges.heard {
                let of = [&*gauges.site, kind.word()];
                self.metrics.source_heard_timestamp_seconds.of(of).set(seconds(last_us));
            }
            self.metrics.open_windows.of(site).set(count(gauges.open_panes));
            gauges.queues.iter().for_each(|queue| self.show_queue(&gauges.site, queue));
        }
    }

    fn show_queue(&self, site: &str, now: &QueueNow) {
        let (of, count) = ([site, &*now.queue], |n: usize| i64::try_from(n).unwrap_or(i64::MAX));
        self.metrics.queues.waiting_callers.of(of).set(count(now.waiting));
        self.metrics.queues.longest_wait_seconds.of(of).set(seconds(now.longest_wait_us));
        for (state, members) in MemberState::SERVING.into_iter().zip(now.members) {
            self.metrics.queues.members.of([site, &*now.queue, state.word()]).set(count(members));
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge in seconds; a double holds microseconds of this century"
)]
fn seconds(us: i64) -> f64 {
    us as f64 / 1e6
}
