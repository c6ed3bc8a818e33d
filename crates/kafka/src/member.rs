//! The input: one member of a consumer group.

use crate::Settings;
use crate::bell::Bell;
use crate::fault::{fault, kind_of};
use crate::fetched::Fetched;
use crate::gate::Gate;
use crate::native::{CommonQueue, OwnLog, end_heard_of};
use crate::settings::PREFETCHED_KIB_MAX;
use crate::watch::Watch;
use pipeline::{Decision, Fault, FaultKind, Polled, Source};
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

/// A member of a group that reads one topic, read_committed.
pub struct Member {
    /// These before the client that they belong to: fields are dropped in this order.
    log: OwnLog,
    fetched: Fetched,
    common: CommonQueue,
    consumer: BaseConsumer<Watch>,
    /// For questions: on the connection of `consumer` they would wait behind fetches, half a second each.
    asking: BaseConsumer<Watch>,
    watch: Watch,
    topic: String,
    seen: BTreeMap<i32, Seen>,
    reading: Option<Arc<Reading>>,
    /// Rung when there is something to take, of whatever kind.
    bell: Arc<Bell>,
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
        let mut consumer: BaseConsumer<Watch> = settings
            .member(group, instance)
            .create_with_context(watch.clone())
            .map_err(|error| fault(doing(), &error))?;
        consumer.subscribe(&[topic]).map_err(|error| fault(doing(), &error))?;
        let asking = settings
            .consumer(group)
            .create_with_context(Watch::default())
            .map_err(|error| fault(doing(), &error))?;
        let bell = Arc::new(Bell::default());
        let rings = Arc::clone(&bell);
        consumer.set_nonempty_callback(move || rings.ring());
        let client = consumer.client().native_ptr();
        let (log, fetched) = (OwnLog::of(client), Fetched::new(Arc::clone(&bell)));
        let common = CommonQueue::of(client)
            .ok_or_else(|| Fault::new(FaultKind::Internal, doing(), "the consumer has no queue"))?;
        let (topic, seen, reading) = (topic.into(), BTreeMap::new(), None);
        Ok(Self { log, fetched, common, consumer, asking, watch, topic, seen, reading, bell })
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
        self.fetched.clear();
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

    /// Whether anything is given out.
    pub(crate) fn set_held(&mut self, is_held: bool) {
        self.fetched.is_held = is_held;
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

    /// Takes everything that the library tells but records: rebalances are done within. A new assignment, or nothing.
    fn serve(&mut self) -> Result<Polled, Fault> {
        loop {
            let came = self.consumer.poll(Duration::ZERO).map(|came| came.map(|message| message.offset()));
            match came {
                Some(Err(error)) => self.told(&error)?,
                Some(Ok(offset)) if !self.fetched.is_empty() => {
                    let detail = format!("offset {offset} came beside the queue of its partition");
                    return Err(Fault::new(FaultKind::Unavailable, self.reading_topic(), detail));
                }
                // The library begins to read by itself before anything is started; nobody may hear of that.
                Some(Ok(_)) | None => {}
            }
            // It ends whatever was under way.
            if let Some(partitions) = self.watch.take_assignment() {
                return Ok(self.assigned(partitions));
            }
            if self.common.is_empty() {
                return Ok(Polled::Nothing);
            }
        }
    }

    /// The next record that was fetched.
    fn take(&mut self) -> Result<Polled, Fault> {
        let look = self.fetched.take();
        if let Some((partition, offset)) = look.last {
            self.seen.entry(partition).or_default().next = offset + 1;
        }
        for (partition, code) in look.told {
            match code {
                RDKafkaErrorCode::PartitionEOF => {
                    let end = end_heard_of(self.consumer.client().native_ptr(), &self.topic, partition);
                    self.seen.entry(partition).or_default().end = end.unwrap_or(0);
                }
                _ => self.told(&KafkaError::MessageConsumption(code))?,
            }
        }
        Ok(self.fetched.next().map_or(Polled::Nothing, Polled::Delivery))
    }

    /// Of what the library says went wrong.
    fn told(&mut self, error: &KafkaError) -> Result<(), Fault> {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) {
            return self.check_next();
        }
        let fault = self.fault(self.reading_topic(), error);
        match fault.decision() {
            Decision::Stop => Err(fault),
            // the client library connects again by itself
            Decision::Retry | Decision::Reject => {
                tracing::warn!(%fault);
                Ok(())
            }
        }
    }

    fn reading_topic(&self) -> String {
        format!("reading topic {}", self.topic)
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
        if let Some(delivery) = self.fetched.next() {
            return Ok(Polled::Delivery(delivery));
        }
        let until = Instant::now() + wait;
        loop {
            self.bell.listen();
            self.hear();
            let polled = match self.serve()? {
                Polled::Nothing => self.take()?,
                polled => polled,
            };
            let left = until.saturating_duration_since(Instant::now());
            if polled != Polled::Nothing || left.is_zero() || !self.bell.wait(left) {
                return Ok(polled);
            }
        }
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
        let partitions: Vec<i32> = next.keys().copied().collect();
        self.fetched.begin(self.consumer.client().native_ptr(), &self.topic, &partitions)?;
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
        let room = f64::from(PREFETCHED_KIB_MAX) * 1024.0 * self.seen.len().max(1) as f64;
        (self.watch.prefetched_bytes() as f64 / room).min(1.0)
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
