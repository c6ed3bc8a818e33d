//! The golden scenarios of `tests/scenarios`: small stories and the calls that each of them is.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod scenario;
mod story;
mod told;

use call::{Call, Direction, Outcome, Pass, PassResult};
use scenario::Scenario;
use std::collections::BTreeSet;
use story::play;
use told::told;

#[test]
fn every_scenario() {
    let scenarios = scenario::all();
    assert!(scenarios.len() > 70, "{}", scenarios.len());
    let wrong: Vec<String> = scenarios.iter().filter_map(differs).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is told instead of what is expected.
fn differs(scenario: &Scenario) -> Option<String> {
    let calls: Vec<String> = play(&scenario.site, &scenario.lines()).iter().map(told).collect();
    let got = if calls.is_empty() { vec!["none".to_owned()] } else { calls };
    (got != scenario.calls).then(|| {
        let lines = |lines: &[String]| lines.iter().map(|line| format!("  {line}\n")).collect::<String>();
        format!("=== {}\nexpected:\n{}got:\n{}", scenario.name, lines(&scenario.calls), lines(&got))
    })
}

/// An event is lost, comes twice, or comes after the next one: nothing panics, every call has one outcome, versions
/// grow and end, and no caller is two.
#[test]
fn every_scenario_disturbed() {
    for scenario in scenario::all() {
        let lines = scenario.lines();
        for at in 0..lines.len() {
            let (mut lost, mut twice, mut late) = (lines.clone(), lines.clone(), lines.clone());
            lost.remove(at);
            twice.insert(at, lines[at]);
            // The lines of a snapshot are one answer: nothing comes between or after them.
            let next = (at + 1).min(lines.len() - 1);
            if !lines[next].contains("snapshot") {
                late.swap(at, next);
            }
            for disturbed in [lost, twice, late] {
                no_caller_is_two(&scenario, &disturbed);
            }
        }
    }
}

fn no_caller_is_two(scenario: &Scenario, lines: &[&str]) {
    let legs = scenario.lines().into_iter().filter_map(|line| line.split_whitespace().nth(1));
    let callers = legs.filter(|leg| leg.starts_with('t')).collect::<BTreeSet<_>>().len();
    let is_caller = |call: &&Call| call.direction == Direction::External && call.merged_into.is_none();
    let calls = play(&scenario.site, lines);
    let story = lines.join("\n");
    for call in calls.iter().filter(|call| call.is_final && call.merged_into.is_none()) {
        let ended = |pass: &Pass| pass.result != PassResult::InProgress;
        assert!(call.outcome != Outcome::InProgress && call.passes.iter().all(ended), "{call:?}:\n{story}");
    }
    let counted = calls.iter().filter(is_caller).count();
    assert!(counted <= callers, "{}: {counted} external calls of {callers} callers:\n{story}", scenario.name);
}

#[test]
fn the_index_names_every_scenario() {
    let index = std::fs::read_to_string(scenario::folder().join("README.md")).unwrap();
    let named: Vec<&str> = index.lines().filter(|line| line.starts_with("- [")).collect();
    let expect: Vec<String> = scenario::all()
        .iter()
        .map(|scenario| format!("- [{0}]({0}): {1}", scenario.name, scenario.title))
        .collect();
    assert_eq!(named, expect);
}
