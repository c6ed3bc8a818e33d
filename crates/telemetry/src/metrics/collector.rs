//! The collector's metrics.

use super::define::Catalogue;
use super::{Count, Counter, CounterBy, Gauge, GaugeBy, MetricsError, RealBy, SecondsCounter};

/// What the collector tells of itself.
#[derive(Debug, Clone)]
pub struct Collector {
    /// By kind of event.
    pub events: CounterBy<1>,
    /// Acknowledged by Kafka.
    pub delivered: Counter,
    /// By reason.
    pub rejected: CounterBy<1>,
    /// By reason.
    pub dropped: CounterBy<1>,
    /// By HTTP status.
    pub webhook_requests: CounterBy<1>,
    /// Known by their ids.
    pub webhook_repeated: Counter,
    /// The one before stays in use.
    pub webhook_certificate_failures: Counter,
    /// On disk.
    pub spool_bytes: Count,
    /// On disk.
    pub spool_records: Count,
    /// Used of what it may hold, 0 to 1, by buffer.
    pub buffer_used_ratio: RealBy<1>,
    /// Seconds; 0 when the spool is empty.
    pub spool_oldest_age_seconds: Gauge,
    /// 1 while connected.
    pub connected: Count,
    /// After the first connection.
    pub reconnects: Counter,
    /// Sum of all gaps.
    pub gap_seconds: SecondsCounter,
    /// By the PBX's clock.
    pub last_event_timestamp_seconds: Gauge,
    /// Of the live connection, seconds.
    pub pbx_clock_ahead_seconds: Gauge,
    /// Of followed log files.
    pub file: File,
}

/// What is told of each followed log file.
#[derive(Debug, Clone)]
pub struct File {
    /// 1 while it is there.
    pub connected: GaugeBy<1>,
    /// Written by the PBX, not read yet.
    pub behind_bytes: GaugeBy<1>,
    /// Records read.
    pub records: CounterBy<1>,
    /// Records that could not be used.
    pub rejected: CounterBy<1>,
}

impl Collector {
    pub(super) fn register(to: &Catalogue) -> Result<Self, MetricsError> {
        Ok(Self {
            events: to.counter_by(
                "svarstid_collector_events_total",
                "Events made from what the PBX said, by kind of event.",
                ["kind"],
            )?,
            delivered: to.counter(
                "svarstid_collector_delivered_events_total",
                "Events that Kafka has acknowledged.",
            )?,
            rejected: to.counter_by(
                "svarstid_collector_rejected_records_total",
                "Records of the PBX that could not be read and went to the topic of rejected records, by reason.",
                ["reason"],
            )?,
            dropped: to.counter_by(
                "svarstid_collector_dropped_events_total",
                "Events that could not be kept, by reason; anything but 0 is missing in the figures.",
                ["reason"],
            )?,
            webhook_requests: to.counter_by(
                "svarstid_collector_webhook_requests_total",
                "Requests to the webhook, by the HTTP status of the answer.",
                ["code"],
            )?,
            webhook_repeated: to.counter(
                "svarstid_collector_webhook_repeated_events_total",
                "Posted events with an id that was known, which changed nothing.",
            )?,
            webhook_certificate_failures: to.counter(
                "svarstid_collector_webhook_certificate_failures_total",
                "Renewals of the webhook's certificate or key that could not be used; the one before still is.",
            )?,
            spool_bytes: to.gauge(
                "svarstid_collector_spool_bytes",
                "Size of what waits on disk until Kafka has acknowledged it.",
            )?,
            spool_records: to
                .gauge("svarstid_collector_spool_records", "Records that wait on disk until Kafka has acknowledged them.")?,
            buffer_used_ratio: to.real_by(
                "svarstid_collector_buffer_used_ratio",
                "How full a buffer is, from 0 to 1, by buffer.",
                ["buffer"],
            )?,
            spool_oldest_age_seconds: to.seconds(
                "svarstid_collector_spool_oldest_age_seconds",
                "Age of the oldest record that waits on disk; 0 when none waits.",
            )?,
            connected: to.gauge(
                "svarstid_collector_connected",
                "1 while the PBX's live connection is logged in, or a recording is being read; otherwise 0.",
            )?,
            reconnects: to.counter(
                "svarstid_collector_reconnects_total",
                "Logins to the PBX after the first one, each of them the end of a gap.",
            )?,
            gap_seconds: to.seconds_counter(
                "svarstid_collector_gap_seconds_total",
                "Time of which nothing is known, because there was no connection or nothing could be kept.",
            )?,
            last_event_timestamp_seconds: to.seconds(
                "svarstid_collector_last_event_timestamp_seconds",
                "When the last event happened by the PBX's clock, as Unix time.",
            )?,
            pbx_clock_ahead_seconds: to.seconds(
                "svarstid_collector_pbx_clock_ahead_seconds",
                "How far the clock of the live connection's PBX is ahead of ours; negative: behind.",
            )?,
            file: File::register(to)?,
        })
    }
}

impl File {
    fn register(to: &Catalogue) -> Result<Self, MetricsError> {
        Ok(Self {
            connected: to.gauge_by(
                "svarstid_collector_file_connected",
                "1 while the followed log file is there and can be read; otherwise 0; by file.",
                ["file"],
            )?,
            behind_bytes: to.gauge_by(
                "svarstid_collector_file_behind_bytes",
                "Bytes that the PBX has written into the followed log file and that were not read yet, by file.",
                ["file"],
            )?,
            records: to.counter_by(
                "svarstid_collector_file_records_total",
                "Records read from followed log files, by file.",
                ["file"],
            )?,
            rejected: to.counter_by(
                "svarstid_collector_file_rejected_records_total",
                "Records of followed log files that could not be used and went to the topic of rejected records, by file.",
                ["file"],
            )?,
        })
    }
}
