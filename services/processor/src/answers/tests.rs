use super::*;
use call::{Call, Cause, CauseKind, DialledKind, Direction, NotDiverted, Outcome, Pass, PassResult};

const CONFIG: &str = r#"
[site]
id = "town"
name = "Town"
time_zone = "Europe/Stockholm"
[numbers]
country_code = "46"
extensions = ["9001-9003"]
[[numbers.pseudonym_keys]]
epoch = 1
hex = "0101010101010101010101010101010101010101010101010101010101010101"
[[queues]]
name = "switchboard"
kind = "operator"
members = ["9001-9003"]
[[queues]]
name = "school"
kind = "group"
[[opening_hours]]
queues = ["switchboard"]
days = "mon-fri"
from = "08:00"
to = "16:30"
[[targets]]
name = "site"
answer_within_s = 20
share = 0.8
[[targets]]
name = "board"
queue = "switchboard"
answer_within_s = 20
share = 0.8
[[units]]
name = "School"
[pbx]
make = "asterisk"
node = "a"
trunks = ["trunk"]
"#;
/// Friday 2026-03-27 15:29:30 UTC, when clocks in Stockholm show half a minute to half past four in the afternoon.
const FRIDAY_US: i64 = 1_774_625_370_000_000;

fn watched() -> Watched {
    let config = config::parse(CONFIG).unwrap();
    Watched::new(std::iter::once(&config)).unwrap()
}

/// Of a call that stood in a queue for so long.
fn served(queue: &str, wait_s: i64, result: PassResult, at_us: i64) -> Vec<Served> {
    let joined_us = at_us - wait_s * 1_000_000;
    let pass = Pass {
        queue: queue.into(),
        unit: None,
        joined_us,
        wait_us: Some(wait_s * 1_000_000),
        result,
        answered_by: None,
        cause: None,
        overtook: 0,
        overtaken_us: None,
    };
    let is_answered = result == PassResult::Answered;
    let call = Call {
        site: "town".into(),
        direction: Direction::External,
        arrived_us: joined_us,
        outcome: if is_answered { Outcome::Answered } else { Outcome::Abandoned },
        answered_us: is_answered.then_some(at_us),
        ended_us: (!is_answered).then_some(at_us),
        passes: vec![pass],
        ..Call::unknown("town")
    };
    kpi::Told::default().news(&call, kpi::Cadence { seconds: 6 })
}

/// The lines of a metric.
fn lines(all: &telemetry::Metrics, name: &str) -> Vec<String> {
    let text = all.text().unwrap();
    let lines = text.lines().filter(|line| line.starts_with(&format!("svarstid_processor_{name}")));
    lines.map(|line| line.trim_start_matches("svarstid_processor_").to_owned()).collect()
}

#[test]
fn targets_count_what_they_are_about() {
    let all = telemetry::Metrics::new().unwrap();
    let metrics = all.processor().unwrap().answers;
    let watched = watched();
    watched.begin(&metrics);
    assert_eq!(
        lines(&all, "target_presented")[0],
        "target_presented_total{site=\"town\",target=\"board\"} 0"
    );
    let now_us = 2_000_000_000;
    for served in [
        served("switchboard", 10, PassResult::Answered, now_us),
        served("switchboard", 40, PassResult::Answered, now_us),
        served("switchboard", 5, PassResult::Abandoned, now_us),
        served("elsewhere", 3, PassResult::Answered, now_us),
        served("switchboard", 3, PassResult::Answered, now_us - LATE_US - 1),
    ] {
        served.iter().for_each(|served| watched.count(&metrics, served, now_us));
    }
    let found: Vec<String> =
        ["target_presented", "target_answered", "target_lost", "target_late", "external"]
            .into_iter()
            .flat_map(|name| lines(&all, name))
            .collect();
    assert_eq!(
        found,
        [
            "target_presented_total{site=\"town\",target=\"board\"} 3",
            "target_presented_total{site=\"town\",target=\"site\"} 4",
            "target_answered_within_total{site=\"town\",target=\"board\"} 1",
            "target_answered_within_total{site=\"town\",target=\"site\"} 2",
            "target_lost_total{site=\"town\",target=\"board\"} 1",
            "target_lost_total{site=\"town\",target=\"site\"} 1",
            "target_late_total{site=\"town\"} 2",
            "external_calls_total{site=\"town\"} 4",
        ]
    );
    let counts: Vec<String> =
        lines(&all, "answer_time").into_iter().filter(|line| line.contains("_count")).collect();
    assert_eq!(
        counts,
        [
            "answer_time_seconds_count{queue=\"other\",site=\"town\"} 1",
            "answer_time_seconds_count{queue=\"school\",site=\"town\"} 0",
            "answer_time_seconds_count{queue=\"switchboard\",site=\"town\"} 3",
        ],
        "queues that nobody configured share one label"
    );
}

#[test]
fn open_goes_by_the_clock_on_the_wall() {
    let all = telemetry::Metrics::new().unwrap();
    let metrics = all.processor().unwrap().answers;
    let open = |at_us: i64| {
        watched().show_open(&metrics, at_us);
        lines(&all, "open{").into_iter().map(|line| line.ends_with('1')).collect::<Vec<_>>()
    };
    assert_eq!(open(FRIDAY_US), [true, true], "school has no hours: always");
    assert_eq!(open(FRIDAY_US + 60_000_000), [true, false]);
    // the Monday after, clocks have been put forward meanwhile
    assert_eq!(open(FRIDAY_US + 3 * 86_400_000_000), [true, false]);
    assert_eq!(open(FRIDAY_US + 3 * 86_400_000_000 - 3_600_000_000), [true, true]);
}

#[test]
fn calls_to_direct_numbers_count_by_unit() {
    let all = telemetry::Metrics::new().unwrap();
    let metrics = all.processor().unwrap().answers;
    let watched = watched();
    watched.begin(&metrics);
    let now_us = 2_000_000_000_000;
    let call = |unit: &str, cause: Option<Cause>, ended_us: i64| Call {
        site: "town".into(),
        direction: Direction::External,
        dialled_kind: DialledKind::Direct,
        unit: Some(unit.into()),
        outcome: Outcome::Abandoned,
        operator_cause: cause,
        ended_us: Some(ended_us),
        ..Call::unknown("town")
    };
    let not_diverted = Some(Cause {
        kind: CauseKind::NotDiverted,
        not_diverted: Some(NotDiverted::NoAnswer),
        reason: None,
        after_transfer: false,
    });
    for call in [
        call("School", None, now_us),
        call("School", not_diverted.clone(), now_us - LATE_FOR_WEEK_US),
        call("School", not_diverted.clone(), now_us - LATE_FOR_WEEK_US - 1),
        call("Made up by a PBX", not_diverted, now_us),
        Call { dialled_kind: DialledKind::Main, ..call("School", None, now_us) },
    ] {
        let served = kpi::Told::default().news(&call, kpi::Cadence { seconds: 6 });
        served.iter().for_each(|served| watched.count(&metrics, served, now_us));
    }
    let found = [lines(&all, "direct_calls"), lines(&all, "undiverted_calls")].concat();
    assert_eq!(
        found,
        [
            "direct_calls_total{site=\"town\",unit=\"School\"} 2",
            "direct_calls_total{site=\"town\",unit=\"other\"} 1",
            "undiverted_calls_total{site=\"town\",unit=\"School\"} 1",
            "undiverted_calls_total{site=\"town\",unit=\"other\"} 1",
        ]
    );
}
