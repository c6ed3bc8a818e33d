//! Topics are created as they are needed and verified before anything is read or written.

use crate::fault::{fault, kind_of};
use crate::{Settings, Topics};
use pipeline::{Fault, FaultKind};
use rdkafka::admin::{
    AdminClient, AdminOptions, NewTopic, OwnedResourceSpecifier, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long one question to the cluster may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How long created topics may take until every one has a leader.
const CREATION_TIMEOUT_MS: u64 = 20_000;

/// Twice what a record of `call-events` may have; the producer of derived records allows the same.
pub(crate) const MAX_DERIVED_BYTES: &str = "2097152";

struct Wanted {
    name: String,
    /// Written by the processor, from what others wrote.
    derived: bool,
    compacted: bool,
}

fn wanted(topics: &Topics) -> Vec<Wanted> {
    let topic = |name, derived, compacted| Wanted { name, derived, compacted };
    vec![
        topic(topics.call_events(), false, false),
        topic(topics.calls(), true, false),
        topic(topics.kpi_windows(), true, false),
        topic(topics.rejected(), true, false),
        topic(topics.manifests(), true, false),
        topic(topics.changelog(), true, true),
    ]
}

/// Creates what is missing, with `partitions` partitions and `replication` copies of each, then checks all of it: every
/// topic has exactly `partitions` partitions, and the changelog is compacted.
///
/// # Errors
/// `Unreachable` when no broker answers, `Misconfigured` naming every topic that is not as it must be.
pub async fn ensure_topics(
    settings: &Settings,
    topics: &Topics,
    partitions: i32,
    replication: i32,
) -> Result<(), Fault> {
    let doing = || format!("preparing topics at {}", settings.brokers);
    let admin: AdminClient<DefaultClientContext> =
        settings.client().create().map_err(|error| fault(doing(), &error))?;
    let wanted = wanted(topics);
    let existing = partition_counts(&admin, settings, &wanted)?;
    let missing: Vec<&Wanted> = wanted.iter().filter(|topic| !existing.contains_key(&topic.name)).collect();
    create(&admin, &missing, partitions, replication, &doing).await?;
    let counts = wait_until_all_exist(&admin, settings, &wanted).await?;
    let mut wrong = wrong_counts(&wanted, &counts, partitions);
    wrong.extend(wrong_policies(&admin, &wanted, &doing).await?);
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Fault::new(FaultKind::Misconfigured, doing(), wrong.join("; ")))
    }
}

async fn create(
    admin: &AdminClient<DefaultClientContext>,
    missing: &[&Wanted],
    partitions: i32,
    replication: i32,
    doing: &impl Fn() -> String,
) -> Result<(), Fault> {
    if missing.is_empty() {
        return Ok(());
    }
    let new: Vec<NewTopic<'_>> =
        missing.iter().map(|topic| new_topic(topic, partitions, replication)).collect();
    let options =
        AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT)).operation_timeout(Some(REQUEST_TIMEOUT));
    let results = admin.create_topics(&new, &options).await.map_err(|error| fault(doing(), &error))?;
    for result in results {
        match result {
            // another service that starts at the same moment may have been first; the check below decides
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => {
                return Err(Fault::new(kind_of(code), doing(), format!("creating topic {name}: {code}")));
            }
        }
    }
    Ok(())
}

fn new_topic(topic: &Wanted, partitions: i32, replication: i32) -> NewTopic<'_> {
    let mut new = NewTopic::new(&topic.name, partitions, TopicReplication::Fixed(replication));
    if replication >= 3 {
        new = new.set("min.insync.replicas", "2");
    }
    // a record that follows from another carries it and a longer key
    if topic.derived {
        new = new.set("max.message.bytes", MAX_DERIVED_BYTES);
    }
    if topic.compacted {
        // small segments and an eager cleaner: restoring reads the whole topic
        new = new
            .set("cleanup.policy", "compact")
            .set("segment.bytes", "33554432")
            .set("segment.ms", "600000")
            .set("min.cleanable.dirty.ratio", "0.2");
    }
    new
}

fn partition_counts(
    admin: &AdminClient<DefaultClientContext>,
    settings: &Settings,
    wanted: &[Wanted],
) -> Result<BTreeMap<String, i32>, Fault> {
    let metadata = admin
        .inner()
        .fetch_metadata(None, REQUEST_TIMEOUT)
        .map_err(|error| fault(format!("reading the topics of {}", settings.brokers), &error))?;
    let names: Vec<&str> = wanted.iter().map(|topic| topic.name.as_str()).collect();
    let known =
        metadata.topics().iter().filter(|topic| topic.error().is_none() && names.contains(&topic.name()));
    Ok(known
        .filter(|topic| topic.partitions().iter().all(|partition| partition.leader() >= 0))
        .map(|topic| (topic.name().to_owned(), i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX)))
        .collect())
}

async fn wait_until_all_exist(
    admin: &AdminClient<DefaultClientContext>,
    settings: &Settings,
    wanted: &[Wanted],
) -> Result<BTreeMap<String, i32>, Fault> {
    let step_ms = 100;
    for _ in 0..CREATION_TIMEOUT_MS / step_ms {
        let counts = partition_counts(admin, settings, wanted)?;
        if counts.len() == wanted.len() {
            return Ok(counts);
        }
        tokio::time::sleep(Duration::from_millis(step_ms)).await;
    }
    let doing = format!("waiting for the topics at {} to have leaders", settings.brokers);
    Err(Fault::new(FaultKind::Unavailable, doing, format!("not within {CREATION_TIMEOUT_MS} ms")))
}

fn wrong_counts(wanted: &[Wanted], counts: &BTreeMap<String, i32>, partitions: i32) -> Vec<String> {
    wanted
        .iter()
        .filter_map(|topic| counts.get(&topic.name).map(|count| (&topic.name, *count)))
        .filter(|(_, count)| *count != partitions)
        .map(|(name, count)| {
            format!("topic {name} has {count} partitions where `kafka.partitions` says {partitions}")
        })
        .collect()
}

async fn wrong_policies(
    admin: &AdminClient<DefaultClientContext>,
    wanted: &[Wanted],
    doing: &impl Fn() -> String,
) -> Result<Vec<String>, Fault> {
    let resources: Vec<ResourceSpecifier<'_>> =
        wanted.iter().map(|topic| ResourceSpecifier::Topic(&topic.name)).collect();
    let options = AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT));
    let described =
        admin.describe_configs(&resources, &options).await.map_err(|error| fault(doing(), &error))?;
    let mut wrong = Vec::new();
    for config in described {
        let config = config.map_err(|code| {
            Fault::new(kind_of(code), doing(), format!("reading topics' settings: {code}"))
        })?;
        let OwnedResourceSpecifier::Topic(name) = &config.specifier else { continue };
        let policy = config.get("cleanup.policy").and_then(|entry| entry.value.clone()).unwrap_or_default();
        let compacted = wanted.iter().any(|topic| topic.compacted && topic.name == *name);
        let wanted_policy = if compacted { "compact" } else { "delete" };
        if policy != wanted_policy {
            wrong.push(format!("topic {name} has cleanup.policy={policy}, must be {wanted_policy}"));
        }
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(counts: &[(&str, i32)], partitions: i32, expect: usize) {
        let wanted: Vec<Wanted> = counts
            .iter()
            .map(|(name, _)| Wanted { name: (*name).into(), derived: false, compacted: false })
            .collect();
        let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        assert_eq!(wrong_counts(&wanted, &counts, partitions).len(), expect);
    }

    #[test]
    fn every_topic_with_another_partition_count_is_named() {
        check(&[("a", 4), ("b", 4)], 4, 0);
        check(&[("a", 1), ("b", 4)], 4, 1);
        check(&[("a", 1), ("b", 8)], 4, 2);
    }

    #[tokio::test]
    async fn a_cluster_that_is_not_there_is_unreachable_not_missing_topics() {
        let settings = Settings::new("127.0.0.1:9", "test");
        let topics = Topics { prefix: String::new() };
        let admin_fault = ensure_topics(&settings, &topics, 1, 1).await.unwrap_err();
        assert_eq!(admin_fault.kind, FaultKind::Unreachable);
    }
}
