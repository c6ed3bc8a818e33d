//! Many sites, shared by threads and processes that come and go: the figures do not change. The real program, real Kafka.

use crate::seen::Seen;
use crate::stage::Stage;
use crate::{TURN, feed};
use call::Event;
use e2e::Service;
use kafka::event_output::{EventOutput, OutputTopic};
use kafka::partition_of;
use pipeline::processor::world::{World, random_steps};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use std::time::Duration;

const SEED: u64 = 20_261_127;
const SETTINGS: &str = "commit_every_ms = 20\nallowed_lateness_s = 300\nsites = [\"sites\"]\n";
const SITES: usize = 9;
const PATIENCE: Duration = Duration::from_secs(120);

/// Sites that lie on every partition, with a file each; the first is that of the processor's own file.
fn sites(stage: &Stage) -> Vec<String> {
    let text = std::fs::read_to_string(e2e::recordings().join("svarstid.toml")).unwrap();
    let own = stage.config.site.id.clone();
    let folder = stage.machine.folder().join("sites");
    std::fs::create_dir(&folder).unwrap();
    let mut ids = vec![own.clone()];
    for id in (1..SITES).map(|n| format!("town-{n}")) {
        let named = text.replacen(&format!("id = \"{own}\""), &format!("id = \"{id}\""), 1);
        assert_ne!(named, text);
        std::fs::write(folder.join(format!("{id}.toml")), named).unwrap();
        ids.push(id);
    }
    let partitions = stage.config.kafka.partitions;
    let used: BTreeSet<i32> = ids.iter().map(|id| partition_of(id.as_bytes(), partitions)).collect();
    assert_eq!(used.len(), usize::try_from(partitions).unwrap(), "a partition has nothing to do");
    ids
}

/// Strange days at each of them.
fn events(sites: &[String]) -> Vec<(String, Vec<Event>)> {
    let of = |(number, site): (u64, &String)| {
        let mut events = World::events(&random_steps(SEED + number, 900));
        events.iter_mut().for_each(|event| event.origin.site = site.as_str().into());
        (site.clone(), events)
    };
    (0..).zip(sites).map(of).collect()
}

/// A few of every site in turn, until all are sent.
fn send(stage: &Stage, events: &[(String, Vec<Event>)]) {
    let output = |site: &String| EventOutput::new(&stage.kafka(), &stage.topics(), site).unwrap();
    let outputs: BTreeMap<&String, _> = events.iter().map(|(site, _)| (site, output(site))).collect();
    let records: Vec<_> = events.iter().map(|(site, events)| (site, feed::encoded(events))).collect();
    let longest = records.iter().map(|(_, records)| records.len()).max().unwrap();
    for from in (0..longest).step_by(10) {
        for (site, records) in &records {
            let some = records.iter().enumerate().skip(from).take(10);
            for (number, record) in some {
                assert!(outputs[site].0.send(OutputTopic::Events, number as u64, record).unwrap());
            }
        }
        outputs.values().for_each(|(output, _)| output.flush(PATIENCE).unwrap());
        std::thread::sleep(Duration::from_millis(60));
    }
}

#[test]
fn threads_and_processors_come_and_go_and_no_figure_changes() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let stage = Stage::new(SETTINGS);
    let events = events(&sites(&stage));
    let all: Vec<Event> = events.iter().flat_map(|(_, events)| events.iter().cloned()).collect();
    let expect = Seen::undisturbed(&stage.config, &all);
    assert!(expect.calls.len() > 1000 && expect.corrections.len() > 10);
    let process = |instance: &str, threads: &str| {
        stage.machine.spawn_as("PROCESSOR__INSTANCE", instance, &["process", "--threads", threads])
    };
    let last = std::thread::scope(|scope| {
        let feeding = scope.spawn(|| send(&stage, &events));
        let last = come_and_go(&process, &stage);
        feeding.join().unwrap();
        last
    });
    stage.wait_until_done(last);
    Seen::in_topics(&stage).check_equals(&expect);
    stage.every_transaction_is_whole();
    assert!(!stage.log().contains("\"level\":\"ERROR\""), "{}", stage.log());
}

/// One that stays for a while, one that joins and leaves, one that is killed, one that takes over; gives the last one.
fn come_and_go(process: &dyn Fn(&str, &str) -> Service, stage: &Stage) -> Service {
    let worked = |before: i64| {
        let began = std::time::Instant::now();
        while stage.progress().0 <= before {
            assert!(began.elapsed() < PATIENCE, "{}", stage.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        stage.progress().0
    };
    let first = process("one", "2");
    let done = worked(200);
    let second = process("two", "3");
    std::thread::sleep(Duration::from_secs(3));
    let done = worked(done);
    second.stop();
    let done = worked(done);
    let third = process("three", "1");
    std::thread::sleep(Duration::from_secs(3));
    let done = worked(done);
    third.kill();
    first.kill();
    let fourth = process("one", "4");
    worked(done);
    fourth
}
