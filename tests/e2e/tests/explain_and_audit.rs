//! What the running system says of a call is what the recording says of it; and whatever is broken in the tables is found.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod sink_support;

use e2e::{Machine, recording, recordings};
use pipeline::{Polled, Ranges as _, Source as _};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(180);
/// Fell to the operator; gave up; came to a mailbox; was handed over.
const CALLS: [&str; 4] = [
    "call_id = 'falkenberg/pbx-B-1795472508.23'",
    "call_id = 'falkenberg/pbx-B-1795472488.14'",
    "outcome = 'voicemail'",
    "transfers > 0 AND length(passes) > 0",
];

#[test]
fn explained_and_audited() {
    let machine = Machine::start();
    let processor = machine.spawn(&["process"]);
    let sink = machine.spawn(&["sink"]);
    // A message that cannot be used, so that something is rejected.
    let garbled = machine.folder().join("garbled.txt");
    std::fs::write(&garbled, recording() + "Event: Newchannel\r\nnothing\r\n\r\n").unwrap();
    machine.run(&["collect", "--replay", garbled.to_str().unwrap()]);
    machine.wait_for("SELECT count() FROM calls_latest WHERE is_final", "171", PATIENCE);
    machine.wait_for("SELECT count() FROM rejected FINAL", "1", PATIENCE);

    every_call_is_told_as_the_recording_tells_it(&machine);
    calls_are_found_as_a_person_looks_for_them(&machine);
    what_is_not_there_is_said(&machine);
    all_that_always_holds_holds(&machine);
    what_is_broken_is_found(&machine);
    sink.stop();
    what_is_on_its_way_is_not_judged(&machine);
    processor.stop();
    what_is_said_to_be_done_helps(&machine);
}

fn every_call_is_told_as_the_recording_tells_it(machine: &Machine) {
    let file = recordings().join("ami.raw.txt.gz");
    let one = |condition: &str| {
        machine
            .ask(&format!("SELECT call_id FROM calls_latest WHERE {condition} ORDER BY arrived_at LIMIT 1"))
    };
    for condition in CALLS {
        let call = one(condition);
        let of_file = said(machine, &["explain", &call, file.to_str().unwrap()]);
        let of_events = said(machine, &["explain", "--from", "events", &call]);
        assert_eq!(lines(&of_events, "  offset "), lines(&of_file, "  byte "), "{call}");
        assert!(of_events.contains("The events give what the table says."), "{of_events}");
        let of_table = said(machine, &["explain", "--from", "table", &call]);
        assert_eq!(concluded(&of_table), concluded(&of_file), "{call}: {of_table}");
        // Who, when, and the verdict.
        assert_eq!(of_table.lines().take(3).collect::<Vec<_>>(), of_file.lines().take(3).collect::<Vec<_>>());
        assert!(of_table.contains("(final), from topic calls, partition "), "{of_table}");
        let both = said(machine, &["explain", &call]);
        assert!(both.contains(of_table.trim()) && both.contains("As its events tell it"), "{both}");
        let json: Value = serde_json::from_str(&said(machine, &["explain", "--json", &call])).unwrap();
        assert_eq!(json["call"]["call_id"], call.as_str());
        let events = json["events"]["sources"][0]["lines"].as_array().unwrap();
        assert_eq!(
            events.len(),
            lines(&of_file, "  byte ").iter().filter(|line| !line.contains('→')).count()
        );
    }
}

/// Every event and every statement, without its place.
fn lines<'a>(page: &'a str, place: &str) -> Vec<&'a str> {
    page.lines()
        .filter(|line| line.contains('→') || line.contains(place))
        .map(|line| line.rsplit_once(place).map_or(line, |(told, _)| told).trim())
        .collect()
}

/// What is said of each field, pass and ringing in the end.
fn concluded(page: &str) -> BTreeMap<String, String> {
    const FIELDS: [&str; 17] = [
        "direction",
        "dialled number",
        "sought",
        "unit",
        "outcome",
        "reach",
        "final reach",
        "lost stage",
        "operator cause",
        "answered by",
        "answer time",
        "ring time",
        "message left",
        "transfers",
        "asked for",
        "left on hold",
        "partial",
    ];
    let mut concluded = BTreeMap::new();
    for line in page.lines().filter_map(|line| line.trim().strip_prefix("→ ")) {
        if let Some((what, said)) = line.split_once(": ").filter(|(what, _)| !what.contains(';')) {
            concluded.insert(what.to_owned(), said.to_owned());
            continue;
        }
        for said in line.split("; ") {
            let field = FIELDS.into_iter().find(|field| said.starts_with(&format!("{field} "))).unwrap();
            let value = said[field.len()..].trim();
            if value == "no more" {
                concluded.remove(field);
            } else {
                concluded.insert(field.to_owned(), value.to_owned());
            }
        }
    }
    assert!(concluded.len() > 5, "{page}");
    concluded
}

fn calls_are_found_as_a_person_looks_for_them(machine: &Machine) {
    let call = "falkenberg/pbx-B-1795472508.23";
    for handle in [call, "pbx-B-1795472508.23", "1795472508.23"] {
        assert!(said(machine, &["explain", "--from", "table", handle]).starts_with(call), "{handle}");
    }
    let of_pseudonym = said(machine, &["explain", "--caller", "e1-44962a5f…"]);
    assert!(of_pseudonym.contains(call) && of_pseudonym.lines().count() == 1, "{of_pseudonym}");
    let of_own = said(machine, &["explain", "--caller", "4101", "--around", "2026-11-23 22:55"]);
    assert_eq!(of_own.lines().count(), 2, "{of_own}");
    let first = "falkenberg/pbx-B-1795472568.105";
    assert!(of_own.contains(first), "{of_own}");
    let page = said(machine, &["explain", "--from", "table", first]);
    let (_, others) = page.split_once("The same caller, within a day\n").unwrap();
    assert!(others.contains("4101 calls 9") && !others.contains(first), "{page}");
}

fn what_is_not_there_is_said(machine: &Machine) {
    let refused = |arguments: &[&str], environment: &[(&str, &str)], code: i32, says: &str| {
        let output = machine.answer(arguments, environment);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(says) && output.stdout.is_empty(), "{arguments:?}: {stderr}");
    };
    refused(&["explain", "pbx-B-1795472509.99"], &[], 1, "arrived: falkenberg/pbx-B-1795472508.23");
    refused(
        &["explain", "nobody"],
        &[],
        1,
        "`svarstid explain --caller NUMBER --around TIME` looks for calls",
    );
    refused(&["explain", "3"], &[], 1, "more than 10 calls have ids that end in 3");
    refused(&["explain", "--caller", "0701740605"], &[], 1, "no call of 0701740605; the site's own numbers");
    let nobody = [("SVARSTID_CLICKHOUSE__URL", "http://127.0.0.1:9")];
    refused(
        &["explain", "nobody"],
        &nobody,
        69,
        "the running system cannot be asked: ClickHouse at http://127.0.0.1:9",
    );
    refused(&["audit"], &nobody, 69, "the running system cannot be asked: ClickHouse at http://127.0.0.1:9");
    // Topics that hold nothing: as if retention had taken everything.
    let topics = kafka::Topics { prefix: "empty-".into() };
    let settings = kafka::Settings::new(machine.brokers(), "tests");
    run(kafka::ensure_topics(&settings, &topics, 4, 1)).unwrap();
    let output = machine.answer(&["explain", "1795472508.23"], &[("SVARSTID_KAFKA__TOPIC_PREFIX", "empty-")]);
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(
        page.contains("outcome answered") && page.contains("Kafka has no events of this call: "),
        "{page}"
    );
}

fn all_that_always_holds_holds(machine: &Machine) {
    let audit = audit(machine, &[], "svarstid");
    assert_eq!(audit.code, 0, "{:#}", audit.report);
    assert_eq!(audit.broken(), BTreeSet::new());
    let judged = |of: &str| audit.of(of)["judged"].clone();
    assert_eq!(audit.check("one_outcome", "calls")["judged"]["calls"], 171);
    assert_eq!(judged("call-events")["events"], judged("call-events")["used"]);
    let panes = &audit.check("calls_conserved", "kpi = calls_latest")["judged"]["panes"];
    assert!(panes.as_u64().unwrap() > 100, "{panes}");
    assert_eq!(judged("rejected")["rows"], 1);
    assert_eq!(audit.report["rejected_by_stage"]["collector"], 1);
    let table = said(machine, &["audit"]);
    assert!(table.contains("nothing_vanishes") && table.contains("1 by the collector"), "{table}");
    // Another day, another site: nothing to judge, and so nothing found.
    let none = |arguments: &[&str]| {
        let report = audit_of(machine, arguments, &[]).report;
        assert_eq!(report["checks"][0]["judged"]["panes"], 0, "{report:#}");
    };
    none(&["--from", "2026-11-25"]);
    none(&["--to", "2026-11-20"]);
    none(&["--site", "elsewhere"]);
}

fn what_is_broken_is_found(machine: &Machine) {
    let of_call = "call_id = 'falkenberg/pbx-B-1795472508.23'";
    let check = |database: &str, breaks: &str, expect: &[&str], place: &str| {
        copy(machine, database);
        assert_eq!(audit(machine, &[], database).code, 0, "a copy is as good");
        if breaks.starts_with("ALTER") {
            // A mutation is a kind of merge.
            assert_eq!(machine.ask(&format!("SYSTEM START MERGES {database}.calls")), "");
        }
        assert_eq!(machine.ask(&breaks.replace("DB.", &format!("{database}."))), "");
        let audit = audit(machine, &[], database);
        assert_eq!(audit.code, 1, "{breaks}");
        assert_eq!(audit.broken(), expect.iter().map(|id| (*id).to_owned()).collect(), "{:#}", audit.report);
        assert!(audit.report.to_string().contains(place), "{place}: {:#}", audit.report);
    };
    check(
        "deleted",
        &format!("ALTER TABLE DB.calls DELETE WHERE {of_call} SETTINGS mutations_sync = 1"),
        &["calls_conserved", "passes_conserved", "nothing_vanishes"],
        "the record is in Kafka and not in ClickHouse",
    );
    a_missing_record_names_its_transaction(machine, "deleted");
    check(
        "doubled",
        &format!(
            "INSERT INTO DB.calls SELECT * REPLACE (kafka_offset + 1000000 AS kafka_offset) FROM DB.calls WHERE {of_call}"
        ),
        &["one_outcome", "nothing_vanishes"],
        "comes from 2 places in Kafka",
    );
    check(
        "revised",
        "INSERT INTO DB.kpi_windows SELECT * REPLACE (revision + 1 AS revision, calls_answered - 1 AS calls_answered,
            calls_abandoned + 1 AS calls_abandoned)
        FROM DB.kpi_windows FINAL WHERE dimension = 'site' AND calls_answered > 0 LIMIT 1",
        &["calls_conserved", "nothing_vanishes"],
        "calls_abandoned is ",
    );
    check(
        "shortened",
        &format!(
            "ALTER TABLE DB.calls UPDATE passes = arrayPopBack(passes) WHERE {of_call} SETTINGS mutations_sync = 1"
        ),
        &["passes_conserved"],
        "queue vaxel, external, minute 2026-11-23 23:21:00 CET",
    );
    let part = |id: &str, of: &str| {
        format!(
            "INSERT INTO DB.calls SELECT * REPLACE ('falkenberg/{id}' AS call_id, 'falkenberg/{of}' AS merged_into)
            FROM (SELECT * FROM DB.calls WHERE {of_call} LIMIT 1)"
        )
    };
    check(
        "orphaned",
        &part("part", "gone"),
        &["one_outcome", "nothing_vanishes"],
        "is a part of falkenberg/gone, which is not there",
    );
    assert_eq!(machine.ask(&part("other", "pbx-B-1795472508.23").replace("DB.", "orphaned.")), "");
    let explained = |id: &str| {
        machine.answer(&["explain", "--from", "table", id], &[("SVARSTID_CLICKHOUSE__DATABASE", "orphaned")])
    };
    let page = String::from_utf8(explained("falkenberg/other").stdout).unwrap();
    let whole = "falkenberg/pbx-B-1795472508.23\nfalkenberg/other turned out to be a part of it\nexternal: ";
    assert!(page.starts_with(whole), "{page}");
    let refused = String::from_utf8(explained("falkenberg/part").stderr).unwrap();
    assert!(
        refused.contains("falkenberg/gone, which falkenberg/part is a part of, is not there"),
        "{refused}"
    );
}

fn a_missing_record_names_its_transaction(machine: &Machine, database: &str) {
    let report = audit(machine, &[], database).report;
    let checks = report["checks"].as_array().unwrap().iter();
    let mut places = checks.filter_map(|check| check["findings"][0]["where"].as_str());
    let place = places.find(|place| place.starts_with("calls/")).unwrap();
    assert!(place.contains(", of transaction ") && place.contains(" (call-events/"), "{report:#}");
}

/// The sink is stopped; calls come and go on.
fn what_is_on_its_way_is_not_judged(machine: &Machine) {
    let begun = recording().replace("pbx-B-1795", "pbx-B-1695");
    let half = begun.match_indices("\r\n\r\n").nth(9000).unwrap().0 + 4;
    let live = machine.folder().join("live.txt");
    std::fs::write(&live, &begun[..half]).unwrap();
    // Its clock is ahead of Kafka's: what is written happens only next year.
    let shift = ["--shift-to", "2027-11-23T08:00:00Z"];
    machine.run(&[&["collect", "--replay", live.to_str().unwrap()], &shift[..]].concat());
    let wait = |done: &dyn Fn(&Audit) -> bool| {
        for _ in 0..40 {
            let audit = audit(machine, &[], "svarstid");
            assert_eq!(audit.code, 0, "{:#}", audit.report);
            if done(&audit) {
                return;
            }
        }
        assert!(done(&audit(machine, &[], "svarstid")), "it does not come to rest");
    };
    let waiting = |audit: &Audit, of: &str| audit.of(of)["on_the_way"]["records"].as_u64().unwrap();
    let events_waiting = |audit: &Audit| audit.of("call-events")["on_the_way"]["events"].as_u64().unwrap();
    wait(&|audit| {
        events_waiting(audit) == 0 && waiting(audit, "calls") > 10 && waiting(audit, "kpi-windows") > 10
    });
    let sink = machine.spawn(&["sink"]);
    wait(&|audit| waiting(audit, "calls") == 0 && waiting(audit, "kpi-windows") == 0);
    sink.stop();
    let alive =
        machine.ask("SELECT call_id FROM calls_latest WHERE NOT is_final ORDER BY arrived_at LIMIT 1");
    let page = said(machine, &["explain", &alive]);
    assert!(page.contains("(not over yet)"), "{page}");
    assert!(page.contains("The events give what the table says."), "{page}");
}

/// A removed call comes back when everything is done as the audit says.
fn what_is_said_to_be_done_helps(machine: &Machine) {
    let remove = "ALTER TABLE calls DELETE WHERE call_id = 'falkenberg/pbx-B-1795472508.23' SETTINGS mutations_sync = 1";
    assert_eq!(machine.ask(remove), "");
    let report = audit(machine, &[], "svarstid").report.to_string();
    let (_, told) = report.split_once("set group ").unwrap();
    let mut words = told.split([' ', '`']);
    let (group, of, place) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let (topic, partition) = place.split_once('/').unwrap();
    let offset = words.find_map(|word| word.trim_end_matches(',').parse::<i64>().ok()).unwrap();
    assert_eq!((of, topic), ("of", "calls"), "{told}");
    set_back(machine, group, topic, partition.parse().unwrap(), offset);
    assert!(told.contains("raise `[sink] epoch` to 2"), "{told}");
    let config = std::fs::read_to_string(machine.config()).unwrap() + "\n[sink]\nepoch = 2\n";
    std::fs::write(machine.config(), config).unwrap();
    let sink = machine.spawn(&["sink"]);
    let found = "SELECT count() FROM calls_latest WHERE call_id = 'falkenberg/pbx-B-1795472508.23'";
    machine.wait_for(found, "1", PATIENCE);
    // When it is stopped it has finished what it read.
    sink.stop();
    let audit = audit(machine, &[], "svarstid");
    assert_eq!(audit.code, 0, "{:#}", audit.report);
    assert_eq!(audit.of("calls")["on_the_way"]["records"], 0);
}

/// What Kafka's own tools do with `--reset-offsets`.
fn set_back(machine: &Machine, group: &str, topic: &str, partition: i32, offset: i64) {
    let settings = kafka::Settings::new(machine.brokers(), "tests");
    let mut member = kafka::Member::join(&settings, group, "tests", topic).unwrap();
    loop {
        match member.poll(Duration::from_millis(100)).unwrap() {
            Polled::Assigned(partitions) if partitions.contains(&partition) => break,
            _ => {}
        }
    }
    member.mark_done(partition, offset).unwrap();
}

struct Audit {
    code: i32,
    report: Value,
}

impl Audit {
    /// Ids of what does not hold.
    fn broken(&self) -> BTreeSet<String> {
        let checks = self.report["checks"].as_array().unwrap().iter();
        let broken = checks.filter(|check| check["holds"] == false);
        broken.map(|check| check["invariant"].as_str().unwrap().to_owned()).collect()
    }

    /// The check of an invariant over one thing.
    fn check(&self, invariant: &str, of: &str) -> &Value {
        let mut checks = self.report["checks"].as_array().unwrap().iter();
        checks.find(|check| check["invariant"] == invariant && check["of"] == of).unwrap()
    }

    /// Nothing vanishes from a topic.
    fn of(&self, topic: &str) -> &Value {
        self.check("nothing_vanishes", topic)
    }
}

fn audit(machine: &Machine, arguments: &[&str], database: &str) -> Audit {
    audit_of(machine, arguments, &[("SVARSTID_CLICKHOUSE__DATABASE", database)])
}

fn audit_of(machine: &Machine, arguments: &[&str], environment: &[(&str, &str)]) -> Audit {
    let output = machine.answer(&[&["audit", "--json"], arguments].concat(), environment);
    assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_slice(&output.stdout).unwrap();
    Audit { code: output.status.code().unwrap(), report }
}

fn said(machine: &Machine, arguments: &[&str]) -> String {
    let output = machine.answer(arguments, &[]);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// All tables in a database of their own.
fn copy(machine: &Machine, database: &str) {
    run(sink_support::machine::store(machine, database));
    for table in ["calls", "kpi_windows", "kpi_corrections", "rejected"] {
        assert_eq!(
            machine.ask(&format!("INSERT INTO {database}.{table} SELECT * FROM svarstid.{table}")),
            ""
        );
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}
