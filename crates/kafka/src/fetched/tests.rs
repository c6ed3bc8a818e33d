//! On librdkafka's own mock of a broker: what is asked here is the client's part alone.

use super::Fetched;
use crate::bell::Bell;
use crate::native::AT_ONCE;
use crate::{Settings, Topics, Transactions};
use pipeline::{Batch, CommitOutcome, Place, Record};
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::mocking::MockCluster;
use rdkafka::topic_partition_list::Offset;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PARTITIONS: [i32; 3] = [0, 1, 2];
const EACH: usize = 3 * AT_ONCE;

#[test]
fn every_partition_has_its_turn_though_each_has_more_than_is_taken_at_once() {
    let cluster = MockCluster::new(1).unwrap();
    let topics = Topics::new("", 1);
    cluster.create_topic(&topics.calls(), PARTITIONS.len() as i32, 1).unwrap();
    let settings = Settings::new(cluster.bootstrap_servers(), "test");
    let record = |partition| Record { place: Place::Calls, partition, key: vec![], value: Some(vec![7]) };
    let records = PARTITIONS.iter().flat_map(|partition| vec![record(*partition); EACH]).collect();
    let transactions = Transactions::open(&settings, &topics, "producer").unwrap();
    let outcome = transactions.commit(&Batch { records, ..Batch::default() }, None);
    assert!(matches!(outcome, CommitOutcome::Committed), "{outcome:?}");

    let consumer: BaseConsumer = settings.consumer("group").create().unwrap();
    let mut fetched = Fetched::new(Arc::new(Bell::default()));
    fetched.begin(consumer.client().native_ptr(), &topics.calls(), &PARTITIONS).unwrap();
    let mut list = TopicPartitionList::new();
    for partition in PARTITIONS {
        list.add_partition_offset(&topics.calls(), partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&list).unwrap();
    let began = Instant::now();
    while fetched.queues.iter().any(|queue| queue.len() < EACH) {
        consumer.poll(Duration::ZERO);
        fetched.bell.wait(Duration::from_millis(10));
        assert!(began.elapsed() < Duration::from_secs(60), "they do not come");
    }

    let mut turns = Vec::new();
    let mut next = [0; PARTITIONS.len()];
    while next.iter().any(|next| *next < EACH as i64) {
        turns.push(fetched.take().last.unwrap().0);
        while let Some(delivery) = fetched.next() {
            let next = &mut next[delivery.partition as usize];
            assert_eq!(delivery.offset, *next, "each once, in its order");
            *next += 1;
        }
    }
    assert_eq!(turns, [1, 2, 0, 1, 2, 0, 1, 2, 0]);
    fetched.clear();
}
