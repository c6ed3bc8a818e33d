//! A rebalance while a commit is under way, on librdkafka's own mock: its partitions are let go when it has ended.

use kafka::{Journal, Member, Settings, Topics};
use pipeline::{Batch, CommitOutcome, Ledger as _, Place, Polled, Record, Source};
use rdkafka::mocking::MockCluster;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until the wanted partitions are assigned.
fn assigned(source: &mut impl Source, wanted: &[i32]) {
    let began = Instant::now();
    let is_wanted = |polled| polled == Polled::Assigned(wanted.to_vec());
    while !source.poll(Duration::from_millis(100)).is_ok_and(is_wanted) {
        assert!(began.elapsed() < PATIENCE, "{wanted:?} is not assigned");
    }
}

fn batch() -> Batch {
    let record = Record { place: Place::Calls, partition: 0, key: b"k".to_vec(), value: Some(b"v".to_vec()) };
    Batch { records: vec![record], offsets: BTreeMap::from([(0, 1)]) }
}

#[test]
fn partitions_are_let_go_when_the_commit_under_way_has_ended() {
    let cluster = MockCluster::new(1).unwrap();
    let topics = Topics { prefix: String::new() };
    for topic in [topics.call_events(), topics.calls()] {
        cluster.create_topic(&topic, 2, 1).unwrap();
    }
    let settings = Settings::new(cluster.bootstrap_servers(), "test");
    let mut one = Journal::open(&settings, &topics, "group", "one").unwrap();
    assigned(&mut one, &[0, 1]);
    one.start(&BTreeMap::from([(0, None), (1, None)])).unwrap();
    one.begin(batch()).unwrap();
    let ended = one.end();
    assert!(matches!(ended.outcome, CommitOutcome::Committed), "{ended:?}");

    // Asked again and again, some seconds in all, it takes until the rebalance has come.
    let busy = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS; 60];
    cluster.request_errors(RDKafkaApiKey::EndTxn, &busy);
    let two = Member::join(&settings, "group", "two", &topics.call_events()).unwrap();
    one.begin(batch()).unwrap();
    assigned(&mut one, &[]);
    assert!(one.ended().is_some(), "it was told that they are another's before the commit had ended");
    cluster.clear_request_errors(RDKafkaApiKey::EndTxn);
    drop((one, two));
}
