//! What the simulator found, and what is worth telling step by step.

use pipeline::Place;
use sim::cast::Role;
use sim::director::Act;
use sim::world::SECOND;
use sim::{Options, Outcome, Point, Sabotage, Scripted, Trouble, run};

fn scripted(script: &[(Point, u64, Trouble)], acts: &[(u64, Act)]) -> Options {
    let script =
        script.iter().map(|(point, nth, trouble)| Scripted { point: *point, nth: *nth, trouble: *trouble });
    Options { script: Some(script.collect()), acts: acts.to_vec(), told: true, ..Options::new(3) }
}

#[track_caller]
fn holds(options: &Options) -> Outcome {
    let outcome = run(options);
    let findings = outcome.as_ref().map(|outcome| outcome.findings.len()).unwrap_or(usize::MAX);
    assert_eq!(findings, 0, "{outcome:#?}");
    outcome.unwrap_or_default()
}

/// The mark that a range is done comes twice: the library repeated it, and the first one arrives behind all that is written
/// meanwhile. When the partition changes hands then, it was read again from there and written under another token.
#[test]
fn a_late_mark_does_not_take_the_place_back() {
    let late: Vec<_> = (1..200).map(|n| (Point::Done, n * 3, Trouble::Late)).collect();
    let kills: Vec<(u64, Act)> =
        (1..20).map(|n| (n * 2 * SECOND, Act::Kill(Role::Sink(1, Place::Windows)))).collect();
    let mut broken = 0;
    for seed in 0..25 {
        let options = Options { seed, ..scripted(&late, &kills) };
        holds(&options);
        let believed = Options { sabotage: Some(Sabotage::BelievesADoubtfulMark), ..options };
        broken += run(&believed).unwrap().findings.iter().filter(|(id, _)| *id == "rows_once").count();
    }
    assert!(broken > 0, "as it was before it was found, rows are there twice");
}

#[test]
fn a_commit_that_arrives_after_the_next_producer_came_is_refused() {
    let outcome =
        holds(&scripted(&[(Point::End, 2, Trouble::Late), (Point::End, 4, Trouble::AnswerLost)], &[]));
    assert!(outcome.tally["commits unclear"] >= 2, "{:?}", outcome.tally);
}

#[test]
fn a_process_that_wakes_up_after_it_was_replaced_writes_nothing() {
    let replaced = Act::Replace(Role::Processor(1), 4 * SECOND);
    let frozen = [(Point::Offsets, 3, Trouble::Freeze), (Point::End, 5, Trouble::Freeze)];
    let outcome = holds(&scripted(&frozen, &[(3 * SECOND, replaced), (9 * SECOND, replaced)]));
    let fenced = ["producers fenced", "instances fenced"].iter().any(|what| outcome.tally.contains_key(what));
    assert!(fenced, "{:?}", outcome.tally);
}

#[test]
fn an_insert_whose_answer_is_lost_is_found_again() {
    let lost: Vec<_> = (1..30).step_by(2).map(|nth| (Point::Insert, nth, Trouble::AnswerLost)).collect();
    let outcome = holds(&scripted(&lost, &[]));
    assert!(outcome.tally["blocks found by a look"] >= 3, "{:?}", outcome.tally);
}

#[test]
fn killed_between_insert_and_mark_the_range_is_written_once() {
    let killed = [(Point::Insert, 1, Trouble::KillAfter), (Point::Done, 2, Trouble::KillBefore)];
    let outcome = holds(&scripted(&killed, &[(2 * SECOND, Act::ClickHouseDown(2 * SECOND))]));
    assert!(outcome.tally["kills"] == 2, "{:?}", outcome.tally);
}

#[test]
fn killed_at_every_step_of_a_commit_nothing_changes() {
    for point in [Point::Init, Point::Add, Point::Produce, Point::AddOffsets, Point::Offsets, Point::End] {
        for trouble in [Trouble::KillBefore, Trouble::KillAfter] {
            let compacted = Act::Compact(0);
            let outcome = holds(&scripted(&[(point, 1, trouble)], &[(5 * SECOND, compacted)]));
            assert_eq!(outcome.tally["kills"], 1, "{point:?} {trouble:?}");
        }
    }
}
