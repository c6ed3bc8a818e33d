//! The sink and everything that can happen between it and ClickHouse: each record is in its table once, as it was written.

mod sink_support;

use call::Call;
use e2e::Machine;
use fastrand::Rng;
use kafka::{Member, Settings};
use kpi::Cadence;
use pipeline::{Polled, Ranges as _, Source as _};
use sink::blocks::Blocks;
use sink_support::calls::call;
use sink_support::machine::value;
use sink_support::proxy::Proxy;
use sink_support::running::{Installation, PARTITIONS, Sink, in_order};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::Source;
use wire::rows::{CallRow, Position};

fn calls(numbers: std::ops::Range<u64>, seed: u64) -> Vec<Call> {
    let mut random = Rng::with_seed(seed);
    numbers.map(|n| call(n, 1, &mut random)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_answer_was_lost_is_written_once() {
    let machine = Machine::shared();
    let mut here = Installation::new(&machine, "lost_answers").await;
    let proxy = Proxy::start(machine.clickhouse());
    here.config.clickhouse.url = proxy.url();
    let written = calls(0..400, 1);
    here.produce(&written[..200]);
    proxy.lose_answers(7);
    let sink = Sink::start(&here.config, "a");
    here.wait_for_calls(200).await;
    proxy.lose_answers(5);
    for piece in written[200..].chunks(50) {
        here.produce(piece);
    }
    here.wait_for_calls(400).await;
    sink.stop().await;
    assert_eq!(proxy.to_lose(), 0);
    assert_eq!(here.stored().await, in_order(&written));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_clickhouse_is_away_the_sink_waits_and_serves_its_group() {
    let machine = Machine::shared();
    let mut here = Installation::new(&machine, "away").await;
    let proxy = Proxy::start(machine.clickhouse());
    here.config.clickhouse.url = proxy.url();
    let written = calls(0..900, 2);
    // Away from the beginning: it waits with its tables.
    proxy.set_away(true);
    let first = Sink::start(&here.config, "a");
    here.produce(&written[..300]);
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert!(here.stored().await.is_empty());
    proxy.set_away(false);
    here.wait_for_calls(300).await;
    // Away in the middle, while another sink joins and takes half of the partitions.
    proxy.set_away(true);
    here.produce(&written[300..600]);
    tokio::time::sleep(Duration::from_millis(800)).await;
    let second = Sink::start(&here.config, "b");
    tokio::time::sleep(Duration::from_secs(8)).await;
    here.produce(&written[600..]);
    assert_eq!(here.stored().await.len(), 300);
    proxy.set_away(false);
    here.wait_for_calls(900).await;
    first.stop().await;
    second.stop().await;
    assert_eq!(here.stored().await, in_order(&written));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_is_stopped_while_it_waits_leaves_its_range_to_the_next() {
    let machine = Machine::shared();
    let mut here = Installation::new(&machine, "stopped").await;
    let proxy = Proxy::start(machine.clickhouse());
    here.config.clickhouse.url = proxy.url();
    let written = calls(0..300, 3);
    here.produce(&written[..20]);
    let sink = Sink::start(&here.config, "a");
    here.wait_for_calls(20).await;
    // More than one batch of each partition waits when it is stopped.
    proxy.set_away(true);
    here.produce(&written[20..280]);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    sink.stop().await;
    proxy.set_away(false);
    let sink = Sink::start(&here.config, "a");
    here.produce(&written[280..]);
    here.wait_for_calls(300).await;
    sink.stop().await;
    assert_eq!(here.stored().await, in_order(&written));
}

#[tokio::test(flavor = "multi_thread")]
async fn sinks_that_come_and_go_write_each_record_once() {
    let machine = Machine::shared();
    let here = Installation::new(&machine, "come_and_go").await;
    let written = calls(0..1200, 4);
    let mut sinks = vec![Sink::start(&here.config, "a")];
    for (round, piece) in written.chunks(100).enumerate() {
        here.produce(piece);
        match round {
            1 => sinks.push(Sink::start(&here.config, "b")),
            4 => sinks.push(Sink::start(&here.config, "c")),
            6 => sinks.remove(0).stop().await,
            9 => sinks.remove(0).stop().await,
            _ => tokio::time::sleep(Duration::from_millis(400)).await,
        }
    }
    here.wait_for_calls(1200).await;
    for sink in sinks {
        sink.stop().await;
    }
    assert_eq!(here.stored().await, in_order(&written));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_told_and_the_rest_is_written() {
    let machine = Machine::shared();
    let here = Installation::new(&machine, "unreadable").await;
    let written = calls(0..40, 5);
    here.produce(&written[..20]);
    here.produce_bytes("x/0", b"not avro at all");
    here.produce_bytes("x/1", b"\0\0\0\0\x63 nobody knows this schema");
    let mut impossible = written[0].clone();
    (impossible.call_id, impossible.arrived_us) = ("x/2".into(), -1);
    here.produce(&[impossible]);
    here.produce(&written[20..]);
    let sink = Sink::start(&here.config, "a");
    here.wait_for_calls(40).await;
    here.wait_for("SELECT count() FROM rejected", "3").await;
    sink.stop().await;
    assert_eq!(here.stored().await, in_order(&written));
    let told =
        "SELECT source_position, reason, stage, kafka_partition FROM rejected ORDER BY kafka_partition";
    let expect = "unreadable-calls/0/6\tnot_avro\tsink\t0\n\
        unreadable-calls/1/6\tunknown_schema\tsink\t1\nunreadable-calls/2/6\tinvalid_field\tsink\t2";
    assert_eq!(value(&here.store, told).await, expect);
    // Told when it was written, so that a panel of the last hour shows it.
    let recent = "SELECT count() FROM rejected WHERE rejected_at > now() - INTERVAL 1 HOUR";
    assert_eq!(value(&here.store, recent).await, "3");
}

/// What a process leaves behind that is killed between its insert and its commit, and one killed before the insert.
#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_was_kept_is_looked_for_before_it_is_written_again() {
    let machine = Machine::shared();
    let here = Installation::new(&machine, "kept").await;
    let written = calls(0..120, 6);
    here.produce(&written);
    let settings = Settings::new(machine.brokers(), "killed");
    let group = format!("{}-{}", here.config.sink.group, here.topic());
    let mut member = Member::join(&settings, &group, "a", &here.topic()).unwrap();
    while !matches!(member.poll(Duration::from_millis(100)).unwrap(), Polled::Assigned(_)) {}
    let (topic, topic_id) = (here.topic(), member.topic_id().unwrap());
    for partition in [0, 1] {
        member.mark_pending(partition, 0, 9).unwrap();
    }
    let source = Source { topic: topic.clone(), topic_id: topic_id.clone(), partition: 0, first: 0, last: 9 };
    let mut blocks = Blocks::new(source);
    let (topic, topic_id): (Arc<str>, Arc<str>) = (topic.into(), topic_id.into());
    for (offset, call) in (0..10).zip(in_order(&written)) {
        let position = Position { topic: topic.clone(), topic_id: topic_id.clone(), partition: 0, offset };
        blocks.add(&CallRow::new(call, position, Cadence { seconds: 6 }).unwrap());
    }
    for block in blocks.finish() {
        // Another epoch stands for a token that ClickHouse has forgotten.
        here.store.insert(&block, &block.token(here.config.sink.epoch + 1)).await.unwrap();
    }
    drop(member);
    let sink = Sink::start(&here.config, "a");
    here.wait_for_calls(120).await;
    sink.stop().await;
    assert_eq!(here.stored().await, in_order(&written));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgets_tokens_is_refused() {
    let machine = Machine::shared();
    let here = Installation::new(&machine, "forgetful").await;
    let forget = "ALTER TABLE calls MODIFY SETTING non_replicated_deduplication_window = 0";
    here.store.execute(forget).await.unwrap();
    let why = Sink::start(&here.config, "a").failed().await;
    assert!(why.contains("forgets insert tokens") && why.contains("forgetful.calls"), "{why}");
    assert_eq!(why.lines().count(), 1);
}

/// Behind the last record of each partition stands the mark of a transaction, which no reader gets.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_read_everything_lags_by_nothing() {
    let machine = Machine::shared();
    let here = Installation::new(&machine, "lag").await;
    here.produce(&calls(0..40, 7));
    let settings = Settings::new(machine.brokers(), "lag");
    let mut member = Member::join(&settings, "lag", "a", &here.topic()).unwrap();
    let mut next = BTreeMap::new();
    let mut lag = BTreeMap::new();
    let everything: BTreeMap<i32, i64> = (0..PARTITIONS).map(|partition| (partition, 0)).collect();
    for _ in 0..600 {
        match member.poll(Duration::from_millis(50)).unwrap() {
            Polled::Assigned(partitions) => {
                member.start(&partitions.into_iter().map(|partition| (partition, None)).collect()).unwrap();
            }
            Polled::Delivery(delivery) => {
                next.insert(delivery.partition, delivery.offset + 1);
                continue;
            }
            Polled::Nothing => {}
        }
        lag = member.lag(&next);
        if lag == everything {
            return;
        }
    }
    panic!("{lag:?} behind with {next:?} read");
}

/// What it was given while it did not look, and what is taken back as it goes, are one after the other in its queue.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_never_looked_goes() {
    let machine = Machine::shared();
    let here = Installation::new(&machine, "goes").await;
    let settings = Settings::new(machine.brokers(), "goes");
    let join = |n: u32| Member::join(&settings, &format!("goes-{n}"), "a", &here.topic()).unwrap();
    let members: Vec<Member> = (0..20).map(join).collect();
    tokio::time::sleep(Duration::from_secs(6)).await;
    drop(members);
}
