//! How far a consumer group has come.

use crate::Settings;
use crate::fault::fault;
use pipeline::Fault;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::time::Duration;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// One partition as a group sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The next offset that the group will read; none before its first commit.
    pub next: Option<i64>,
    /// The first offset that is still there.
    pub first: i64,
    /// The offset that the next record will get.
    pub end: i64,
}

impl Progress {
    /// Records that the group has not finished.
    #[must_use]
    pub fn behind(self) -> i64 {
        self.end - self.next.unwrap_or(self.first).max(self.first)
    }
}

/// How far `group` has come in each of the `partitions` of `topic`. Does not join the group.
///
/// # Errors
/// `Unreachable`, or what else the cluster says.
pub fn progress(
    settings: &Settings,
    group: &str,
    topic: &str,
    partitions: i32,
) -> Result<BTreeMap<i32, Progress>, Fault> {
    let doing = || format!("asking how far group {group} has come in {topic}");
    // Offsets of a transaction that is still open do not count, and are not waited for.
    let consumer: BaseConsumer = settings
        .consumer(group)
        .set("isolation.level", "read_uncommitted")
        .create()
        .map_err(|error| fault(doing(), &error))?;
    let mut list = TopicPartitionList::new();
    list.add_partition_range(topic, 0, partitions - 1);
    let committed =
        consumer.committed_offsets(list, REQUEST_TIMEOUT).map_err(|error| fault(doing(), &error))?;
    let mut found = BTreeMap::new();
    for place in committed.elements() {
        let (first, end) = consumer
            .fetch_watermarks(topic, place.partition(), REQUEST_TIMEOUT)
            .map_err(|error| fault(doing(), &error))?;
        let next = if let Offset::Offset(next) = place.offset() { Some(next) } else { None };
        found.insert(place.partition(), Progress { next, first, end });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deleted_is_not_behind() {
        let check = |next, first, end, behind| assert_eq!(Progress { next, first, end }.behind(), behind);
        check(None, 0, 10, 10);
        check(None, 4, 10, 6);
        check(Some(7), 4, 10, 3);
        check(Some(2), 4, 10, 6);
        check(Some(10), 4, 10, 0);
    }
}
