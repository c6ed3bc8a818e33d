//! The recording's events in another order, twice, or not at all: nothing is made up.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod recorded;

use call::{Assembler, Call, Direction, Event, Outcome, PassResult, SitePlan, Text};
use fastrand::Rng;
use recorded::recorded;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Time stamps of consecutive events of a busy PBX run back by as much.
const JITTER_US: i64 = 7_000;
const SEEDS: u64 = 20;

/// The last version of each call; versions grow and end, whatever comes.
fn calls<'e>(plan: &Arc<SitePlan>, events: impl IntoIterator<Item = &'e Event>) -> BTreeMap<Text, Call> {
    let mut assembler = Assembler::new("site", Arc::clone(plan));
    let mut last: BTreeMap<Text, Call> = BTreeMap::new();
    for event in events {
        for call in assembler.apply(event).changed {
            let before = last.insert(call.call_id.clone(), call.clone());
            let follows = |before: &Call| before.version < call.version && !before.is_final;
            assert!(before.as_ref().is_none_or(follows), "{call:?} after {before:?}");
        }
    }
    last
}

/// What a call came to, without the times.
fn came_to(call: &Call) -> String {
    let passes: Vec<String> = call
        .passes
        .iter()
        .map(|pass| format!("{} {} {:?} {:?}", pass.queue, pass.result, pass.answered_by, pass.cause))
        .collect();
    format!(
        "{} {} {} {} {} {:?} {:?} {:?} {} {:?} {:?} {passes:?} {}",
        call.call_id,
        call.direction,
        call.outcome,
        call.reach,
        call.final_reach,
        call.lost_stage,
        call.operator_cause,
        call.message_left,
        call.transfers,
        call.asked_for,
        call.answered_by,
        call.left_on_hold,
    )
}

fn same(expect: &BTreeMap<Text, Call>, got: &BTreeMap<Text, Call>, what: &str) {
    // What turned out to be a part of another call counts nowhere.
    let told = |calls: &BTreeMap<Text, Call>| {
        calls.values().filter(|call| call.merged_into.is_none()).map(came_to).collect::<Vec<_>>()
    };
    let (expect, got) = (told(expect), told(got));
    let differ: Vec<String> = expect
        .iter()
        .filter(|call| !got.contains(call))
        .map(|call| format!("- {call}"))
        .chain(got.iter().filter(|call| !expect.contains(call)).map(|call| format!("+ {call}")))
        .collect();
    assert!(differ.is_empty(), "{what}:\n{}", differ.join("\n"));
}

/// The order of arrival decides; time stamps that wobble change no outcome.
#[test]
fn time_stamps_that_run_back() {
    let (plan, events) = recorded();
    let expect = calls(&plan, &events);
    for seed in 0..SEEDS {
        let mut random = Rng::with_seed(seed);
        let mut wobbly = events.clone();
        for event in &mut wobbly {
            event.at_us += random.i64(-JITTER_US..=JITTER_US);
        }
        same(&expect, &calls(&plan, &wobbly), &format!("seed {seed}"));
    }
}

/// Events of different legs overtake each other; those of one leg do not.
#[test]
fn events_that_overtake_each_other() {
    let (plan, events) = recorded();
    let expect = calls(&plan, &events);
    for seed in 0..SEEDS {
        let mut random = Rng::with_seed(seed);
        let mut late_us: BTreeMap<Option<&Text>, i64> = BTreeMap::new();
        let mut order: Vec<(i64, &Event)> = Vec::new();
        let mut clock_us = i64::MIN;
        for event in &events {
            clock_us = clock_us.max(event.at_us);
            let last_us = late_us.entry(event.leg.as_ref()).or_insert(i64::MIN);
            *last_us = (*last_us).max(clock_us + random.i64(0..=JITTER_US));
            order.push((*last_us, event));
        }
        order.sort_by_key(|(at_us, _)| *at_us);
        let shuffled = order.into_iter().map(|(_, event)| event);
        same(&expect, &calls(&plan, shuffled), &format!("seed {seed}"));
    }
}

#[test]
fn events_that_come_twice() {
    let (plan, events) = recorded();
    let expect = calls(&plan, &events);
    for seed in 0..SEEDS {
        let mut random = Rng::with_seed(seed);
        let some_twice: Vec<&Event> =
            events.iter().flat_map(|event| std::iter::repeat_n(event, random.usize(1..=2))).collect();
        same(&expect, &calls(&plan, some_twice), &format!("seed {seed}"));
    }
}

/// Whatever is lost: every call has one outcome and every stay one result, and nobody is made up.
#[test]
fn events_that_are_lost() {
    let (plan, events) = recorded();
    let truth = calls(&plan, &events);
    let external = |calls: &BTreeMap<Text, Call>| {
        let counts = |call: &&Call| call.direction == Direction::External && call.merged_into.is_none();
        calls.values().filter(counts).map(|call| call.call_id.clone()).collect::<Vec<_>>()
    };
    let callers = external(&truth);
    for seed in 0..SEEDS {
        let mut random = Rng::with_seed(seed);
        let share = [0.001, 0.01, 0.1, 0.5][random.usize(0..4)];
        let some: Vec<&Event> = events.iter().filter(|_| random.f64() >= share).collect();
        let got = calls(&plan, some);
        for id in external(&got) {
            assert!(callers.contains(&id), "seed {seed}: nobody called {id}");
        }
        for call in got.values().filter(|call| call.is_final && call.merged_into.is_none()) {
            let open = call.passes.iter().any(|pass| pass.result == PassResult::InProgress);
            assert!(call.outcome != Outcome::InProgress && !open, "seed {seed}: {call:?}");
        }
    }
    assert_eq!(callers.len(), 150);
}
