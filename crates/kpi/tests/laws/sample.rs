//! Vectors of the definitions, on calls made by hand.

use crate::{Panes, count, settings};
use call::{
    Call, Cause, CauseKind, DialledKind, Direction, LostStage, Outcome, Party, Pass, PassResult, Reach,
};
use kpi::{Dimension, Pane, PaneKey, Summary};

fn call(id: u32, outcome: Outcome, after_s: i64) -> Call {
    let after_us = after_s * 1_000_000;
    let is_answered = outcome == Outcome::Answered;
    let reach = if is_answered { Reach::Operator } else { Reach::None };
    let reach = if outcome.is_lost() { Reach::Lost } else { reach };
    Call {
        call_id: id.to_string().into(),
        site: "town".into(),
        version: 1,
        is_final: true,
        direction: Direction::External,
        arrived_us: 0,
        queued_us: None,
        alerted_us: None,
        answered_us: is_answered.then_some(after_us),
        ended_us: Some(after_us),
        caller: Party::Unknown,
        dialled: Party::Unknown,
        dialled_kind: DialledKind::Main,
        sought: None,
        unit: None,
        outcome,
        reach,
        final_reach: reach,
        lost_stage: outcome.is_lost().then_some(LostStage::Queue),
        operator_cause: None,
        answered_by: None,
        ring_us: None,
        message_left: None,
        transfers: 0,
        asked_for: None,
        left_on_hold: false,
        merged_into: None,
        is_partial: false,
        passes: Vec::new(),
        rings: Vec::new(),
        sources: call::Sources::default(),
    }
}

fn pass(queue: &str, joined_s: i64, result: PassResult, kind: CauseKind, after_transfer: bool) -> Pass {
    Pass {
        queue: queue.into(),
        unit: Some("board".into()),
        joined_us: joined_s * 1_000_000,
        wait_us: Some(3_000_000),
        result,
        answered_by: None,
        cause: Some(Cause { kind, not_diverted: None, reason: None, after_transfer }),
        overtook: 0,
        overtaken_us: None,
    }
}

fn panes(calls: &[Call]) -> Panes {
    let mut panes = Panes::new();
    calls.iter().for_each(|call| count(&mut panes, call, 1));
    panes
}

fn site(calls: &[Call]) -> Pane {
    let key = PaneKey {
        site: "town".into(),
        minute: 0,
        dimension: Dimension::Site,
        direction: Direction::External,
    };
    panes(calls).remove(&key).unwrap()
}

/// 70 answered within T, 10 lost within T, 12 answered later, 8 lost later.
#[test]
fn four_service_levels() {
    let kinds = [
        (70, Outcome::Answered, 10),
        (10, Outcome::Abandoned, 5),
        (12, Outcome::Answered, 30),
        (8, Outcome::TimedOut, 40),
    ];
    let mut calls: Vec<Call> = kinds
        .iter()
        .flat_map(|(n, outcome, after_s)| (0..*n).map(|id| call(id, *outcome, *after_s)))
        .collect();
    // Neither of these is anybody's fault, or decided.
    calls.extend([call(1, Outcome::Closed, 1), call(2, Outcome::InProgress, 1)]);
    let pane = site(&calls);
    let percent = |share: Option<f64>| format!("{:.1}", share.unwrap() * 100.0);
    let level = pane.service_level(20);
    let all = [level.sl_of_offered, level.sl_without_short, level.sl_with_short, level.sl_of_answered];
    assert_eq!(all.map(percent), ["70.0", "77.8", "80.0", "85.4"]);
    assert_eq!(percent(pane.lost_share()), "18.0");
    let table = Summary::from_calls(calls.iter(), &settings());
    assert_eq!(table.rows[0].service_levels[1], (20, level));
}

/// Call records tell that somebody answered, or that a caller was lost, and not always when.
#[test]
fn a_call_without_a_known_time_counts_but_in_no_time() {
    let untimed = Call { answered_us: None, ..call(1, Outcome::Answered, 5) };
    let endless = Call { ended_us: None, ..call(2, Outcome::Abandoned, 5) };
    let calls = [untimed, endless, call(3, Outcome::Answered, 5)];
    let pane = site(&calls);
    assert!(pane.is_conserved(), "{pane:?}");
    assert_eq!((pane.answer_time.count(), pane.lost_wait.count(), pane.lost()), (1, 0, 1));
    let level = pane.service_level(20);
    assert_eq!((level.sl_of_offered, level.sl_of_answered), (Some(1.0 / 3.0), Some(0.5)));
    let row = &Summary::from_calls(calls.iter(), &settings()).rows[0];
    assert_eq!((row.answered, row.lost, row.answer_time.n), (2, 1, 1));
    assert_eq!(row.service_levels[1].1, level);
}

/// Within T is below T: an answer at T itself is late, in the table and in the panes.
#[test]
fn the_edge_of_within() {
    let level = |after_us: i64| {
        let mut one = call(1, Outcome::Answered, 0);
        one.answered_us = Some(after_us);
        let table = Summary::from_calls(std::iter::once(&one), &settings());
        assert_eq!(table.rows[0].service_levels[1].1, site(std::slice::from_ref(&one)).service_level(20));
        site(&[one]).service_level(20).sl_of_offered
    };
    assert_eq!(level(19_999_999), Some(1.0));
    assert_eq!(level(20_000_000), Some(0.0));
}

#[test]
fn bands_of_losses() {
    let calls: Vec<Call> = [0, 5, 6, 11, 12, 29, 30, 4000].map(|s| call(1, Outcome::Abandoned, s)).into();
    assert_eq!(site(&calls).lost_bands, [2, 2, 2, 2]);
}

#[test]
fn undiverted_is_what_the_first_operator_pass_says() {
    use CauseKind::{MainNumber, NotDiverted, Transferred};
    let with = |kind: DialledKind, causes: &[(CauseKind, bool)]| {
        let mut one = call(1, Outcome::Answered, 9);
        one.dialled_kind = kind;
        let pass =
            |(cause, after): &(CauseKind, bool)| pass("board", 1, PassResult::Answered, *cause, *after);
        one.passes = causes.iter().map(pass).collect();
        one.operator_cause = one.passes.first().and_then(|pass| pass.cause.clone());
        one
    };
    let calls = [
        with(DialledKind::Direct, &[(NotDiverted, false)]),
        with(DialledKind::Direct, &[(NotDiverted, true)]),
        with(DialledKind::Direct, &[(Transferred, false), (NotDiverted, false)]),
        with(DialledKind::Direct, &[]),
        with(DialledKind::Main, &[(MainNumber, false)]),
        with(DialledKind::Main, &[(NotDiverted, false)]),
        with(DialledKind::Group, &[]),
    ];
    let pane = site(&calls);
    assert_eq!((pane.direct_calls, pane.group_calls, pane.undiverted_calls), (4, 1, 1));
    assert_eq!(pane.undiverted_share(), Some(0.25));
    assert_eq!(pane.direct_number_share(), Some(5.0 / 7.0));
    let unit = panes(&calls)
        .into_iter()
        .find(|(key, _)| key.dimension.name() == "board" && key.dimension.kind() == "unit");
    assert_eq!(unit.unwrap().1.undiverted_of_operator(), Some(4.0 / 6.0));
}

#[test]
fn a_pass_counts_in_the_minute_of_its_joining_and_a_call_in_that_of_its_arrival() {
    let mut one = call(1, Outcome::Answered, 70);
    (one.arrived_us, one.unit) = (-1, Some("board".into()));
    one.passes = vec![
        pass("board", 59, PassResult::TimedOut, CauseKind::MainNumber, false),
        pass("board", 60, PassResult::Answered, CauseKind::MainNumber, false),
    ];
    let found: Vec<(i64, String, i64, i64)> = panes(&[one.clone()])
        .iter()
        .map(|(key, pane)| (key.minute, key.dimension.kind().to_owned(), pane.offered(), pane.entered()))
        .collect();
    let expect = [
        (-1, "site", 1, 0),
        (-1, "unit", 1, 0),
        (0, "queue", 0, 1),
        (0, "unit", 0, 1),
        (1, "queue", 0, 1),
        (1, "unit", 0, 1),
    ];
    assert_eq!(
        found,
        expect.map(|(minute, kind, offered, entered)| (minute, kind.to_owned(), offered, entered))
    );
    one.merged_into = Some("another".into());
    assert!(panes(&[one]).is_empty(), "a merged call counts nowhere");
}

/// A menu of 4 s, a queue for 9 s, then 3 s of ringing that is answered; and a caller who hangs up in the menu.
#[test]
fn the_clocks_of_one_call() {
    let mut one = call(1, Outcome::Answered, 13);
    one.queued_us = Some(4_000_000);
    one.alerted_us = Some(10_000_000);
    one.ring_us = Some(3_000_000);
    let hung_up = Call { lost_stage: Some(LostStage::Menu), ..call(2, Outcome::Abandoned, 2) };
    let pane = site(&[one, hung_up]);
    let sums = [&pane.menu_time, &pane.ring_time, &pane.answer_after_menu].map(|h| (h.count(), h.sum));
    assert_eq!(sums, [(1, 4_000_000), (1, 3_000_000), (1, 9_000_000)]);
    assert_eq!((pane.lost_after_menu.count(), pane.lost_in_menu()), (0, 1));
    // From the menu's end nobody was lost; from arrival one of two was not answered at all.
    assert_eq!(pane.menu_service_level(10).sl_of_offered, Some(1.0));
    assert_eq!(pane.service_level(15).sl_of_offered, Some(0.5));
}

#[test]
fn operators_work() {
    let mut internal = call(1, Outcome::Answered, 9);
    internal.direction = Direction::Internal;
    internal.passes = vec![pass("board", 1, PassResult::Answered, CauseKind::MainNumber, false)];
    internal.passes[0].overtook = 2;
    let mut external = call(2, Outcome::Answered, 30);
    (external.transfers, external.left_on_hold) = (2, true);
    external.passes = vec![pass("board", 0, PassResult::Answered, CauseKind::NotDiverted, false)];
    external.passes[0].overtaken_us = Some(7_000_000);
    external.dialled_kind = DialledKind::Direct;
    external.operator_cause = external.passes[0].cause.clone();
    external.operator_cause.as_mut().unwrap().not_diverted = Some(call::NotDiverted::Busy);
    let panes = panes(&[internal, external]);
    let of = |kind: &str, direction: Direction| {
        let found = panes.iter().find(|(key, _)| key.dimension.kind() == kind && key.direction == direction);
        found.unwrap().1
    };
    assert_eq!(of("queue", Direction::Internal).priority_inversions, 1);
    assert_eq!(of("queue", Direction::External).priority_inversions, 0);
    let external = (of("queue", Direction::External), of("site", Direction::External));
    assert_eq!((external.0.overtaken_passes, external.0.overtaken_us), (1, 7_000_000));
    assert_eq!((external.1.transferred_calls, external.1.left_on_hold), (1, 1));
    assert_eq!((external.1.undiverted_calls, external.1.undiverted_busy_calls), (1, 1));
    assert_eq!(external.1.undiverted_share_without_busy(), Some(0.0));
}
