//! Metric names: Prometheus' conventions, and the list in the docs.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use telemetry::Metrics;
use telemetry::metrics::{Definition, Kind};

/// What a gauge's name may end with: a base unit, or the things that are counted, or a state that is 0 or 1.
const GAUGE_ENDS: [&str; 13] = [
    "_seconds",
    "_bytes",
    "_ratio",
    "_info",
    "_records",
    "_calls",
    "_collectors",
    "_windows",
    "_connected",
    "_waiting",
    "_callers",
    "_members",
    "_open",
];
/// Units that Prometheus' conventions refuse, because seconds and bytes are the base units.
const OTHER_UNITS: [&str; 10] = [
    "_ms",
    "_us",
    "_millis",
    "_milliseconds",
    "_microseconds",
    "_minutes",
    "_hours",
    "_kib",
    "_mib",
    "_percent",
];

fn all() -> (Metrics, Vec<Definition>) {
    let metrics = Metrics::new().unwrap();
    metrics.collector().unwrap();
    metrics.processor().unwrap();
    metrics.sink().unwrap();
    let definitions = metrics.definitions();
    (metrics, definitions)
}

/// What is wrong with a definition; none when it keeps the conventions.
fn lint(definition: &Definition) -> Option<String> {
    let name = definition.name;
    let words = || name.split('_');
    let services = ["collector", "processor", "sink"];
    let wrong = if words().next() != Some("svarstid")
        || (name != "svarstid_build_info" && !words().nth(1).is_some_and(|word| services.contains(&word)))
    {
        "does not begin with svarstid_<service>_"
    } else if OTHER_UNITS.iter().any(|unit| name.trim_end_matches("_total").ends_with(unit)) {
        "is not in a base unit"
    } else if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        "has other letters than a–z and _"
    } else if (definition.kind == Kind::Counter) != name.ends_with("_total") {
        "counters, and only they, end in _total"
    } else if definition.kind == Kind::Gauge && !GAUGE_ENDS.iter().any(|end| name.ends_with(end)) {
        "does not end with its unit"
    } else if definition.kind == Kind::Histogram && !name.ends_with("_seconds") {
        "histograms are of seconds"
    } else if definition.help.len() < 10 || !definition.help.ends_with('.') {
        "has no help in a whole sentence"
    } else {
        return None;
    };
    Some(format!("{name}: {wrong}"))
}

#[test]
fn every_metric_keeps_the_conventions() {
    let faults: Vec<String> = all().1.iter().filter_map(lint).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_lint_finds_what_is_wrong() {
    let check = |name: &'static str, kind: Kind, help: &'static str, expect: &str| {
        let found = lint(&Definition { name, kind, labels: Vec::new(), help }).unwrap_or_default();
        assert!(found.contains(expect), "{name}: expected {expect:?}, found {found:?}");
    };
    let help = "Some help in words.";
    check("collector_events_total", Kind::Counter, help, "does not begin");
    check("svarstid_telephone_events_total", Kind::Counter, help, "does not begin");
    check("svarstid_sink_wait_ms_total", Kind::Counter, help, "base unit");
    check("svarstid_sink_Wait_seconds", Kind::Gauge, help, "other letters");
    check("svarstid_sink_rows", Kind::Counter, help, "_total");
    check("svarstid_sink_rows_total", Kind::Gauge, help, "_total");
    check("svarstid_sink_wait", Kind::Gauge, help, "unit");
    check("svarstid_sink_insert", Kind::Histogram, help, "seconds");
    check("svarstid_sink_rows_total", Kind::Counter, "", "help");
}

#[test]
fn the_same_metrics_cannot_be_taken_twice() {
    let error = all().0.sink().unwrap_err().to_string();
    assert!(error.starts_with("metric svarstid_sink_rows_total: "), "{error}");
}

#[test]
fn the_docs_list_every_metric_and_no_other() {
    let row = |definition: &Definition| {
        let labels: Vec<String> = definition.labels.iter().map(|label| format!("`{label}`")).collect();
        let kind = format!("{:?}", definition.kind).to_lowercase();
        format!("| `{}` | {kind} | {} | {} |", definition.name, labels.join(", "), definition.help)
    };
    let expect: Vec<String> = all().1.iter().map(row).collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics-of-services.md");
    let docs = std::fs::read_to_string(path).unwrap();
    let found: Vec<&str> = docs.lines().filter(|line| line.starts_with("| `svarstid_")).collect();
    assert_eq!(found, expect, "write these rows:\n{}", expect.join("\n"));
}
