//! Kafka's retention deletes what was not read yet: it is told, counted, and shown as unknown.

use crate::{TURN, halves};
use e2e::Machine;
use kafka::{Member, Settings, progress, retention};
use pipeline::{FaultKind, Polled, Source as _};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(240);
/// Events that are deleted unread.
const LOST: i64 = 250;

struct Stage {
    machine: Machine,
    settings: Settings,
    partitions: i32,
    listen: String,
}

impl Stage {
    fn new() -> Self {
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let machine = Machine::with(&format!("[processor]\nlisten = \"{listen}\"\n"));
        let config = config::load(&machine.config()).unwrap();
        let settings = Settings::new(&config.kafka.brokers, "svarstid-test");
        Self { machine, settings, partitions: config.kafka.partitions, listen }
    }

    fn places(&self, group: &str, topic: &str) -> BTreeMap<i32, kafka::Progress> {
        let began = Instant::now();
        loop {
            match progress(&self.settings, group, topic, self.partitions) {
                Ok(places) => return places,
                // A broker that has just started does not know at once who coordinates the group.
                Err(fault) => assert!(began.elapsed() < PATIENCE, "{fault}"),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn delete(&self, topic: &str, before: &BTreeMap<i32, i64>) {
        let deleting = retention::delete_before(&self.settings, topic, before);
        tokio::runtime::Runtime::new().unwrap().block_on(deleting).unwrap();
    }

    /// Until the group has finished all that there is; behind the last record of a topic that follows stands the mark of its transaction.
    fn wait_until_done(&self, group: &str, topic: &str) {
        let began = Instant::now();
        let marks = i64::from(topic != "call-events");
        while self.places(group, topic).values().any(|place| place.behind() > marks) {
            assert!(began.elapsed() < PATIENCE, "{group}: {}", self.machine.log("process"));
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn wait_for_log(&self, service: &str, words: &str) {
        let began = Instant::now();
        while !self.machine.log(service).contains(words) {
            assert!(began.elapsed() < PATIENCE, "{words}: {}", self.machine.log(service));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn metric(&self, name: &str) -> String {
        let text = ureq::get(format!("http://{}/metrics", self.listen)).call().unwrap();
        let text = text.into_body().read_to_string().unwrap();
        let line = text.lines().find(|line| line.starts_with(&format!("{name} ")));
        line.unwrap().rsplit(' ').next().unwrap().to_owned()
    }
}

#[test]
fn what_retention_deleted_unread_is_told_counted_and_unknown() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let stage = Stage::new();
    let [first, second] = halves::of_recording(&stage.machine);
    let processor = stage.machine.spawn(&["process"]);
    let sink = stage.machine.spawn(&["sink"]);
    halves::replay(&stage.machine, &first);
    stage.wait_until_done("svarstid-processor", "call-events");
    stage.wait_until_done("svarstid-sink-calls", "calls");
    let alive =
        stage.machine.ask("SELECT count() FROM calls_latest WHERE NOT is_final AND answered_at IS NULL");
    assert!(alive.parse::<u32>().unwrap() > 2, "{alive}");
    processor.stop();
    sink.stop();

    halves::replay(&stage.machine, &second);
    let places = stage.places("svarstid-processor", "call-events");
    let (partition, place) = places.iter().find(|(_, place)| place.behind() > LOST).unwrap();
    let next = place.next.unwrap();
    stage.delete("call-events", &BTreeMap::from([(*partition, next + LOST)]));
    a_reader_is_not_led_past_what_was_deleted(&stage, *partition, next);
    let processor = stage.machine.spawn(&["process"]);
    stage.wait_until_done("svarstid-processor", "call-events");
    let log = stage.machine.log("process");
    for words in
        ["were deleted by the topic's retention before they were read", &LOST.to_string(), "become unknown"]
    {
        assert!(log.contains(words), "{words}: {log}");
    }
    assert_eq!(stage.metric("svarstid_processor_lost_records_total"), LOST.to_string());
    processor.stop();

    // The sink has not run since: of `calls` everything goes that it has not written.
    let ends = stage.places("svarstid-sink-calls", "calls");
    let behind: i64 = ends.values().map(|place| place.behind()).sum();
    assert!(behind > 50, "{behind}");
    stage.delete("calls", &ends.iter().map(|(partition, place)| (*partition, place.end)).collect());
    let sink = stage.machine.spawn(&["sink"]);
    stage.wait_for_log("sink", "were deleted by the topic's retention before they were written");
    stage.wait_until_done("svarstid-sink-kpi-windows", "kpi-windows");
    stage.machine.wait_for("SELECT sum(calls_unknown) > 2 FROM kpi WHERE dimension = 'site'", "1", PATIENCE);
    let whole =
        "SELECT countIf(heard_share < 0.99) > 0 AND countIf(heard_share > 0.99) > 5 FROM completeness";
    stage.machine.wait_for(whole, "1", PATIENCE);
    the_audit_tells_its_horizon(&stage, next + LOST);
    sink.stop();
}

fn a_reader_is_not_led_past_what_was_deleted(stage: &Stage, partition: i32, next: i64) {
    let mut member =
        Member::join(&stage.settings, "reader-of-what-is-gone", "reader", "call-events").unwrap();
    let began = Instant::now();
    let fault = loop {
        match member.poll(Duration::from_millis(100)) {
            Ok(Polled::Assigned(partitions)) => {
                let kept = member.kept(&partitions).unwrap();
                assert_eq!(kept[&partition].start, next + LOST);
                // As if it had been deleted after it was asked.
                member.start(&BTreeMap::from([(partition, Some(next))])).unwrap();
            }
            Ok(Polled::Delivery(delivery)) => panic!("it went on at {}", delivery.offset),
            Ok(Polled::Nothing) => assert!(began.elapsed() < PATIENCE),
            Err(fault) => break fault,
        }
    };
    assert_eq!(fault.kind, FaultKind::Unavailable);
    assert!(fault.to_string().contains("was deleted before it was read, or lost"), "{fault}");
}

fn the_audit_tells_its_horizon(stage: &Stage, first: i64) {
    let answer = stage.machine.answer(&["audit", "--json"], &[]);
    let report: Value = serde_json::from_slice(&answer.stdout).unwrap();
    let horizon = |topic: &str| {
        report["horizons"].as_array().unwrap().iter().find(|one| one["topic"] == topic).unwrap().clone()
    };
    let events = horizon("call-events");
    let cut =
        events["partitions"].as_array().unwrap().iter().find(|one| one["first_offset"] == first).unwrap();
    assert_eq!(cut["first_written_at"], events["whole_since"]);
    assert!(events["whole_since"].as_str().unwrap().starts_with("20"), "{events}");
    assert!(horizon("kpi-windows")["whole_since"].is_null());
    let text = stage.machine.answer(&["audit"], &[]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("Topic call-events is kept from 20"), "{text}");
    assert!(text.contains("Topic kpi-windows is kept from its beginning"), "{text}");
}
