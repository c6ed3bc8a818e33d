//! The input: one member of a consumer group.

use crate::Settings;
use crate::fault::{fault, kind_of};
use crate::gate::Gate;
use crate::native::{OwnLog, end_heard_of};
use crate::settings::PREFETCHED_KIB_MAX;
use crate::watch::Watch;
use pipeline::{Decision, Delivery, Fault, FaultKind, Polled, Source};
use rdkafka::Message;
use rdkafka::client::ClientContext as _;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long one question may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the lag may be asked for; it is only a gauge.
const LAG_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a leaving member looks at what it was sent last.
const TAKES_WITHIN: Duration = Duration::from_millis(500);
/// The library's log is looked at after so many records, and whenever none is there: a look takes as long as a tenth of a record.
const UNHEARD_MAX: u32 = 64;

/// A member of a group that reads one topic, read_committed.
pub struct Member {
    /// Before the client that it belongs to: fields are dropped in this order.
    log: OwnLog,
    consumer: BaseConsumer<Watch>,
    /// For questions: on the connection of `consumer` they would wait behind fetches, half a second each.
    asking: BaseConsumer<Watch>,
    watch: Watch,
    topic: String,
    seen: BTreeMap<i32, Seen>,
    reading: Option<Arc<Reading>>,
    /// How many records came since the library's log was looked at.
    unheard: u32,
}

/// Under which membership and generation something is read: what a transaction must carry with its offsets, so that a member that
/// was replaced, or whose partitions are another's, cannot commit.
pub struct Reading {
    pub(crate) topic: String,
    pub(crate) membership: ConsumerGroupMetadata,
}

/// What came of one partition.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// The offset behind the last record.
    next: i64,
    /// The end that was reached last; behind the last record stand the marks of transactions.
    end: i64,
}

impl Seen {
    /// What is still to come for a reader who is done with everything before `done`, when the partition ends at `end`.
    fn lag(self, done: i64, end: i64) -> i64 {
        let done = if done >= self.next { done.max(self.end) } else { done };
        (end - done).max(0)
    }
}

impl Member {
    /// Joins `group` as `instance` to read `topic`. A restart under the same name takes over without waiting.
    ///
    /// # Errors
    /// The settings are refused by the client library.
    pub fn join(settings: &Settings, group: &str, instance: &str, topic: &str) -> Result<Self, Fault> {
        let doing = || format!("joining group {group} as {instance} at {}", settings.brokers);
        let watch = Watch::default();
        let consumer: BaseConsumer<Watch> = settings
            .member(group, instance)
            .create_with_context(watch.clone())
            .map_err(|error| fault(doing(), &error))?;
        consumer.subscribe(&[topic]).map_err(|error| fault(doing(), &error))?;
        let asking = settings
            .consumer(group)
            .create_with_context(Watch::default())
            .map_err(|error| fault(doing(), &error))?;
        let log = OwnLog::of(consumer.client().native_ptr());
        let (topic, seen, reading, unheard) = (topic.into(), BTreeMap::new(), None, 0);
        Ok(Self { log, consumer, asking, watch, topic, seen, reading, unheard })
    }

    /// What is read now; none without an assignment.
    pub(crate) fn reading(&self) -> Option<Arc<Reading>> {
        self.reading.clone()
    }

    /// Shut while a commit of it is under way.
    pub(crate) fn gate(&self) -> &Gate {
        self.watch.commit()
    }

    /// Keeps the generation in which these were assigned: the client learns of a later one by itself.
    fn assigned(&mut self, partitions: Vec<i32>) -> Polled {
        let membership = if partitions.is_empty() { None } else { self.consumer.group_metadata() };
        let reading = membership.map(|membership| Reading { topic: self.topic.clone(), membership });
        self.reading = reading.map(Arc::new);
        Polled::Assigned(partitions)
    }

    /// The topic that is read.
    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }

    /// How many connections in use were lost since it joined.
    pub(crate) fn connections_lost(&self) -> u64 {
        self.hear();
        self.watch.connections_lost()
    }

    /// Takes what the client library has logged.
    fn hear(&self) {
        while let Some((level, facility, message)) = self.log.next() {
            self.watch.log(level_of(level), &facility, message.trim());
        }
    }

    /// What rdkafka returned, as a fault. A client that is past help answers everything with "fatal", and keeps the reason apart.
    pub(crate) fn fault(&self, doing: String, error: &KafkaError) -> Fault {
        match (error.rdkafka_error_code(), self.consumer.client().fatal_error()) {
            (Some(RDKafkaErrorCode::Fatal), Some((code, why))) => Fault::new(kind_of(code), doing, why),
            _ => fault(doing, error),
        }
    }

    pub(crate) fn consumer(&self) -> &BaseConsumer<Watch> {
        &self.consumer
    }

    pub(crate) fn asking(&self) -> &BaseConsumer<Watch> {
        &self.asking
    }

    /// The library has no place to go on from. Of the assignment that it makes by itself before [`Source::start`] it says so too, and
    /// late: what counts is where we are.
    ///
    /// # Errors
    /// `Unavailable` when the next record of a partition is not there: the partition stands still from now on. Whoever starts anew asks
    /// what is still there, and tells what is not.
    fn check_next(&mut self) -> Result<(), Fault> {
        let started: Vec<i32> = self.seen.keys().copied().collect();
        for (partition, kept) in self.kept(&started)? {
            let next = self.seen.get(&partition).map_or(kept.start, |seen| seen.next);
            if next < kept.start || next > kept.end {
                let doing = format!("reading {}/{partition}", self.topic);
                let (first, end) = (kept.start, kept.end);
                let detail = format!(
                    "offset {next} was deleted before it was read, or lost: from {first} to {end} is what is there"
                );
                return Err(Fault::new(FaultKind::Unavailable, doing, detail));
            }
        }
        Ok(())
    }

    fn list(&self, offsets: impl IntoIterator<Item = (i32, Offset)>) -> Result<TopicPartitionList, Fault> {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in offsets {
            list.add_partition_offset(&self.topic, partition, offset)
                .map_err(|error| fault(format!("naming partition {partition} of {}", self.topic), &error))?;
        }
        Ok(list)
    }
}

/// A level of syslog in rdkafka's words, which it keeps to itself.
fn level_of(syslog: i32) -> RDKafkaLogLevel {
    match syslog {
        0..=3 => RDKafkaLogLevel::Error,
        4 => RDKafkaLogLevel::Warning,
        5 => RDKafkaLogLevel::Notice,
        6 => RDKafkaLogLevel::Info,
        _ => RDKafkaLogLevel::Debug,
    }
}

impl Source for Member {
    fn poll(&mut self, wait: Duration) -> Result<Polled, Fault> {
        if self.unheard >= UNHEARD_MAX {
            self.hear();
            self.unheard = 0;
        }
        let polled = match self.consumer.poll(wait) {
            None => Polled::Nothing,
            Some(Ok(message)) => {
                self.unheard += 1;
                self.seen.entry(message.partition()).or_default().next = message.offset() + 1;
                Polled::Delivery(Delivery {
                    partition: message.partition(),
                    offset: message.offset(),
                    written_us: message.timestamp().to_millis().unwrap_or(0).saturating_mul(1000).max(0),
                    value: message.payload().map(<[u8]>::to_vec),
                })
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                let end = end_heard_of(self.consumer.client().native_ptr(), &self.topic, partition);
                self.seen.entry(partition).or_default().end = end.unwrap_or(0);
                Polled::Nothing
            }
            Some(Err(error)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) => {
                self.check_next()?;
                Polled::Nothing
            }
            Some(Err(error)) => {
                let fault = self.fault(format!("reading topic {}", self.topic), &error);
                match fault.decision() {
                    Decision::Stop => return Err(fault),
                    // the client library connects again by itself
                    Decision::Retry | Decision::Reject => tracing::warn!(%fault),
                }
                Polled::Nothing
            }
        };
        if polled == Polled::Nothing {
            self.unheard = UNHEARD_MAX;
        }
        // An assignment ends whatever was under way, a record that came with it included.
        Ok(match self.watch.take_assignment() {
            Some(partitions) => self.assigned(partitions),
            None => polled,
        })
    }

    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault> {
        let list = self.list(partitions.iter().map(|partition| (*partition, Offset::Invalid)))?;
        // waits for the end of open transactions that hold offsets
        let committed = self
            .asking
            .committed_offsets(list, REQUEST_TIMEOUT)
            .map_err(|error| fault(format!("reading the committed offsets of {}", self.topic), &error))?;
        let offset = |offset| if let Offset::Offset(offset) = offset { Some(offset) } else { None };
        Ok(committed.elements().iter().map(|place| (place.partition(), offset(place.offset()))).collect())
    }

    fn kept(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Range<i64>>, Fault> {
        let kept = |partition: &i32| {
            let asked = self.asking.fetch_watermarks(&self.topic, *partition, REQUEST_TIMEOUT);
            let doing = || format!("asking what {}/{partition} still holds", self.topic);
            asked.map(|(first, end)| (*partition, first..end)).map_err(|error| fault(doing(), &error))
        };
        partitions.iter().map(kept).collect()
    }

    fn start(&mut self, from: &BTreeMap<i32, Option<i64>>) -> Result<(), Fault> {
        let anew: Vec<i32> =
            from.iter().filter(|(_, from)| from.is_none()).map(|(number, _)| *number).collect();
        let kept = self.kept(&anew)?;
        let first = |partition: &i32| kept.get(partition).map_or(0, |kept| kept.start);
        let next: BTreeMap<i32, i64> = from
            .iter()
            .map(|(partition, from)| (*partition, from.unwrap_or_else(|| first(partition))))
            .collect();
        let list = self.list(next.iter().map(|(partition, next)| (*partition, Offset::Offset(*next))))?;
        self.seen = next.into_iter().map(|(partition, next)| (partition, Seen { next, end: 0 })).collect();
        self.consumer.assign(&list).map_err(|error| fault(format!("starting to read {}", self.topic), &error))
    }

    fn lag(&mut self, next: &BTreeMap<i32, i64>) -> BTreeMap<i32, i64> {
        let behind = |(partition, next): (&i32, &i64)| {
            let (_, end) = self.asking.fetch_watermarks(&self.topic, *partition, LAG_TIMEOUT).ok()?;
            Some((*partition, self.seen.get(partition).copied().unwrap_or_default().lag(*next, end)))
        };
        next.iter().filter_map(behind).collect()
    }

    fn prefetched_ratio(&self) -> f64 {
        self.watch.prefetched_bytes() as f64 / (f64::from(PREFETCHED_KIB_MAX) * 1024.0)
    }
}

impl Drop for Member {
    /// Takes what the group still asks before the consumer is closed: a group that has ended never answers, and whoever comes
    /// with an assignment from before then waits for ever (librdkafka 2.12).
    fn drop(&mut self) {
        let (began, mut quiet) = (Instant::now(), 0);
        // A poll that took a rebalance looks like one that took nothing.
        while quiet < 4 && began.elapsed() < TAKES_WITHIN {
            quiet = if self.consumer.poll(Duration::ZERO).is_some() { 0 } else { quiet + 1 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn marks_of_transactions_are_not_waited_for() {
        // Ten records, then a mark; then another record and its mark that have not come yet.
        let seen = Seen { next: 10, end: 11 };
        assert_eq!(seen.lag(10, 11), 0);
        assert_eq!(seen.lag(10, 13), 2);
        assert_eq!(seen.lag(7, 11), 4, "not done with what came");
        assert_eq!(Seen::default().lag(5, 9), 4);
        assert_eq!(Seen::default().lag(12, 9), 0);
    }
}
