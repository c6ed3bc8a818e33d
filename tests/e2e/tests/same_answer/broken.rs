//! That each comparison sees what is broken: a record left out, counted twice or in the wrong bin, a row that says something else.

use crate::analyze::{By, Line};
use crate::compare::{self, Compared};
use crate::minutes;
use crate::sites::Sites;
use crate::sql::Question;
use crate::told::Told;
use crate::windows::Windows;
use call::{Event, Outcome};
use e2e::Machine;
use kpi::{WindowRecord, WindowRecordKind};
use pipeline::processor::world::{SITE, World, plan, random_steps};
use pipeline::processor::{Output, Processor, Setup};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use wire::Codec;

/// In the real tables, after everything was the same.
pub fn each_comparison_sees_it(machine: &Machine, sites: &Sites, mut straight: Told) {
    let site = &sites.0[1];
    let check = |windows: &Windows| {
        compare::check(machine, site, By::Site, windows, &mut Compared::default());
    };
    let whole = Windows::of(&straight);
    let of_site = straight.corrections.keys().find(|(key, ..)| *key.site == *site.id).unwrap().clone();
    straight.corrections.remove(&of_site).unwrap();
    let short = Windows::of(&straight);
    assert_sees("from the minutes", || check(&short));

    // A correction twice, as another version.
    let doubled = format!(
        "INSERT INTO kpi_corrections SELECT * REPLACE (version + 1000 AS version) FROM kpi_corrections
        WHERE site = '{}' LIMIT 1",
        site.id
    );
    assert_eq!(machine.ask(&doubled), "");
    assert_sees("counted from calls", || {
        minutes::check(machine, &site.id, 6_000_000);
    });

    // A call that was handed over once more than the recording says.
    let changed = format!(
        "INSERT INTO calls SELECT * REPLACE (version + 1 AS version, transfers + 1 AS transfers) FROM calls_latest
        WHERE site = '{}' ORDER BY call_id LIMIT 1",
        site.id
    );
    assert_eq!(machine.ask(&changed), "");
    assert_sees("in SQL", || check(&whole));
}

/// It fails, and says where it looked.
fn assert_sees(words: &str, comparison: impl FnOnce()) {
    let failure = catch_unwind(AssertUnwindSafe(comparison)).err();
    let failure = failure.unwrap_or_else(|| panic!("what is broken is not seen {words}"));
    let told = failure.downcast_ref::<String>().unwrap();
    assert!(told.contains(words), "{told}");
}

/// Of strange days, with corrections.
fn output() -> Output {
    let lateness = window::Lateness { allowed_us: 300_000_000 };
    let measures = kpi::Settings { cadence: kpi::Cadence { seconds: 6 }, thresholds_s: vec![20] };
    let plans = [(SITE.into(), plan())].into();
    let definition_version = kpi::DEFINITION_VERSION;
    let setup = Setup { plans, measures, definition_version, lateness, disorder_us: processor::DISORDER_US };
    let mut processor = Processor::new(Arc::new(setup));
    let events: Vec<Event> = World::events(&random_steps(5, 900));
    for event in &events {
        processor.apply(event, &[]);
    }
    processor.take()
}

fn told(output: &Output) -> Told {
    let (codec, mut told) = (Codec::built_in().unwrap(), Told::default());
    output.calls.iter().for_each(|call| told.call(&codec, &codec.encode_call(call).unwrap()));
    output.windows.iter().for_each(|record| told.window(&codec, &codec.encode_window(record).unwrap()));
    told
}

/// Another output with one thing broken: how the first difference is told.
fn difference(break_it: impl FnOnce(&mut Output)) -> String {
    let whole = output();
    let mut broken = whole.clone();
    break_it(&mut broken);
    told(&broken).difference(&told(&whole)).unwrap()
}

fn a_pane(output: &mut Output) -> &mut WindowRecord {
    let is_wanted = |record: &&mut WindowRecord| {
        matches!(record.kind, WindowRecordKind::Pane { .. }) && record.pane.answer_time.count() == 1
    };
    output.windows.iter_mut().find(is_wanted).unwrap()
}

fn is_correction(record: &WindowRecord) -> bool {
    matches!(record.kind, WindowRecordKind::Correction { .. })
}

#[test]
fn the_same_is_the_same() {
    assert_eq!(told(&output()).difference(&told(&output())), None);
}

#[test]
fn a_correction_that_is_missing_is_seen() {
    let told = difference(|output| {
        let place = output.windows.iter().position(is_correction).unwrap();
        output.windows.remove(place);
    });
    assert!(told.starts_with("site vik, minute ") && told.contains(", not "), "{told}");
}

#[test]
fn a_pane_that_counts_twice_is_seen_with_its_measure() {
    let told = difference(|output| {
        let pane = &mut a_pane(output).pane;
        pane.combine(&pane.clone(), 1);
    });
    assert!(told.ends_with("is 2, not 1"), "{told}");
}

#[test]
fn a_bin_that_is_one_off_is_seen() {
    let told = difference(|output| {
        let bins = &mut a_pane(output).pane.answer_time.bins;
        let (bin, count) = bins.iter().next().unwrap();
        bins.add(bin, -count);
        bins.add(bin + 1, count);
    });
    assert!(told.contains("answer_time_bins["), "{told}");
}

#[test]
fn a_pane_of_another_minute_is_seen() {
    let told = difference(|output| a_pane(output).key.minute += 100_000);
    assert!(told.contains("minute"), "{told}");
}

#[test]
fn a_call_that_ended_otherwise_is_seen() {
    let told = difference(|output| {
        let call = output.calls.iter_mut().find(|call| call.outcome == Outcome::Answered).unwrap();
        call.outcome = Outcome::Voicemail;
    });
    assert!(
        told.starts_with("call vik/") && told.contains("outcome: Voicemail, not outcome: Answered,"),
        "{told}"
    );
}

/// A new measure must be worked out again, or the test fails.
#[test]
fn a_figure_that_nobody_works_out_again_is_seen() {
    let mut question = Question::new(By::Site, 6);
    assert!(question.ask("lost_share") && question.ask("sl_with_short_45s_menu"));
    assert!(!question.ask("new_calls") && !question.ask("new_share") && !question.ask("new_15s_menu"));
    let figures = serde_json::json!({ "new_calls": 1 }).as_object().unwrap().clone();
    let line = Line { name: "whole site".to_owned(), direction: "external".to_owned(), figures };
    let windows = Windows::of(&told(&output()));
    assert_sees("nobody says how it is made from minutes", || {
        windows.check("vik", By::Site, &line);
    });
    assert_sees("nobody says in SQL what `new_bins` is", || {
        minutes::of_row("new_bins", 6_000_000, false);
    });
}

/// The sum is right, but the pane and its correction are others: a minute was closed at another moment.
#[test]
fn another_parting_between_pane_and_correction_is_seen() {
    let told = difference(|output| {
        let place = output.windows.iter().position(is_correction).unwrap();
        let correction = output.windows.remove(place);
        let kind = WindowRecordKind::Pane { revision: 1, closed: true };
        match output.windows.iter_mut().find(|record| record.key == correction.key && !is_correction(record))
        {
            Some(pane) => pane.pane.combine(&correction.pane, 1),
            None => output.windows.push(WindowRecord { kind, ..correction }),
        }
    });
    assert!(told.contains("revision") || told.contains("correction of"), "{told}");
}
