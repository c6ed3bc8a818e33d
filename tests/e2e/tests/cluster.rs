//! The tables in two shards: every view says what it says of one node, through either of them, and nothing is written twice or lost.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod sink_support;

use call::Call;
use e2e::Machine;
use fastrand::Rng;
use sink_support::calls::call;
use sink_support::cluster::Shards;
use sink_support::filled::fill_store;
use sink_support::machine::value;
use sink_support::running::{Installation, Sink};
use store::Store;

const EVENTS_OF_CALL: &str = "events_of_call(site = 'test', call_id = 'test/7')";
/// Two events of each call, as if from one topic.
const EVENTS: &str = "INSERT INTO call_events (site, event_id, at, event, leg, linked, kafka_offset)
    SELECT site, reinterpretAsUUID(sipHash128(call_id, n)), arrived_at + n, if(n = 0, 'held', 'resumed'), leg, leg, n
    FROM (SELECT DISTINCT site, call_id, arrived_at, substring(call_id, length(site) + 2) AS leg FROM calls) ARRAY JOIN [0, 1] AS n";

/// Every column but the time of writing.
async fn rows(store: &Store, view: &str, columns: &str) -> String {
    let view = match view {
        "by_span" => "by_span(minutes = 15, every = 15, zone = 'UTC')",
        "messages_open" => "messages_open(begins = '2000-01-01 00:00:00', ends = '2100-01-01 00:00:00')",
        "callers_open" => "callers_open(begins = '2000-01-01 00:00:00', ends = '2100-01-01 00:00:00')",
        "events_of_call" => EVENTS_OF_CALL,
        view => view,
    };
    value(store, &format!("SELECT {columns} FROM {view} ORDER BY ALL")).await
}

async fn every_view_says_the_same(shards: &Shards, single: &Store) {
    let views =
        value(single, "SELECT name FROM system.tables WHERE database = 'single' AND engine = 'View'").await;
    for view in views.lines() {
        let columns = match view {
            // When it was written.
            "calls_latest" | "calls_merged" => "* EXCEPT inserted_at",
            // Of any call of a number: these calls were made up, and a number has several kinds.
            "by_number" => "* EXCEPT number_kind",
            _ => "*",
        };
        let expect = rows(single, view, columns).await;
        for node in 0..2 {
            let said = rows(&shards.as_a_reader(node), view, columns).await;
            let differs = said.lines().zip(expect.lines()).find(|(said, expect)| said != expect);
            assert!(said == expect, "{view} through node {node}: {differs:?}");
        }
    }
    assert!(views.lines().count() > 30, "{views}");
}

#[tokio::test]
async fn two_shards_are_one_database() {
    let mut shards = Shards::start().await;
    let single = shards.single().await;
    fill_store(&single).await;
    fill_store(&shards.through(0)).await;
    for store in [&single, &shards.through(0)] {
        store.execute(EVENTS).await.unwrap();
    }
    assert!(rows(&single, "events_of_call", "event").await.lines().count() >= 2);
    every_view_says_the_same(&shards, &single).await;
    for node in 0..2 {
        let here = value(&shards.through(node), "SELECT count() > 300 FROM calls_local").await;
        assert_eq!(here, "1", "shard {node} has its part");
        let sql = "SELECT count() FROM call_events_local WHERE (site, concat(site, '/', leg)) NOT IN (SELECT site, call_id FROM calls_local)";
        assert_eq!(value(&shards.through(node), sql).await, "0", "shard {node} has the events of its calls");
    }
    // The same blocks under the same tokens.
    let counts = "SELECT (SELECT count() FROM calls), (SELECT count() FROM kpi_windows), (SELECT count() FROM kpi_corrections)";
    let before = value(&shards.through(0), counts).await;
    fill_store(&shards.through(1)).await;
    assert_eq!(value(&shards.through(0), counts).await, before);

    a_sink_writes_through_a_shard_that_was_away(&mut shards).await;
}

async fn a_sink_writes_through_a_shard_that_was_away(shards: &mut Shards) {
    let machine = Machine::shared();
    let mut installation = Installation::new(&machine, "spread").await;
    shards.tell(&mut installation.config);
    installation.config.site.id = "spread".into();
    installation.store = shards.through(0);
    installation.store.execute("SYSTEM STOP MERGES calls_local").await.unwrap();
    let mut random = Rng::with_seed(5);
    let calls: Vec<Call> = (100_000..100_400).map(|n| call(n, 1, &mut random)).collect();
    let sink = Sink::start(&installation.config, "spread");
    installation.produce(&calls[..200]);
    let written = "SELECT uniqExact(call_id) FROM calls WHERE kafka_topic = 'spread-calls'";
    installation.wait_for(written, "200").await;
    shards.nodes[1].kill();
    installation.produce(&calls[200..]);
    let refused = "SELECT count() > 0 FROM system.errors WHERE name = 'ALL_CONNECTION_TRIES_FAILED'";
    installation.wait_for(refused, "1").await;
    let cluster = shards.cluster();
    shards.nodes[1].start(&cluster).await;
    installation.wait_for(written, "400").await;
    sink.stop().await;
    let rows = "SELECT count() FROM calls FINAL WHERE kafka_topic = 'spread-calls'";
    assert_eq!(value(&shards.through(1), rows).await, "400");
}
