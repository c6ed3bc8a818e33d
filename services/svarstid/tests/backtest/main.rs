//! How good the alerts are, on calls of which it is known what went wrong: the generated municipality, the processor's own metrics, a real
//! Prometheus that holds them, and the rules as they are printed. A few days in every run of the tests; a year with `make backtest`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement that cannot be made ends loudly")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "figures are printed, and what is left out is said"
)]

mod judge;
mod prometheus;
mod rules;
mod samples;
mod tables;
#[path = "../alerts/tools.rs"]
mod tools;
mod truth;
mod world;
mod year;

use generate::{Incident, IncidentKind, Parameters};
use prometheus::Prometheus;
use rules::{Alert, Rule};
use samples::Samples;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use world::{SECOND_US, World};

/// Everything that the processor shows and the rules ask for, as blocks; as often as the rule that looks most often does. What is judged by
/// the week is looked at every five minutes: more samples would cost more than all others together, and say the same.
fn fill(world: &World, rules: &[Rule], blocks: &Path, every_s: i64) -> (u64, u64) {
    let mut metrics: BTreeMap<String, i64> = BTreeMap::new();
    for rule in rules {
        for metric in rule.metrics() {
            let often_s = metrics.entry(metric).or_insert(rule.every_s);
            *often_s = rule.every_s.min(*often_s);
        }
    }
    let mut samples = Samples::new(metrics, blocks);
    let events = world.play(every_s, |at_s, text| samples.add(at_s, text));
    (events, samples.finish())
}

/// 2025-03-05 00:00 in Stockholm, a Wednesday, seconds.
const WEDNESDAY_S: i64 = 1_741_129_200;
const HOUR_S: i64 = 3_600;
/// Samples are so far apart here: a finer look takes longer and finds the same.
const EVERY_S: i64 = 60;

fn incident(kind: IncidentKind, queue: Option<&'static str>, from_s: i64, to_s: i64) -> Incident {
    let [from_us, to_us] = [from_s, to_s].map(|since_s| (WEDNESDAY_S + since_s) * SECOND_US);
    Incident { kind, queue, unit: None, from_us, to_us, strength: 0.7 }
}

/// A small town with staff enough. On Tuesday nothing happens; in the night nothing is heard for half an hour; on Wednesday from ten to half
/// past eleven four of five operators are gone.
fn two_days(folder: &Path) -> World {
    let usual = Parameters::of_inhabitants(1, 20_000);
    let parameters = Parameters { has_incidents: false, members: Some(5), ..usual };
    let [from_us, to_us] = [-17 * HOUR_S, 12 * HOUR_S].map(|since_s| (WEDNESDAY_S + since_s) * SECOND_US);
    let silent = incident(IncidentKind::SourceSilent, None, 3 * HOUR_S, 3 * HOUR_S + 1_800);
    let drop = incident(IncidentKind::StaffingDrop, Some("vaxel"), 10 * HOUR_S, 11 * HOUR_S + 1_800);
    World::new(folder, generate::MUNICIPALITY, parameters, from_us..to_us, vec![silent, drop])
}

/// What somebody was paged for.
fn pages(prometheus: &Prometheus, world: &World, rules: &[Rule]) -> Vec<Alert> {
    let mut alerts = rules::evaluate(prometheus, rules, world.span_s(), EVERY_S);
    alerts.retain(Alert::is_page);
    alerts
}

/// Incidents that nobody was paged for, and pages for nothing.
fn wrong(world: &World, mut alerts: Vec<Alert>) -> (Vec<IncidentKind>, Vec<Alert>) {
    let incidents = world.incidents();
    let found = judge::found(&incidents, &alerts, &world.span_s());
    let missed = found.iter().filter(|one| one.page_s.is_none()).map(|one| one.incident.kind).collect();
    let is_about_one = |alert: &Alert| incidents.iter().any(|incident| judge::is_found_by(incident, alert));
    alerts.retain(|alert| !is_about_one(alert));
    (missed, alerts)
}

#[test]
fn what_goes_wrong_is_told_and_a_quiet_day_is_not() {
    if tools::tool("promtool").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = two_days(folder.path());
    let text = rules::text(&world.config_file);
    let parse = |text: &str| {
        let mut rules = rules::parse(text);
        rules.retain(Rule::is_of_processor);
        rules
    };
    let blocks = folder.path().join("blocks");
    std::fs::create_dir(&blocks).unwrap();
    let (events, samples) = fill(&world, &parse(&text), &blocks, EVERY_S);
    assert!(events > 50_000 && samples > 10_000, "{events} events, {samples} samples");
    let prometheus = Prometheus::start(&blocks, folder.path());
    let told = pages(&prometheus, &world, &parse(&text));
    let names: BTreeSet<_> = told.iter().map(|alert| (alert.name.as_str(), alert.whom())).collect();
    let expected = [
        ("SvarstidFiguresStill", "-"),
        ("SvarstidLongestWait", "vaxel"),
        ("SvarstidLostShareFast", "operators within 20 s"),
        ("SvarstidServiceLevelFast", "operators within 20 s"),
        ("SvarstidSourceSilent", "-"),
    ];
    assert_eq!(names, BTreeSet::from(expected));
    assert_eq!(wrong(&world, told), (vec![], vec![]));
    let of = |text: &str| wrong(&world, pages(&prometheus, &world, &parse(text)));
    // A rule that is broken is seen, whether it says nothing or too much.
    assert_eq!(of(&text.replace("== 1", "== 2")).0, [IncidentKind::StaffingDrop]);
    assert_eq!(of(&text.replace("time() -", "0 -")).0, [IncidentKind::SourceSilent]);
    let nervous = of(&text.replace(") > 0.6", ") > 0.1")).1;
    assert!(nervous.iter().any(|alert| alert.name == "SvarstidServiceLevelFast"), "{nervous:?}");
}
