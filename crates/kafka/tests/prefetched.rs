//! How much a member holds that it was not asked for yet, on librdkafka's own mock of a broker.

use kafka::{Member, Settings, Topics, Transactions};
use pipeline::{Batch, CommitOutcome, Place, Polled, Record, Source as _};
use rdkafka::mocking::MockCluster;
use std::collections::BTreeMap;
use std::time::Duration;

/// More than are taken before they are counted, which is every five seconds and told when a few hundred are taken.
const RECORDS: usize = 2_000;
const BETWEEN: Duration = Duration::from_millis(10);

#[test]
fn what_was_fetched_ahead_is_told_as_a_part_of_its_room() {
    let cluster = MockCluster::new(1).unwrap();
    let topics = Topics::new("", 1);
    cluster.create_topic(&topics.calls(), 1, 1).unwrap();
    let settings = Settings::new(cluster.bootstrap_servers(), "test");
    let mut member = Member::join(&settings, "group", "one", &topics.calls()).unwrap();
    let record = Record { place: Place::Calls, partition: 0, key: b"k".to_vec(), value: Some(vec![7; 256]) };
    let batch = Batch { records: vec![record; RECORDS], ..Batch::default() };
    let transactions = Transactions::open(&settings, &topics, "producer").unwrap();
    assert!(matches!(transactions.commit(&batch, None), CommitOutcome::Committed));

    let mut taken = 0;
    while member.prefetched_ratio() == 0.0 {
        match member.poll(BETWEEN).unwrap() {
            Polled::Assigned(partitions) if !partitions.is_empty() => {
                member.start(&BTreeMap::from([(0, None)])).unwrap();
            }
            Polled::Delivery(_) => taken += 1,
            Polled::Assigned(_) | Polled::Nothing => {}
        }
        assert!(taken < RECORDS, "all of them were taken one by one, and none was seen to wait");
        std::thread::sleep(BETWEEN);
    }
    assert!(member.prefetched_ratio() < 0.3, "half a megabyte of two: {}", member.prefetched_ratio());
}
