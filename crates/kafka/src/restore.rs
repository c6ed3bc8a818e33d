//! Reading a topic to its end, nothing pending.

use crate::Settings;
use crate::fault::fault;
use crate::watch::Watch;
use pipeline::{Decision, Fault, FaultKind, Table};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an open transaction of a process that is gone may hold us up: the broker aborts it after its timeout.
const PENDING_TIMEOUT: Duration = Duration::from_secs(60);
const PENDING_PAUSE: Duration = Duration::from_millis(20);
/// A broker that sends nothing for so long is not going to.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);

/// The latest committed value of every key of the given partitions. Waits until no transaction is pending below the end
/// that each partition had when this was called: what a process left open is either in or gone.
///
/// # Errors
/// `Unreachable`, or `Unavailable` when a pending transaction does not end.
pub fn read_table(
    settings: &Settings,
    topic: &str,
    partitions: &[i32],
) -> Result<BTreeMap<i32, Table>, Fault> {
    let mut tables: BTreeMap<i32, Table> = partitions.iter().map(|number| (*number, Table::new())).collect();
    read_all(settings, topic, partitions, |partition, key, value| {
        let table = tables.entry(partition).or_default();
        match value {
            Some(value) => drop(table.insert(key.to_vec(), value.to_vec())),
            None => drop(table.remove(key)),
        }
    })?;
    Ok(tables)
}

/// Hands every committed record of the given partitions to `take` (partition, key, value), in order within a partition, up
/// to the end that each had when this was called; waits for pending transactions as [`read_table`] does.
///
/// # Errors
/// `Unreachable`, or `Unavailable` when a pending transaction does not end.
pub fn read_all(
    settings: &Settings,
    topic: &str,
    partitions: &[i32],
    take: impl FnMut(i32, &[u8], Option<&[u8]>),
) -> Result<(), Fault> {
    let reader = Reader::open(settings, topic)?;
    reader.wait_until_nothing_is_pending(settings, partitions)?;
    reader.read(partitions, take)
}

struct Reader {
    consumer: BaseConsumer<Watch>,
    topic: String,
}

impl Reader {
    fn open(settings: &Settings, topic: &str) -> Result<Self, Fault> {
        // The group is never joined nor committed to; the client library wants a name.
        let consumer = settings
            .consumer("svarstid-reader")
            .set("enable.partition.eof", "true")
            // the end of a partition is told when a fetch comes back empty
            .set("fetch.wait.max.ms", "10")
            .create_with_context(Watch::default())
            .map_err(|error| fault(format!("reading all of topic {topic}"), &error))?;
        Ok(Self { consumer, topic: topic.into() })
    }

    fn doing(&self) -> String {
        format!("reading all of topic {}", self.topic)
    }

    fn wait_until_nothing_is_pending(&self, settings: &Settings, partitions: &[i32]) -> Result<(), Fault> {
        let everything: BaseConsumer<Watch> = settings
            .consumer("svarstid-reader")
            .set("isolation.level", "read_uncommitted")
            .create_with_context(Watch::default())
            .map_err(|error| fault(self.doing(), &error))?;
        let deadline = Instant::now() + PENDING_TIMEOUT;
        for partition in partitions {
            let end = self.end(&everything, *partition)?;
            // Of a consumer that reads what is committed, the end is where the first open transaction begins.
            while self.end(&self.consumer, *partition)? < end {
                if Instant::now() > deadline {
                    let detail =
                        format!("a transaction is open in partition {partition} for {PENDING_TIMEOUT:?}");
                    return Err(Fault::new(FaultKind::Unavailable, self.doing(), detail));
                }
                std::thread::sleep(PENDING_PAUSE);
            }
        }
        Ok(())
    }

    fn end(&self, consumer: &BaseConsumer<Watch>, partition: i32) -> Result<i64, Fault> {
        let (_, end) = consumer
            .fetch_watermarks(&self.topic, partition, REQUEST_TIMEOUT)
            .map_err(|error| fault(self.doing(), &error))?;
        Ok(end)
    }

    fn read(&self, partitions: &[i32], mut take: impl FnMut(i32, &[u8], Option<&[u8]>)) -> Result<(), Fault> {
        let mut unfinished: BTreeSet<i32> = partitions.iter().copied().collect();
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition_offset(&self.topic, *partition, Offset::Beginning)
                .map_err(|error| fault(self.doing(), &error))?;
        }
        self.consumer.assign(&list).map_err(|error| fault(self.doing(), &error))?;
        let mut heard = Instant::now();
        while !unfinished.is_empty() {
            match self.consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    take(message.partition(), message.key().unwrap_or_default(), message.payload());
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => drop(unfinished.remove(&partition)),
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
        Ok(())
    }
}
