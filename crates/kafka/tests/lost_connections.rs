//! A connection that is lost while a transaction or a mark is being written, on librdkafka's own mock of three brokers: the
//! loss of one of them is told by no error event.

use kafka::{Member, Settings, Topics, Transactions};
use pipeline::{Batch, CommitOutcome, Place, Ranges as _, Record, Source as _};
use rdkafka::error::KafkaResult;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use std::time::{Duration, Instant};

struct Here {
    cluster: MockCluster<'static, DefaultProducerContext>,
    settings: Settings,
    topics: Topics,
}

fn here() -> KafkaResult<Here> {
    let cluster = MockCluster::new(3)?;
    let topics = Topics { prefix: String::new() };
    for topic in [topics.call_events(), topics.calls()] {
        cluster.create_topic(&topic, 1, 3)?;
    }
    let settings = Settings::new(cluster.bootstrap_servers(), "test");
    Ok(Here { cluster, settings, topics })
}

fn batch() -> Batch {
    let record = Record { place: Place::Calls, partition: 0, key: b"k".to_vec(), value: Some(b"v".to_vec()) };
    Batch { records: vec![record], ..Batch::default() }
}

#[test]
fn a_commit_during_which_its_connection_was_lost_is_not_believed() {
    let Here { cluster, settings, topics } = here().unwrap();
    let transactions = Transactions::open(&settings, &topics, "producer").unwrap();
    let outcome = transactions.commit(&batch(), None);
    assert!(matches!(outcome, CommitOutcome::Committed), "{outcome:?}");
    cluster.request_errors(RDKafkaApiKey::EndTxn, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT]);
    let outcome = transactions.commit(&batch(), None);
    assert!(matches!(outcome, CommitOutcome::Unknown(_)), "it was asked twice to end it: {outcome:?}");
}

#[test]
fn a_mark_during_which_its_connection_was_lost_is_not_believed() {
    let Here { cluster, settings, topics } = here().unwrap();
    let mut member = Member::join(&settings, "group", "one", &topics.calls()).unwrap();
    let began = Instant::now();
    while !matches!(member.poll(Duration::from_millis(100)).unwrap(), pipeline::Polled::Assigned(_)) {
        assert!(began.elapsed() < Duration::from_secs(60), "no partition is assigned");
    }
    member.mark_pending(0, 0, 9).unwrap();
    cluster.request_errors(RDKafkaApiKey::OffsetCommit, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT]);
    let fault = member.mark_done(0, 10).unwrap_err();
    assert_eq!(fault.kind, pipeline::FaultKind::OutcomeUnknown, "{fault}");
}
