//! What the sink tells of itself.

use std::time::Duration;
use telemetry::Health;
use telemetry::metrics::Sink as Metrics;

/// Metrics and health together. Cheap to clone.
#[derive(Clone)]
pub struct Meter {
    metrics: Metrics,
    health: Health,
}

impl Meter {
    /// For these metrics and this health.
    #[must_use]
    pub fn new(metrics: Metrics, health: Health) -> Self {
        Self { metrics, health }
    }

    /// For one more loop of the same process, with its own health: one that is stuck shows beside others that are not.
    #[must_use]
    pub fn another(&self) -> Self {
        Self { metrics: self.metrics.clone(), health: self.health.another() }
    }

    /// A loop turned.
    pub fn beat(&self) {
        self.health.beat();
    }

    /// Tables and server are as they must be.
    pub fn ready(&self) {
        self.health.set_ready();
    }

    /// A block is written.
    pub fn written(&self, table: &str, rows: u64, took: Duration) {
        self.metrics.rows.of([table]).inc_by(rows);
        self.metrics.batches.of([table]).inc();
        self.metrics.insert_duration_seconds.observe(took.as_secs_f64());
        self.metrics.waiting.set(0);
    }

    /// ClickHouse does not take a block: it is sent again.
    pub fn waiting(&self, table: &str) {
        self.metrics.batches_resent.of([table]).inc();
        self.metrics.waiting.set(1);
    }

    /// A record could not be read.
    pub fn rejected(&self, reason: &str) {
        self.metrics.rejected.of([reason]).inc();
    }

    /// An event is no row, which the processor tells of.
    pub fn skipped(&self, reason: &str) {
        self.metrics.skipped_events.of([reason]).inc();
    }

    /// So many offsets were deleted before they were written.
    pub fn lost(&self, offsets: u64) {
        self.metrics.lost.inc_by(offsets);
    }

    /// How full a loop's buffer is, 0 to 1.
    pub fn buffer(&self, topic: &str, buffer: &str, used: f64) {
        self.metrics.buffer_used_ratio.of([topic, buffer]).set(used);
    }

    /// So many records are behind.
    pub fn lag(&self, topic: &str, partition: i32, records: i64) {
        self.metrics.lag_records.of([topic, &partition.to_string()]).set(records);
    }
}
