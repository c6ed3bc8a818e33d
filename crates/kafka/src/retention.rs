//! How long the cluster keeps a topic's records.

use crate::Settings;
use crate::fault::{fault, kind_of};
use pipeline::Fault;
use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::time::Duration;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// When records of a topic may be deleted. Kafka deletes whole segments: it keeps them longer, never shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// So long after they were written; none: never for their age.
    pub time: Option<Duration>,
    /// When a partition is larger than so many bytes; none: never for its size.
    pub bytes: Option<u64>,
}

impl Retention {
    /// From the settings `retention.ms` and `retention.bytes`; anything negative is without a limit.
    #[must_use]
    pub fn of(time_ms: i64, bytes: i64) -> Self {
        Self {
            time: u64::try_from(time_ms).ok().map(Duration::from_millis),
            bytes: u64::try_from(bytes).ok(),
        }
    }

    /// Whether records may go before they are so old.
    #[must_use]
    pub fn is_shorter_than(self, needed: Duration) -> bool {
        self.time.is_some_and(|time| time < needed)
    }
}

/// What the cluster has set for `topic`.
///
/// # Errors
/// `Unreachable`, or what else the cluster says.
pub async fn retention(settings: &Settings, topic: &str) -> Result<Retention, Fault> {
    let doing = || format!("asking how long {topic} is kept at {}", settings.brokers);
    let admin: AdminClient<DefaultClientContext> =
        settings.client().create().map_err(|error| fault(doing(), &error))?;
    let options = AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT));
    let asked = admin.describe_configs(&[ResourceSpecifier::Topic(topic)], &options).await;
    let mut described = asked.map_err(|error| fault(doing(), &error))?;
    let described = described.pop().unwrap_or(Err(rdkafka::error::RDKafkaErrorCode::UnknownTopic));
    let config = described.map_err(|code| Fault::new(kind_of(code), doing(), code))?;
    Ok(Retention::of(number(&config, "retention.ms"), number(&config, "retention.bytes")))
}

/// Does at once what retention does in time: deletes the records of each partition before an offset. Nothing that runs asks for
/// it; tests do.
///
/// # Errors
/// `Unreachable`, or what else the cluster says.
pub async fn delete_before(
    settings: &Settings,
    topic: &str,
    before: &BTreeMap<i32, i64>,
) -> Result<(), Fault> {
    let doing = || format!("deleting records of {topic} at {}", settings.brokers);
    let admin: AdminClient<DefaultClientContext> =
        settings.client().create().map_err(|error| fault(doing(), &error))?;
    let mut list = TopicPartitionList::new();
    for (partition, offset) in before {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset))
            .map_err(|error| fault(doing(), &error))?;
    }
    let options =
        AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT)).operation_timeout(Some(REQUEST_TIMEOUT));
    let deleted = admin.delete_records(&list, &options).await.map_err(|error| fault(doing(), &error))?;
    deleted.elements().iter().try_for_each(|element| element.error()).map_err(|error| fault(doing(), &error))
}

fn number(config: &ConfigResource, name: &str) -> i64 {
    config.get(name).and_then(|entry| entry.value.as_deref()?.parse().ok()).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_below_zero_is_none() {
        let hour = Duration::from_secs(3600);
        assert_eq!(Retention::of(-1, -1), Retention { time: None, bytes: None });
        assert_eq!(Retention::of(3_600_000, 5), Retention { time: Some(hour), bytes: Some(5) });
        assert!(!Retention::of(-1, -1).is_shorter_than(hour));
        assert!(!Retention::of(3_600_000, -1).is_shorter_than(hour));
        assert!(Retention::of(3_599_999, -1).is_shorter_than(hour));
    }
}
