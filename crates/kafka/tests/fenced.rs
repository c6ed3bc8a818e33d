//! A member that is taken for dead hears of it in whatever it asks next, on librdkafka's own mock of a broker.

use kafka::{Member, Settings};
use pipeline::{FaultKind, Polled, Ranges as _, Source as _};
use rdkafka::mocking::MockCluster;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// The reason is heard with a heartbeat; the mark that comes next is only told that the client is past help.
#[test]
fn a_mark_of_a_member_that_was_replaced_says_that_it_is_fenced() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("calls", 1, 1).unwrap();
    let settings = Settings::new(cluster.bootstrap_servers(), "test");
    let mut member = Member::join(&settings, "group", "one", "calls").unwrap();
    let began = Instant::now();
    while !matches!(member.poll(Duration::from_millis(100)).unwrap(), Polled::Assigned(_)) {
        assert!(began.elapsed() < PATIENCE, "no partition is assigned");
    }
    member.mark_pending(0, 0, 9).unwrap();
    cluster.request_errors(RDKafkaApiKey::Heartbeat, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID]);
    let fault = loop {
        match member.mark_done(0, 10) {
            Err(fault) => break fault,
            Ok(()) => assert!(began.elapsed() < PATIENCE, "it is never heard of"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(fault.kind, FaultKind::Fenced, "{fault}");
}
