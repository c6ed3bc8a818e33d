//! The sink's metrics.

use super::define::Catalogue;
use super::{Count, Counter, CounterBy, GaugeBy, Histogram, MetricsError, RealBy};

/// What the sink tells of itself.
#[derive(Debug, Clone)]
pub struct Sink {
    /// By table.
    pub rows: CounterBy<1>,
    /// By table.
    pub batches: CounterBy<1>,
    /// By table.
    pub batches_resent: CounterBy<1>,
    /// Seconds from the request to the answer.
    pub insert_duration_seconds: Histogram,
    /// 1 while ClickHouse does not answer.
    pub waiting: Count,
    /// Used of what it may hold, 0 to 1, by topic and buffer.
    pub buffer_used_ratio: RealBy<2>,
    /// By topic and partition.
    pub lag_records: GaugeBy<2>,
    /// By reason.
    pub rejected: CounterBy<1>,
    /// By reason.
    pub skipped_events: CounterBy<1>,
    /// Deleted before they were written.
    pub lost: Counter,
    /// By HTTP status of the answer.
    pub alert_requests: CounterBy<1>,
    /// By who found them.
    pub alerts: CounterBy<1>,
    /// By reason.
    pub alerts_refused: CounterBy<1>,
    /// Of the endpoint for alerts.
    pub certificate_failures: Counter,
}

impl Sink {
    pub(super) fn register(to: &Catalogue) -> Result<Self, MetricsError> {
        Ok(Self {
            rows: to.counter_by(
                "svarstid_sink_rows_total",
                "Rows that ClickHouse has acknowledged, by table.",
                ["table"],
            )?,
            batches: to.counter_by(
                "svarstid_sink_batches_total",
                "Batches that ClickHouse has acknowledged, by table.",
                ["table"],
            )?,
            batches_resent: to.counter_by(
                "svarstid_sink_batches_resent_total",
                "Batches sent again, with the same token, because no answer came; by table.",
                ["table"],
            )?,
            insert_duration_seconds: to.durations(
                "svarstid_sink_insert_duration_seconds",
                "How long ClickHouse took to acknowledge a batch; of blocks that went side by side, the slowest one.",
            )?,
            waiting: to.gauge(
                "svarstid_sink_waiting",
                "1 while ClickHouse does not take rows and the sink waits for it; otherwise 0.",
            )?,
            buffer_used_ratio: to.real_by(
                "svarstid_sink_buffer_used_ratio",
                "How full a buffer is, from 0 to 1, by topic and buffer.",
                ["topic", "buffer"],
            )?,
            lag_records: to.gauge_by(
                "svarstid_sink_lag_records",
                "Records in Kafka that are not in ClickHouse yet, by topic and partition.",
                ["topic", "partition"],
            )?,
            lost: to.counter(
                "svarstid_sink_lost_records_total",
                "Offsets that retention deleted before they were written to ClickHouse.",
            )?,
            alert_requests: to.counter_by(
                "svarstid_sink_alert_requests_total",
                "Messages to the endpoint for alerts, by the HTTP status of the answer.",
                ["code"],
            )?,
            alerts: to.counter_by(
                "svarstid_sink_alerts_total",
                "States of alerts that ClickHouse has acknowledged, repeated ones too, by who found them.",
                ["found_by"],
            )?,
            alerts_refused: to.counter_by(
                "svarstid_sink_alerts_refused_total",
                "Alerts, or messages of them, that could not be used and are not in the history, by reason.",
                ["reason"],
            )?,
            certificate_failures: to.counter(
                "svarstid_sink_certificate_failures_total",
                "Renewals of the certificate or key of the endpoint for alerts that could not be used.",
            )?,
            rejected: to.counter_by(
                "svarstid_sink_rejected_records_total",
                "Records that could not be read and went to the topic of rejected records, by reason.",
                ["reason"],
            )?,
            skipped_events: to.counter_by(
                "svarstid_sink_skipped_events_total",
                "Events that are no row of call_events because they could not be read, by reason; the processor rejects them.",
                ["reason"],
            )?,
        })
    }
}
