//! Looking into topics without belonging to any group: what a person or an audit asks.

use crate::Settings;
use crate::fault::fault;
use crate::native;
use crate::watch::Watch;
use pipeline::{Decision, Fault, FaultKind};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// A broker that sends nothing for so long is not going to.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);

/// One committed record, as long as it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Its place in the partition.
    pub offset: i64,
    /// When it was written, µs UTC; 0 where the log does not tell.
    pub written_us: i64,
    /// Its key; empty without one.
    pub key: &'a [u8],
    /// What it says; none of one that only takes its key away.
    pub value: Option<&'a [u8]>,
}

/// A look into one topic.
///
/// Order: by offset within a partition. Duplicates: none. What a transaction wrote is seen when it is committed; what was
/// aborted never is, and neither are the marks that end transactions.
pub struct Look {
    consumer: BaseConsumer<Watch>,
    topic: String,
}

impl Look {
    /// Into `topic`. Asks nothing yet.
    ///
    /// # Errors
    /// The settings are refused by the client library.
    pub fn into(settings: &Settings, topic: &str) -> Result<Self, Fault> {
        Self::isolated(settings, topic, "read_committed")
    }

    /// The same, which also sees what no transaction has committed yet.
    pub(crate) fn into_uncommitted(settings: &Settings, topic: &str) -> Result<Self, Fault> {
        Self::isolated(settings, topic, "read_uncommitted")
    }

    fn isolated(settings: &Settings, topic: &str, level: &str) -> Result<Self, Fault> {
        // The group is never joined nor committed to; the client library wants a name.
        let consumer = settings
            .consumer("svarstid-look")
            .set("isolation.level", level)
            .set("enable.partition.eof", "true")
            // the end of a partition is told when a fetch comes back empty
            .set("fetch.wait.max.ms", "10")
            .create_with_context(Watch::default())
            .map_err(|error| fault(format!("looking into topic {topic}"), &error))?;
        Ok(Self { consumer, topic: topic.into() })
    }

    /// Its name.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    pub(crate) fn doing(&self) -> String {
        format!("looking into topic {}", self.topic)
    }

    /// The topic's own id.
    ///
    /// # Errors
    /// The cluster does not answer, or knows no such topic.
    pub fn topic_id(&self) -> Result<String, Fault> {
        native::topic_id(self.consumer.client().native_ptr(), &self.topic)
    }

    /// The offsets that a partition holds now: from the first one that retention has left to the end of what is committed.
    ///
    /// # Errors
    /// `Unreachable`, or what else the cluster says.
    pub fn span(&self, partition: i32) -> Result<Range<i64>, Fault> {
        let asked = self.consumer.fetch_watermarks(&self.topic, partition, REQUEST_TIMEOUT);
        let (first, end) = asked.map_err(|error| fault(self.doing(), &error))?;
        Ok(first..end)
    }

    /// The offset of the first record that was written at `at_us` or later; none when none was.
    ///
    /// # Errors
    /// `Unreachable`, or what else the cluster says.
    pub fn offset_at(&self, partition: i32, at_us: i64) -> Result<Option<i64>, Fault> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, partition, Offset::Offset(at_us.div_euclid(1000).max(0)))
            .map_err(|error| fault(self.doing(), &error))?;
        let found = self
            .consumer
            .offsets_for_times(list, REQUEST_TIMEOUT)
            .map_err(|error| fault(self.doing(), &error))?;
        let place = found.find_partition(&self.topic, partition).map(|place| place.offset());
        Ok(if let Some(Offset::Offset(offset)) = place { Some(offset) } else { None })
    }

    /// Hands over every record of a partition within `offsets`, until `take` breaks off.
    ///
    /// # Errors
    /// `Unreachable` when nothing comes, or what else the cluster says.
    pub fn read(
        &self,
        partition: i32,
        offsets: Range<i64>,
        mut take: impl FnMut(Seen<'_>) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        if offsets.is_empty() {
            return Ok(());
        }
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, partition, Offset::Offset(offsets.start))
            .map_err(|error| fault(self.doing(), &error))?;
        self.consumer.assign(&list).map_err(|error| fault(self.doing(), &error))?;
        let mut heard = Instant::now();
        loop {
            match self.consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    let (key, value) = (message.key().unwrap_or_default(), message.payload());
                    let written_us = message.timestamp().to_millis().unwrap_or(0).saturating_mul(1000).max(0);
                    let seen = Seen { offset: message.offset(), written_us, key, value };
                    // What an earlier read had fetched already may still come.
                    let is_ours = message.partition() == partition && seen.offset >= offsets.start;
                    if seen.offset >= offsets.end && message.partition() == partition {
                        return Ok(());
                    }
                    if is_ours && take(seen).is_break() {
                        return Ok(());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(ended))) if ended == partition => return Ok(()),
                Some(Err(KafkaError::PartitionEOF(_))) => {}
                Some(Err(error)) => {
                    let fault = fault(self.doing(), &error);
                    if fault.decision() == Decision::Stop {
                        return Err(fault);
                    }
                    // the client library connects again by itself, but nothing was heard
                    tracing::warn!(%fault);
                    continue;
                }
                None if heard.elapsed() > SILENCE_TIMEOUT => {
                    let detail = format!("nothing came for {SILENCE_TIMEOUT:?}");
                    return Err(Fault::new(FaultKind::Unreachable, self.doing(), detail));
                }
                None => continue,
            }
            heard = Instant::now();
        }
    }
}
