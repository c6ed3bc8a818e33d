//! Whatever is done to a transaction in Kafka, the audit finds it, with its place.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use e2e::{Machine, recording};
use kafka::event_output::{EventOutput, OutputTopic};
use kafka::{Look, Settings, Topics, Transactions};
use pipeline::{Batch, CommitOutcome, Place, Record};
use serde_json::Value;
use std::ops::ControlFlow;
use std::time::Duration;
use wire::{Codec, Manifest, Written};

const PATIENCE: Duration = Duration::from_secs(180);
/// So many transactions are written, of so many events each.
const COPIED: usize = 12;
const EVENTS: usize = 20;
/// In the middle.
const BROKEN: usize = 5;

#[test]
fn what_is_done_to_a_transaction_is_found() {
    let machine = Machine::start();
    // An event that nobody can read, and below a message: the processor and the collector reject one each.
    write_events(&machine, &Topics { prefix: String::new() }, &[b"GET / HTTP/1.1".to_vec()]);
    let processor = machine.spawn(&["process"]);
    let garbled = machine.folder().join("garbled.txt");
    std::fs::write(&garbled, "Event: Newchannel\r\nnothing\r\n\r\n".to_owned() + &recording()).unwrap();
    machine.run(&["collect", "--replay", garbled.to_str().unwrap()]);
    let sink = machine.spawn(&["sink"]);
    machine.wait_for("SELECT count() FROM calls_latest WHERE is_final", "171", PATIENCE);
    processor.stop();
    sink.stop();
    let original = Original::read(&machine);
    as_it_is_everything_is_whole(&machine, &original);
    let copies = Copies::new(&machine, &original);
    copies.that_are_whole();
    copies.that_are_torn();
    copies.that_lost_something();
    copies.that_are_doubled();
    copies.that_do_not_cover_the_events();
}

/// What is in the partition of the site, and its records as if so many transactions had written them.
struct Original {
    partition: i32,
    events: Vec<Vec<u8>>,
    transactions: Vec<Transaction>,
    /// How many transactions there really are.
    count: usize,
}

#[derive(Clone)]
struct Transaction {
    manifest: Manifest,
    records: Vec<Record>,
}

impl Original {
    fn read(machine: &Machine) -> Self {
        let topics = Topics { prefix: String::new() };
        let partition = (0..4).find(|n| !read(machine, &topics.manifests(), *n).is_empty()).unwrap();
        let events = read(machine, &topics.call_events(), partition);
        let codec = Codec::built_in().unwrap();
        let mut calls = read(machine, &topics.calls(), partition).into_iter();
        let mut windows = read(machine, &topics.kpi_windows(), partition).into_iter();
        let mut rejected = read(machine, &topics.rejected(), partition).into_iter();
        let made = (0..COPIED).map(|at| {
            let first = i64::try_from(at * EVENTS).unwrap();
            let mut one = Transaction {
                manifest: Manifest {
                    sequence: at as u64 + 1,
                    first_offset: first,
                    next_offset: first + i64::try_from(EVENTS).unwrap(),
                    used: EVENTS as u64,
                    ..Manifest::default()
                },
                records: Vec::new(),
            };
            one.put(Place::Calls, partition, calls.by_ref().take(1 + at % 3));
            one.put(Place::Windows, partition, windows.by_ref().take(2 + at % 2));
            let of_processor =
                |(_, value): &(_, Vec<u8>)| &*codec.decode_rejected(value).unwrap().stage == "processor";
            one.put(Place::Rejected, partition, rejected.by_ref().filter(of_processor).take(1));
            one.manifest.used -= one.manifest.rejected.records;
            one
        });
        let transactions = made.collect();
        let events = events.into_iter().map(|(_, value)| value).collect();
        let count = read(machine, &topics.manifests(), partition).len();
        Self { partition, events, transactions, count }
    }
}

impl Transaction {
    fn put(&mut self, place: Place, partition: i32, records: impl Iterator<Item = (Vec<u8>, Vec<u8>)>) {
        let written = match place {
            Place::Calls => &mut self.manifest.calls,
            Place::Windows => &mut self.manifest.windows,
            _ => &mut self.manifest.rejected,
        };
        for (key, value) in records {
            *written = written.and(Written::one(&key, &value));
            self.records.push(Record { place, partition, key, value: Some(value) });
        }
    }
}

fn read(machine: &Machine, topic: &str, partition: i32) -> Vec<(Vec<u8>, Vec<u8>)> {
    let look = Look::into(&Settings::new(machine.brokers(), "tests"), topic).unwrap();
    let mut records = Vec::new();
    look.read(partition, look.span(partition).unwrap(), |seen| {
        records.push((seen.key.to_vec(), seen.value.unwrap().to_vec()));
        ControlFlow::Continue(())
    })
    .unwrap();
    records
}

fn as_it_is_everything_is_whole(machine: &Machine, original: &Original) {
    let (code, report, check) = audit(machine, "");
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(check["judged"]["transactions"], original.count);
    assert_eq!(check["judged"]["events"], original.events.len());
    let of = |topic: &str| {
        let checks = report["checks"].as_array().unwrap().iter();
        let judged = checks.filter(|one| one["of"] == topic && one["invariant"] == "nothing_vanishes");
        judged.map(|one| one["judged"]["records"].as_u64().unwrap()).sum::<u64>()
    };
    // All that there is, but for what the collector rejected.
    assert_eq!(of("rejected"), 2);
    assert_eq!(check["judged"]["records"], of("calls") + of("kpi-windows") + 1);
    let from = &check["judged_from"][0];
    assert_eq!((&from["transaction"], &from["offset"]), (&Value::from(1), &Value::from(0)), "{check:#}");
}

/// Everything again under another prefix, once for each break of one transaction.
struct Copies<'a> {
    machine: &'a Machine,
    original: &'a Original,
    broken: Manifest,
    /// How it is called; `PREFIX` stands for the topics' prefix.
    name: String,
    /// Beginnings of places: its events, and the partition in each topic.
    events: String,
    calls: String,
    windows: String,
}

impl<'a> Copies<'a> {
    fn new(machine: &'a Machine, original: &'a Original) -> Self {
        let broken = original.transactions[BROKEN].manifest;
        let partition = original.partition;
        let events = format!("call-events/{partition}/{}..{}", broken.first_offset, broken.next_offset);
        Self {
            machine,
            original,
            broken,
            name: format!("transaction {} (PREFIX{events})", broken.sequence),
            events,
            calls: format!("calls/{partition}"),
            windows: format!("kpi-windows/{partition}/"),
        }
    }

    /// Spoils one and audits it: these places must be found, with this said of each, and nothing else.
    fn check(&self, prefix: &str, spoil: &dyn Fn(&mut Vec<Transaction>), expect: &[(&str, &str)]) -> Value {
        let mut transactions = self.original.transactions.clone();
        spoil(&mut transactions);
        copy(self.machine, self.original, prefix, &transactions);
        let (code, report, check) = audit(self.machine, prefix);
        assert_eq!(code, i32::from(!expect.is_empty()), "{prefix}: {report:#}");
        let findings = check["findings"].as_array().unwrap().iter();
        let found: Vec<_> =
            findings.map(|one| (one["where"].as_str().unwrap(), one["what"].as_str().unwrap())).collect();
        assert_eq!(found.len(), expect.len(), "{prefix}: {found:#?}");
        for ((place, what), (expect_place, expect_what)) in found.iter().zip(expect) {
            let expect_place = format!("{prefix}{expect_place}");
            let expect_what = expect_what.replace("PREFIX", prefix);
            assert!(place.starts_with(&expect_place), "{prefix}: {place} is not in {expect_place}");
            assert!(what.starts_with(&expect_what), "{prefix}: {what} is not {expect_what}");
        }
        check
    }

    fn that_are_whole(&self) {
        let whole = self.check("whole-", &|_| {}, &[]);
        assert_eq!(whole["judged"]["transactions"], COPIED);
        // As if the topic were newer than the others.
        let without_first =
            |all: &mut Vec<Transaction>| all[..BROKEN].iter_mut().for_each(|one| one.manifest.sequence = 0);
        let upgraded = self.check("upgraded-", &without_first, &[]);
        assert_eq!(upgraded["judged_from"][0]["transaction"], self.broken.sequence, "{upgraded:#}");
    }

    fn that_are_torn(&self) {
        let torn = format!("torn: no manifest tells of these {} records", self.broken.calls.records);
        let torn = [(&*self.calls, &*torn), (&self.windows, "torn: no manifest tells of these ")];
        let others = |record: &mut Record| record.value.as_mut().unwrap().push(0);
        self.check("torn-", &|all| all.insert(BROKEN, foreign(&all[BROKEN], others)), &torn);
        let skipped = format!("skipped: no transaction covers these {} events", self.broken.events());
        let expect = [
            (&*self.events, "lost: 1 manifests, those of transactions "),
            torn[0],
            torn[1],
            (&self.events, &skipped),
        ];
        self.check("unmanifested-", &|all| all[BROKEN].manifest.sequence = 0, &expect);
        // One is lost, and another comes twice: as many records as are told.
        let swap = |all: &mut Vec<Transaction>| {
            let records = &mut all[BROKEN].records;
            let first = records.iter().position(|record| record.place == Place::Windows).unwrap();
            records[first + 1] = records[first].clone();
        };
        let told = self.broken.windows.records;
        let expect = format!("torn: {} tells of other {told} records than these", self.name);
        self.check("swapped-", &swap, &[(&self.windows, &expect)]);
    }

    fn that_lost_something(&self) {
        let told = self.broken.calls.records;
        let expect = format!("lost: {} tells of {told} records here, none is there", self.name);
        let lose = |all: &mut Vec<Transaction>| {
            all[BROKEN].records.retain(|record| record.place != Place::Calls);
        };
        self.check("lost-", &lose, &[(&self.calls, &expect)]);
        let output = self.machine.answer(&["audit"], &[("SVARSTID_KAFKA__TOPIC_PREFIX", "lost-")]);
        let page = String::from_utf8(output.stdout).unwrap();
        assert!(page.contains("transactions_whole does not hold"), "{page}");
        assert!(page.contains("What to do: Kafka has lost"), "{page}");
    }

    fn that_are_doubled(&self) {
        let (name, told) = (&self.name, self.broken.calls.records);
        let twice = format!("doubled: the {told} records of {name} come a second time");
        let twice = [(&*self.calls, &*twice), (&self.windows, "doubled: the ")];
        self.check("doubled-", &|all| all.insert(BROKEN + 2, foreign(&all[BROKEN], |_| {})), &twice);
        let manifest = format!("doubled: the manifest of {name} comes twice");
        let expect = [("manifests/", &*manifest), twice[0], twice[1]];
        self.check("repeated-", &|all| all.insert(BROKEN + 1, all[BROKEN].clone()), &expect);
    }

    /// A processor that left events out, and one that tells of more than there are.
    fn that_do_not_cover_the_events(&self) {
        let events = self.broken.events();
        let expect = format!("skipped: no transaction covers these {events} events");
        let skip = |all: &mut Vec<Transaction>| {
            all.remove(BROKEN);
            all[BROKEN..].iter_mut().for_each(|one| one.manifest.sequence -= 1);
        };
        self.check("skipped-", &skip, &[(&self.events, &expect)]);
        let expect = format!("lost: {} tells of {} events, {events} are there", self.name, events + 1);
        self.check("miscounted-", &|all| all[BROKEN].manifest.used += 1, &[(&self.events, &expect)]);
    }
}

/// Its records without their manifest, each changed somehow.
fn foreign(one: &Transaction, change: impl Fn(&mut Record)) -> Transaction {
    let mut foreign = one.clone();
    foreign.manifest.sequence = 0;
    foreign.records.iter_mut().for_each(change);
    foreign
}

/// Writes topics of their own. A manifest with sequence 0 is left out.
fn copy(machine: &Machine, original: &Original, prefix: &str, transactions: &[Transaction]) {
    let topics = Topics { prefix: prefix.to_owned() };
    let end = usize::try_from(original.transactions[COPIED - 1].manifest.next_offset).unwrap();
    write_events(machine, &topics, &original.events[..end]);
    let settings = Settings::new(machine.brokers(), "tests");
    let codec = Codec::built_in().unwrap();
    let producer = Transactions::open(&settings, &topics, prefix).unwrap();
    for Transaction { manifest, records } in transactions {
        let mut records = records.clone();
        if manifest.sequence > 0 {
            let (place, partition) = (Place::Manifests, original.partition);
            let value = Some(codec.encode_manifest(manifest).unwrap());
            records.push(Record { place, partition, key: b"0".to_vec(), value });
        }
        if records.is_empty() {
            continue;
        }
        let outcome = producer.commit(&Batch { records, ..Batch::default() }, None);
        assert!(matches!(outcome, CommitOutcome::Committed), "{outcome:?}");
    }
}

/// As the collector does; makes the topics.
fn write_events(machine: &Machine, topics: &Topics, events: &[Vec<u8>]) {
    let settings = Settings::new(machine.brokers(), "tests");
    let ensured = kafka::ensure_topics(&settings, topics, 4, 1);
    tokio::runtime::Runtime::new().unwrap().block_on(ensured).unwrap();
    let (output, acknowledged) = EventOutput::new(&settings, topics, "falkenberg").unwrap();
    for (number, event) in (0..).zip(events) {
        assert!(output.send(OutputTopic::Events, number, event).unwrap());
    }
    output.flush(Duration::from_secs(60)).unwrap();
    assert!(acknowledged.try_iter().all(|(_, result)| result.is_ok()));
}

/// The exit code, the report, and what it says of transactions.
fn audit(machine: &Machine, prefix: &str) -> (i32, Value, Value) {
    let output = machine.answer(&["audit", "--json"], &[("SVARSTID_KAFKA__TOPIC_PREFIX", prefix)]);
    assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|one| one["invariant"] == "transactions_whole").unwrap().clone();
    (output.status.code().unwrap(), report, check)
}
