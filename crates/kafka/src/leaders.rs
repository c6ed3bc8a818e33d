//! Which brokers there are, and which of them leads what.

use crate::Settings;
use crate::fault::fault;
use pipeline::Fault;
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The cluster as one of its brokers knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaders {
    /// Ids of the brokers that live.
    pub brokers: BTreeSet<i32>,
    /// By partition of the topic the id of the broker that leads it, of those that have a leader.
    pub leaders: BTreeMap<i32, i32>,
}

/// Asks the cluster who it is, and who leads `topic`; a topic that does not exist has no leaders.
///
/// # Errors
/// `Unreachable`, or what else the cluster says.
pub fn leaders(settings: &Settings, topic: &str) -> Result<Leaders, Fault> {
    let doing = || format!("asking who leads {topic} at {}", settings.brokers);
    let consumer: BaseConsumer = settings.client().create().map_err(|error| fault(doing(), &error))?;
    // Of all topics: asked for one alone, brokers that make topics by themselves would make it.
    let metadata = consumer.fetch_metadata(None, REQUEST_TIMEOUT).map_err(|error| fault(doing(), &error))?;
    let of_topic = metadata.topics().iter().filter(|known| known.name() == topic);
    let leaders = of_topic.flat_map(|known| known.partitions()).map(|one| (one.id(), one.leader()));
    Ok(Leaders {
        brokers: metadata.brokers().iter().map(|broker| broker.id()).collect(),
        leaders: leaders.filter(|(_, leader)| *leader >= 0).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::FaultKind;

    #[test]
    fn a_cluster_that_is_not_there_is_unreachable() {
        let fault = leaders(&Settings::new("127.0.0.1:9", "test"), "calls").unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreachable);
    }
}
