//! The processor's metrics.

use super::Answers;
use super::define::{Catalogue, RealBy};
use super::{Counter, CounterBy, GaugeBy, Histogram, MetricsError, SecondsCounter};

/// What the processor tells of itself.
#[derive(Debug, Clone)]
pub struct Processor {
    /// By site.
    pub events: CounterBy<1>,
    /// By site.
    pub duplicates_dropped: CounterBy<1>,
    /// By reason.
    pub rejected: CounterBy<1>,
    /// By outcome.
    pub calls_finalised: CounterBy<1>,
    /// Panes, all revisions.
    pub windows_written: Counter,
    /// Differences to closed panes.
    pub corrections_written: Counter,
    /// By outcome of the commit.
    pub commits: CounterBy<1>,
    /// Seconds from the request to the answer.
    pub commit_duration_seconds: Histogram,
    /// Seconds in which the loop could not go on before that.
    pub commit_wait_seconds: SecondsCounter,
    /// Used of what it may hold, 0 to 1, by loop and buffer.
    pub buffer_used_ratio: RealBy<2>,
    /// By site.
    pub watermark_timestamp_seconds: RealBy<1>,
    /// Who is heard.
    pub hearing: Hearing,
    /// By site.
    pub live_calls: GaugeBy<1>,
    /// By site.
    pub open_windows: GaugeBy<1>,
    /// Each queue as it is now.
    pub queues: Queues,
    /// How callers were answered.
    pub answers: Answers,
    /// What waits in Kafka.
    pub behind: Behind,
    /// By the invariant's id.
    pub invariant_violations: CounterBy<1>,
}

impl Processor {
    pub(super) fn register(to: &Catalogue) -> Result<Self, MetricsError> {
        Ok(Self {
            events: to.counter_by("svarstid_processor_events_total", "Events taken in, by site.", ["site"])?,
            duplicates_dropped: to.counter_by(
                "svarstid_processor_duplicates_dropped_total",
                "Events that had been taken in before and changed nothing, by site.",
                ["site"],
            )?,
            rejected: to.counter_by(
                "svarstid_processor_rejected_records_total",
                "Records that could not be read and went to the topic of rejected records, by reason.",
                ["reason"],
            )?,
            calls_finalised: to.counter_by(
                "svarstid_processor_calls_finalised_total",
                "Calls that got their last version, by outcome.",
                ["outcome"],
            )?,
            windows_written: to.counter(
                "svarstid_processor_windows_written_total",
                "Revisions of one-minute windows written.",
            )?,
            corrections_written: to.counter(
                "svarstid_processor_corrections_written_total",
                "Corrections to windows that were closed.",
            )?,
            commits: to.counter_by(
                "svarstid_processor_commits_total",
                "Kafka transactions by how they ended; after an unknown one the state is restored from the changelog.",
                ["outcome"],
            )?,
            commit_duration_seconds: to.durations(
                "svarstid_processor_commit_duration_seconds",
                "How long Kafka took to commit a transaction.",
            )?,
            commit_wait_seconds: commit_wait_seconds(to)?,
            buffer_used_ratio: to.real_by(
                "svarstid_processor_buffer_used_ratio",
                "How full a buffer is, from 0 to 1, by loop (one for each of `threads`) and buffer.",
                ["loop", "buffer"],
            )?,
            watermark_timestamp_seconds: to.real_by(
                "svarstid_processor_watermark_timestamp_seconds",
                "Event time up to which everything is believed to have come, as Unix time, by site.",
                ["site"],
            )?,
            hearing: Hearing::register(to)?,
            live_calls: to.gauge_by("svarstid_processor_live_calls", "Calls that are not over yet, by site.", ["site"])?,
            open_windows: to.gauge_by(
                "svarstid_processor_open_windows",
                "One-minute windows that may still be revised, by site.",
                ["site"],
            )?,
            queues: Queues::register(to)?,
            answers: Answers::register(to)?,
            behind: Behind::register(to)?,
            invariant_violations: to.counter_by(
                "svarstid_processor_invariant_violations_total",
                "Breaches of an invariant of ARCHITECTURE.md, by its id; anything but 0 is a bug.",
                ["invariant"],
            )?,
        })
    }
}

/// Who is heard.
#[derive(Debug, Clone)]
pub struct Hearing {
    /// By site and source.
    pub source_heard_timestamp_seconds: RealBy<2>,
    /// By site.
    pub doubtful_calls: GaugeBy<1>,
    /// By site, source and state.
    pub collectors: GaugeBy<3>,
    /// By site.
    pub late_events_dropped: CounterBy<1>,
}

impl Hearing {
    fn register(to: &Catalogue) -> Result<Self, MetricsError> {
        Ok(Self {
            source_heard_timestamp_seconds: to.real_by(
                "svarstid_processor_source_heard_timestamp_seconds",
                "Event time of the last word of a source, as Unix time, by site and source.",
                ["site", "source"],
            )?,
            doubtful_calls: to.gauge_by(
                "svarstid_processor_doubtful_calls",
                "Calls that the first source did not hear all of, which other sources may still tell, by site.",
                ["site"],
            )?,
            collectors: to.gauge_by(
                "svarstid_processor_collectors",
                "Collectors at the site's PBXs, by site, source and state: heard, or silent for half a minute while another is heard.",
                ["site", "source", "state"],
            )?,
            late_events_dropped: to.counter_by(
                "svarstid_processor_late_events_dropped_total",
                "Events of one of several collectors that came after it was told that nobody had heard that time, by site.",
                ["site"],
            )?,
        })
    }
}

fn commit_wait_seconds(to: &Catalogue) -> Result<SecondsCounter, MetricsError> {
    to.seconds_counter(
        "svarstid_processor_commit_wait_seconds_total",
        "Time in which a loop stood still until a commit ended; at other times it goes on while one is under way.",
    )
}

/// Each queue as it is now.
#[derive(Debug, Clone)]
pub struct Queues {
    /// By site and queue.
    pub waiting_callers: GaugeBy<2>,
    /// By site and queue, seconds.
    pub longest_wait_seconds: RealBy<2>,
    /// By site, queue and state.
    pub members: GaugeBy<3>,
}

impl Queues {
    fn register(to: &Catalogue) -> Result<Self, MetricsError> {
        Ok(Self {
            waiting_callers: to.gauge_by(
                "svarstid_processor_waiting_callers",
                "Callers who stand in a queue now, by site and queue.",
                ["site", "queue"],
            )?,
            longest_wait_seconds: to.real_by(
                "svarstid_processor_longest_wait_seconds",
                "How long the caller who came first has waited, by site and queue; 0 if nobody waits. Goes on with the events of the PBX.",
                ["site", "queue"],
            )?,
            members: to.gauge_by(
                "svarstid_processor_queue_members",
                "Members of a queue now, by site, queue and state: free, ringing, busy, paused or unavailable.",
                ["site", "queue", "state"],
            )?,
        })
    }
}

/// What waits in Kafka.
#[derive(Debug, Clone)]
pub struct Behind {
    /// Deleted before they were read.
    pub lost: Counter,
    /// By topic and partition.
    pub lag_records: GaugeBy<2>,
    /// By topic and partition.
    pub catch_up_seconds: RealBy<2>,
}

impl Behind {
    fn register(to: &Catalogue) -> Result<Self, MetricsError> {
        Ok(Self {
            lag_records: to.gauge_by(
                "svarstid_processor_lag_records",
                "Records in Kafka that were not taken in yet, by topic and partition.",
                ["topic", "partition"],
            )?,
            lost: to.counter(
                "svarstid_processor_lost_records_total",
                "Records of call-events that retention deleted before they were read; their time is told as a gap.",
            )?,
            catch_up_seconds: to.real_by(
                "svarstid_processor_catch_up_seconds",
                "How long until nothing waits any more, at the pace of the last seconds; +Inf if more comes than is taken in; by topic and partition.",
                ["topic", "partition"],
            )?,
        })
    }
}
