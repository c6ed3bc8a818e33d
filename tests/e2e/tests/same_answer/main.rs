//! The same answer every way, for every measure: straight through = killed with -9 and resumed = any number of threads and
//! partitions = `svarstid analyze` on the file = recomputed in SQL from `calls`.
//!
//! `SAME_ANSWER_CALLS=1000000 cargo test --release -p e2e --test same_answer -- --nocapture` is the large run.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a test may fail loudly, and its traffic need not be exact"
)]

mod analyze;
mod broken;
mod callers;
mod compare;
mod formulas;
mod list;
mod minutes;
mod sites;
mod size;
mod sql;
mod stories;
mod template;
mod told;
mod traffic;
mod ways;
mod windows;
mod words;

use analyze::By;
use compare::Compared;
use e2e::Machine;
use sites::Sites;
use size::Size;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use told::Told;
use ways::{Lives, WAYS, Way};
use windows::Windows;

const PROCESSOR: &str = "[processor]\nsites = [\"sites\"]\ncommit_every_ms = 100\nallowed_lateness_s = 300\nmax_call_age_s = 2400\n";
/// Only calls of which something was not heard are lost so, and a replayed recording has no gaps.
const NOT_IN_TRAFFIC: &str = "lost_stage_transfer";
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[test]
fn every_measure_is_the_same_every_way() {
    let size = Size::from_environment();
    let begun = Instant::now();
    let step = |what: &str| eprintln!("{:6.1} s  {what}", begun.elapsed().as_secs_f64());
    let machine = Machine::with(PROCESSOR);
    let sites = Sites::new(&machine, size);
    step("the towns' traffic is written");
    sites.collect(&machine);
    let events = ways::copy_input(&machine, &sites);
    step(&format!("{events} events in Kafka, {} times", WAYS.len()));
    std::thread::scope(|scope| {
        // Two at a time.
        let (alone, of_eight) = WAYS.split_at(2);
        for ways in [alone, of_eight] {
            scope.spawn(|| ways.iter().for_each(|way| run(way, &machine, size, &step)));
        }
    });
    let (straight, counts) = same_topics(&machine);
    step(&counts);
    sink(&WAYS[4], &machine, size);
    step("in ClickHouse");
    let compared = same_measures(&machine, &sites, &straight);
    step(&format!(
        "{} lines of analyze: {} figures in SQL, {} from minutes; {} names",
        compared.lines,
        compared.figures_in_sql,
        compared.figures_in_minutes,
        compared.names.len()
    ));
    enough(&compared, &straight, size);
    broken::each_comparison_sees_it(&machine, &sites, straight);
}

fn run(way: &Way, machine: &Machine, size: Size, step: &impl Fn(&str)) {
    let began = Instant::now();
    let killed_at = way.run(machine, size);
    let (took, partitions) = (began.elapsed().as_secs_f64(), way.partitions);
    step(&format!(
        "{}: {partitions} partitions, {:?}, {took:.1} s; killed at {killed_at:?}",
        way.name, way.lives
    ));
    if way.lives == Lives::Killed {
        let different: BTreeSet<&i64> = killed_at.iter().collect();
        assert!(killed_at.len() == 20 && different.len() > 5, "{killed_at:?}");
    }
}

/// Calls, minutes and corrections of every way are those of the first, byte for byte.
fn same_topics(machine: &Machine) -> (Told, String) {
    let straight = Told::by(&WAYS[0], machine);
    for way in &WAYS[1..] {
        let difference = straight.difference(&Told::by(way, machine));
        assert_eq!(difference, None, "{} tells another story than {}", way.name, WAYS[0].name);
    }
    let (calls, panes, corrections) =
        (straight.calls.len(), straight.panes.len(), straight.corrections.len());
    let ways: Vec<&str> = WAYS.iter().map(|way| way.name).collect();
    let counts = format!("{calls} calls, {panes} panes, {corrections} corrections: {}", ways.join(" = "));
    (straight, counts)
}

/// All of a way into the real ClickHouse.
fn sink(way: &Way, machine: &Machine, size: Size) {
    let mut sink = machine.spawn_with(&way.environment(), &["sink"]);
    let config = config::load(&machine.config()).unwrap();
    let topics = way.topics();
    for topic in [topics.calls(), topics.kpi_windows()] {
        let group = sink::group(&config.sink, &topic);
        let began = Instant::now();
        loop {
            let (done, all) = ways::progress(machine, &group, &topic, way.partitions);
            // A transaction's end takes an offset, too, behind which nothing is read.
            if done + i64::from(way.partitions) >= all {
                break;
            }
            assert!(
                began.elapsed() < size.patience && sink.is_running(),
                "{done} of {all}: {}",
                machine.log("sink")
            );
            std::thread::sleep(LOOK_EVERY);
        }
    }
    sink.stop();
}

/// Every measure of every site: all cuts of the recording, and of four towns one more than the whole.
fn same_measures(machine: &Machine, sites: &Sites, straight: &Told) -> Compared {
    let windows = Windows::of(straight);
    let mut compared = Compared::default();
    for (number, site) in sites.0.iter().enumerate() {
        let cadence_s = config::load(&site.config).unwrap().ring_cadence_s;
        let (minutes, columns) = minutes::check(machine, &site.id, i64::from(cadence_s) * 1_000_000);
        let is_asked = |(place, by): &(usize, &By)| number == 0 || **by == By::Site || *place == number;
        let cuts = By::ALL.iter().enumerate().filter(is_asked).map(|(_, by)| *by);
        cuts.clone().for_each(|by| compare::check(machine, site, by, &windows, &mut compared));
        let cuts: Vec<&str> = cuts.map(By::word).collect();
        eprintln!(
            "          {}: {minutes} minutes of {columns} columns in SQL; by {}",
            site.id,
            cuts.join(", ")
        );
    }
    compared
}

/// What is nothing everywhere would be the same whatever is broken.
fn enough(compared: &Compared, straight: &Told, size: Size) {
    let nothing = compared.names.difference(&compared.seen).filter(|name| !name.starts_with(NOT_IN_TRAFFIC));
    let nothing: Vec<&String> = nothing.collect();
    assert!(nothing.is_empty(), "figures that are nothing at every site: {nothing:?}");
    assert!(compared.names.len() > 220 && compared.names_in_minutes.len() > 180);
    assert!(straight.calls.len() as u64 > size.calls && straight.corrections.len() as u64 > size.calls / 200);
}
