//! The events themselves in ClickHouse: none until the configuration asks for them, then each record of the topic as one row, and those of
//! a call as `svarstid explain` knows them. With real Kafka and the real engine.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod sink_support;

use call::Event;
use e2e::{Machine, recordings};
use kafka::event_output::{EventOutput, OutputTopic};
use kafka::{Look, Member, Settings, Topics, progress};
use pipeline::{Polled, Ranges as _, Source as _};
use serde_json::Value;
use sink_support::machine::settings;
use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use store::Store;
use wire::Codec;
use wire::rows::{EventRow, Row, read_all};

const PATIENCE: Duration = Duration::from_secs(180);
const TOPIC: &str = "call-events";
const GROUP: &str = "svarstid-sink-call-events";
const SITE: &str = "falkenberg";
/// Records in a batch.
const RANGE: usize = 400;
/// Every one of so many calls, and each that was handed over, is told by `svarstid explain`, too.
const EXPLAINED: usize = 4;

const SKIPPED: &str = "svarstid_sink_skipped_events_total{reason=\"not_avro\"} 1";

/// A record's partition and offset.
type Place = (i32, i64);

fn kafka(machine: &Machine) -> Settings {
    Settings::new(machine.brokers(), "tests")
}

/// Every record of the topic.
fn records(machine: &Machine) -> BTreeMap<Place, Vec<u8>> {
    let look = Look::into(&kafka(machine), TOPIC).unwrap();
    let mut records = BTreeMap::new();
    for partition in 0..4 {
        look.read(partition, look.span(partition).unwrap(), |seen| {
            records.insert((partition, seen.offset), seen.value.unwrap().to_vec());
            ControlFlow::Continue(())
        })
        .unwrap();
    }
    records
}

/// Every row of the table.
async fn rows(machine: &Machine) -> Vec<(Place, Event)> {
    let store = Store::new(&settings(machine, "svarstid"));
    let columns: Vec<_> = EventRow::columns().into_iter().map(|(name, _)| name).collect();
    let sql =
        format!("SELECT {} FROM call_events ORDER BY kafka_partition, kafka_offset", columns.join(", "));
    let rows = read_all::<EventRow>(&store.fetch(&sql, "RowBinary").await.unwrap()).unwrap();
    let placed = |row: EventRow| ((row.kafka.partition, row.kafka.offset), row.into_event().unwrap());
    rows.into_iter().map(placed).collect()
}

/// What a service says of itself, when it says so much.
fn metrics(address: &str, with: &str) -> String {
    let begun = Instant::now();
    loop {
        let answer = ureq::get(format!("http://{address}/metrics")).call();
        let text = answer.ok().and_then(|mut answer| answer.body_mut().read_to_string().ok());
        match text {
            Some(text) if text.contains(with) => return text,
            text => assert!(begun.elapsed() < PATIENCE, "{with} is not in {text:?}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn lag_of(topic: &str) -> String {
    format!("svarstid_sink_lag_records{{partition=\"0\",topic=\"{topic}\"}}")
}

#[tokio::test]
async fn events_are_rows_when_they_are_asked_for() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = free.local_addr().unwrap().to_string();
    drop(free);
    let machine = Machine::with(&format!("[sink]\nlisten = \"{listen}\"\nbatch_rows = {RANGE}\n"));
    let (processor, sink) = (machine.spawn(&["process"]), machine.spawn(&["sink"]));
    let recording = recordings().join("ami.raw.txt.gz");
    machine.run(&["collect", "--replay", recording.to_str().unwrap()]);
    machine.wait_for("SELECT count() FROM calls_latest WHERE is_final", "171", PATIENCE);
    nothing_is_read_unasked(&machine, &listen);
    sink.stop();
    disturb(&machine);
    assert_eq!(
        machine.ask("SYSTEM STOP MERGES svarstid.call_events"),
        "",
        "a row that is written twice stays twice"
    );

    // Ranges that are full, and no others before the end.
    let asked = [
        ("SINK__CALL_EVENTS", "true"),
        ("RETENTION__EVENTS_DAYS", "36500"),
        ("SINK__BATCH_EVERY_MS", "3600000"),
    ];
    let asked = asked.map(|(key, value)| (format!("SVARSTID_{key}"), value.to_owned()));
    let sink = machine.spawn_with(&asked, &["sink"]);
    let (records, codec) = (records(&machine), Codec::built_in().unwrap());
    let decoded = |(place, bytes): (&Place, &Vec<u8>)| Some((*place, codec.decode_event(bytes).ok()?));
    let expect: Vec<(Place, Event)> = records.iter().filter_map(decoded).collect();
    assert_eq!((records.len() - expect.len(), expect.len() > 3000), (1, true), "all but one can be read");
    metrics(&listen, &lag_of(TOPIC));
    let full = records.len() / RANGE * RANGE;
    machine.wait_for("SELECT count() FROM call_events", &(full - 1).to_string(), PATIENCE);
    metrics(&listen, SKIPPED);
    sink.stop();
    assert!(rows(&machine).await == expect, "each record is its row");
    forget_rows_of_the_first_range(&machine);
    rewind(&machine);
    let sink = machine.spawn_with(&asked, &["sink"]);
    wait_until_read(&machine, expect[0].0.0, i64::try_from(full).unwrap());
    metrics(&listen, SKIPPED);
    machine.wait_for("SELECT count() FROM rejected FINAL", "1", PATIENCE);
    assert_eq!(machine.ask("SELECT DISTINCT stage FROM rejected"), "processor", "it is not rejected twice");
    processor.stop();
    sink.stop();
    assert!(rows(&machine).await == expect, "written again, each record is its row, once");
    a_call_has_the_events_that_it_was_made_of(&machine);
}

/// As a server that was killed after it had remembered the range's token, and before it showed its rows: erasing rows keeps tokens.
fn forget_rows_of_the_first_range(machine: &Machine) {
    for sql in [
        "SYSTEM START MERGES svarstid.call_events",
        "ALTER TABLE call_events DELETE WHERE kafka_offset < 400 SETTINGS mutations_sync = 2",
        "SYSTEM STOP MERGES svarstid.call_events",
    ] {
        assert_eq!(machine.ask(sql), "");
    }
    assert_eq!(machine.ask("SELECT min(kafka_offset) FROM call_events"), RANGE.to_string());
}

/// As a sink that was killed while it wrote the first range, and whose later marks were lost: all is written again.
fn rewind(machine: &Machine) {
    let mut member = Member::join(&kafka(machine), GROUP, "sink-1", TOPIC).unwrap();
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < PATIENCE, "the group lets nobody in");
        let Polled::Assigned(partitions) = member.poll(Duration::from_millis(100)).unwrap() else { continue };
        for place in member.places(&partitions).unwrap().into_iter().filter(|place| place.next.is_some()) {
            member.mark_pending(place.partition, 0, i64::try_from(RANGE).unwrap() - 1).unwrap();
        }
        return;
    }
}

/// Waits until the sink has committed so many.
fn wait_until_read(machine: &Machine, partition: i32, offsets: i64) {
    let begun = Instant::now();
    while progress(&kafka(machine), GROUP, TOPIC, 4).unwrap()[&partition]
        .next
        .is_none_or(|next| next < offsets)
    {
        assert!(begun.elapsed() < PATIENCE, "the sink does not go on");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn nothing_is_read_unasked(machine: &Machine, listen: &str) {
    let text = metrics(listen, &lag_of("calls"));
    assert!(!text.contains(TOPIC), "{text}");
    assert_eq!(machine.ask("SELECT count() FROM call_events"), "0");
    let read = progress(&kafka(machine), GROUP, TOPIC, 4).unwrap();
    assert!(read.values().all(|place| place.next.is_none()), "{read:?}");
}

/// One record that is no event, and one event again and again, so that the range of both is full.
fn disturb(machine: &Machine) {
    let first = records(machine).into_values().next().unwrap();
    let (output, _acknowledged) = EventOutput::new(&kafka(machine), &Topics::new("", 1), SITE).unwrap();
    for (number, record) in (0..).zip([vec![b"nothing".to_vec()], vec![first; RANGE]].concat()) {
        assert!(output.send(OutputTopic::Events, number, &record).unwrap());
    }
    output.flush(PATIENCE).unwrap();
}

/// Whom somebody consulted, or was about to, while they had the caller on hold; it came to nothing, so that no event names both.
const CONSULTED: [&str; 5] = ["145", "229", "425", "653", "793"];
/// What may change nothing of a call, and is then no part of its explanation.
const IDLE: [&str; 4] = ["dial_ringing", "priority_set", "dial_gave_up", "member_missed"];

fn a_call_has_the_events_that_it_was_made_of(machine: &Machine) {
    let calls = machine.ask("SELECT call_id, transfers > 0 FROM calls_latest ORDER BY arrived_at");
    let mut told_of = BTreeSet::new();
    for (n, line) in calls.lines().enumerate() {
        let (call, transferred) = line.split_once('\t').unwrap();
        let sql =
            format!("SELECT kafka_offset, event FROM events_of_call(site = '{SITE}', call_id = '{call}')");
        let answer = machine.ask(&sql);
        let told = answer.lines().map(|line| line.split_once('\t').unwrap());
        let told: BTreeMap<i64, &str> =
            told.map(|(offset, event)| (offset.parse().unwrap(), event)).collect();
        assert!(told.values().any(|event| *event == "leg_started"), "{call}: {answer}");
        for offset in told.keys() {
            assert!(told_of.insert(*offset), "{call}: the event at {offset} is of another call, too");
        }
        let consulted = CONSULTED.iter().any(|leg| call.ends_with(&format!(".{leg}")));
        if n % EXPLAINED == 0 || consulted || transferred == "1" {
            let expect = explained(machine, call);
            let missing: Vec<_> = expect.iter().filter(|offset| !told.contains_key(offset)).collect();
            assert_eq!(missing.is_empty(), !consulted, "{call}: {missing:?} of {expect:?}");
            let more =
                told.iter().filter(|(offset, event)| !expect.contains(offset) && !IDLE.contains(event));
            assert_eq!(more.count(), 0, "{call}: {told:?}, not {expect:?}");
        }
    }
    assert!(told_of.len() > 3000, "{}", told_of.len());
}

/// Offsets of the events that a call rests on.
fn explained(machine: &Machine, call: &str) -> BTreeSet<i64> {
    let answer = machine.answer(&["explain", call, "--from", "events", "--json"], &[]);
    let told: Value = serde_json::from_slice(&answer.stdout).unwrap();
    let sources = told["events"]["sources"].as_array().unwrap().iter();
    let lines = sources.flat_map(|source| source["lines"].as_array().unwrap());
    lines.map(|line| line["offset"].as_i64().unwrap()).collect()
}
