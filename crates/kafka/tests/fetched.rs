//! Records that a member has taken from the client library and not given out yet, on librdkafka's own mock of a broker.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what the tests of this file share")]

use kafka::{Member, Settings, Topics, Transactions};
use pipeline::{Batch, CommitOutcome, Place, Polled, Ranges as _, Record, Source as _};
use rdkafka::mocking::MockCluster;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Many times what is taken at once.
const RECORDS: i64 = 2_000;
const PATIENCE: Duration = Duration::from_secs(60);
const WAIT: Duration = Duration::from_millis(50);

/// A member that reads a topic of one partition with so many records from its beginning.
fn reading(cluster: &MockCluster<'_, rdkafka::producer::DefaultProducerContext>) -> Member {
    let topics = Topics::new("", 1);
    cluster.create_topic(&topics.calls(), 1, 1).unwrap();
    let settings = Settings::new(cluster.bootstrap_servers(), "test");
    let record = Record { place: Place::Calls, partition: 0, key: b"k".to_vec(), value: Some(vec![7]) };
    let transactions = Transactions::open(&settings, &topics, "producer").unwrap();
    let batch = Batch { records: vec![record; RECORDS as usize], ..Batch::default() };
    assert!(matches!(transactions.commit(&batch, None), CommitOutcome::Committed));
    let mut member = Member::join(&settings, "group", "one", &topics.calls()).unwrap();
    let began = Instant::now();
    while !matches!(member.poll(WAIT).unwrap(), Polled::Assigned(partitions) if partitions == [0]) {
        assert!(began.elapsed() < PATIENCE, "nothing is assigned");
    }
    member.start(&BTreeMap::from([(0, None)])).unwrap();
    member
}

/// The offset of the next record.
fn next(member: &mut Member) -> i64 {
    let began = Instant::now();
    loop {
        match member.poll(WAIT).unwrap() {
            Polled::Delivery(delivery) => return delivery.offset,
            Polled::Nothing => assert!(began.elapsed() < PATIENCE, "no record comes"),
            Polled::Assigned(partitions) => panic!("{partitions:?} are assigned anew"),
        }
    }
}

#[test]
fn while_it_is_held_nothing_comes_and_afterwards_everything_once() {
    let cluster = MockCluster::new(1).unwrap();
    let mut member = reading(&cluster);
    let mut offsets: Vec<i64> = (0..10).map(|_| next(&mut member)).collect();
    member.hold(true).unwrap();
    for _ in 0..10 {
        assert_eq!(member.poll(WAIT).unwrap(), Polled::Nothing);
    }
    member.hold(false).unwrap();
    offsets.extend((10..RECORDS).map(|_| next(&mut member)));
    assert_eq!(offsets, (0..RECORDS).collect::<Vec<i64>>());
    assert_eq!(member.poll(WAIT).unwrap(), Polled::Nothing);
}

#[test]
fn who_starts_anew_is_given_nothing_of_what_was_fetched_before() {
    let cluster = MockCluster::new(1).unwrap();
    let mut member = reading(&cluster);
    assert_eq!((0..10).map(|_| next(&mut member)).last(), Some(9));
    member.start(&BTreeMap::from([(0, Some(5))])).unwrap();
    let offsets: Vec<i64> = (5..RECORDS).map(|_| next(&mut member)).collect();
    assert_eq!(offsets, (5..RECORDS).collect::<Vec<i64>>());
}
