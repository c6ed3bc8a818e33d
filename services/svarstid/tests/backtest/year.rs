//! `make backtest`.

use super::judge::{found, judged, messages};
use super::prometheus::Prometheus;
use super::rules::{self, evaluate};
use super::truth::Truth;
use super::world::{SECOND_US, World};
use super::{fill, tables, tools};
use generate::Parameters;
use jiff::ToSpan;
use jiff::civil::date;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// There is no default that would make the alert; this one was chosen before any figure was seen.
const UNDIVERTED_SHARE_MAX: f64 = 0.25;

fn setting(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.into_string().unwrap();
    Some(value).filter(|value| !value.is_empty())
}

fn number(name: &str, otherwise: i64) -> i64 {
    setting(name).map_or(otherwise, |value| value.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// From the first day of 2025, so many days.
fn world(folder: &Path) -> World {
    let inhabitants = u32::try_from(number("INHABITANTS", 60_000)).unwrap();
    let seed = u64::try_from(number("SEED", 1)).unwrap();
    let first = date(2025, 1, 1);
    let days = [first, first.checked_add(number("DAYS", 365).days()).unwrap()];
    let [from_us, to_us] =
        days.map(|day| day.in_tz("Europe/Stockholm").unwrap().timestamp().as_second() * SECOND_US);
    let config = setting("MUNICIPALITY").map_or_else(
        || format!("{}\n[alerts]\nundiverted_share_max = {UNDIVERTED_SHARE_MAX}\n", generate::MUNICIPALITY),
        |file| std::fs::read_to_string(file).unwrap(),
    );
    World::new(folder, &config, Parameters::of_inhabitants(seed, inhabitants), from_us..to_us, Vec::new())
}

/// Settings are variables of the environment, as the Makefile gives them. BLOCKS names a folder that is kept and used again, MUNICIPALITY
/// another configuration: so other rules can be tried on the same time.
#[test]
#[ignore = "up to half an hour: make backtest"]
fn a_year() {
    assert!(tools::tool("promtool").is_some(), "a back-test needs Prometheus");
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path());
    let every_s = number("EVERY_S", 15);
    let mut rules = rules::parse(&rules::text(&world.config_file));
    let others: Vec<String> =
        rules.extract_if(.., |rule| !rule.is_of_processor()).map(|rule| rule.alert).collect();
    let blocks = setting("BLOCKS").map_or_else(|| folder.path().join("blocks"), PathBuf::from);
    let begun = Instant::now();
    std::fs::create_dir_all(&blocks).unwrap();
    // An empty folder would be a year in which nothing was measured.
    if std::fs::read_dir(&blocks).unwrap().next().is_none() {
        let (events, samples) = fill(&world, &rules, &blocks, every_s);
        println!("{events} events, {samples} samples");
        println!("bench backtest_fill_s {:.0} s", begun.elapsed().as_secs_f64());
    }
    let begun = Instant::now();
    let prometheus = Prometheus::start(&blocks, folder.path());
    let alerts = evaluate(&prometheus, &rules, world.span_s(), every_s);
    let truth = Truth::ask(&prometheus, &world.config.targets, &world.zone, &world.span_s());
    println!("bench backtest_evaluate_s {:.0} s", begun.elapsed().as_secs_f64());
    println!("not judged, because only collector and sink tell: {}", others.join(", "));
    let incidents = world.incidents();
    let found = found(&incidents, &alerts, &world.span_s());
    let judged = judged(&alerts, &incidents, &truth);
    tables::missed_incidents(&found, &world.zone);
    tables::false_alerts(&judged, &incidents, &truth, &world.zone);
    tables::targets(&truth, world.config.alerts.calls_min);
    tables::recall(&found);
    tables::recall_by_alert(&incidents, &alerts, &world.span_s());
    tables::precision(&judged, &messages(&alerts), tables::weeks(&world.span_s()));
}
