//! Several sources of one PBX.

use super::{calls, event, outside};
use call::event::{DialStatus, Endpoint};
use call::reconcile::{Reconciled, Report, Signs, Witness, reconcile};
use call::{Body, Event, Outcome, Party, SourceKind};

const AMI: SourceKind = SourceKind::AsteriskAmi;
const CEL: SourceKind = SourceKind::AsteriskCel;

fn started(kind: SourceKind, at: i64, leg: &str, device: &str, dialled: &str) -> Event {
    let caller = if device == "trunk" { outside(70) } else { Party::Own(device.into()) };
    let (endpoint, dialled) = (Endpoint::Device(device.into()), Party::Own(dialled.into()));
    event(kind, at, leg, Body::LegStarted { endpoint, incoming: true, caller, dialled })
}

/// A call from outside at `at`, of which 2101 is rung, answers after 5 s, and which is over after 20 s.
fn answered_call(kind: SourceKind, at: i64, leg: &str) -> Vec<Event> {
    let phone = format!("{leg}-phone");
    let endpoint = Endpoint::Device("2101".into());
    let dest = || phone.as_str().into();
    let rung = Body::LegStarted {
        endpoint: endpoint.clone(),
        incoming: false,
        caller: Party::Unknown,
        dialled: Party::Unknown,
    };
    vec![
        started(kind, at, leg, "trunk", "2101"),
        event(kind, at + 1, &phone, rung),
        event(kind, at + 1, leg, Body::DialStarted { dest: dest(), endpoint: endpoint.clone() }),
        event(kind, at + 5, leg, Body::DialEnded { dest: dest(), endpoint, status: DialStatus::Answer }),
        event(kind, at + 20, &phone, Body::LegEnded { cause: 16 }),
        event(kind, at + 20, leg, Body::LegEnded { cause: 16 }),
    ]
}

fn witness(kind: SourceKind, events: &[Event]) -> Witness {
    let mut signs = Signs::new(kind);
    events.iter().for_each(|event| signs.note(event));
    Witness { kind, calls: calls(kind, events.iter().cloned()), signs }
}

/// The manager interface without what happened in a span, and the channel event log with all of it.
fn with_gap(whole: &[Event], gap: std::ops::Range<i64>) -> (Vec<Reconciled>, Report) {
    let heard = |event: &&Event| !gap.contains(&(event.at_us / 1_000_000));
    let ami: Vec<Event> = whole.iter().filter(heard).cloned().collect();
    reconcile(&[witness(CEL, whole), witness(AMI, &ami)])
}

fn day() -> Vec<Event> {
    (0..20).flat_map(|n| answered_call(AMI, n * 30, &format!("leg{n:02}"))).collect()
}

#[test]
fn without_a_gap_the_first_source_is_believed_and_the_others_agree() {
    let (calls, report) = with_gap(&day(), 0..0);
    assert_eq!(calls.len(), 20);
    assert!(calls.iter().all(|told| told.by == AMI && told.call.sources.iter().eq([AMI, CEL])));
    let hour = &report.hours[0];
    assert_eq!((hour.calls, hour.agreeing, hour.filled, hour.unheard), (20, 20, 0, 0));
    assert_eq!(hour.confidence(), Some(1.0));
    assert!(report.heard.iter().all(|(_, _, deaf)| deaf.is_empty()));
    assert_eq!(report.skews[0].late_us, 0);
}

#[test]
fn what_was_missed_comes_from_the_other_source_and_the_gap_is_shown() {
    // In the middle of one call, over the next, into a third; and of one call the answer alone.
    for gap in [64..122, 64..66] {
        let (calls, report) = with_gap(&day(), gap.clone());
        assert_eq!(calls.len(), 20);
        assert!(calls.iter().all(|told| told.call.outcome == Outcome::Answered && told.is_heard), "{gap:?}");
        let hour = &report.hours[0];
        assert_eq!((hour.unheard, hour.disagreeing.len()), (0, 0), "{gap:?}");
        let deaf = &report.heard.iter().find(|(kind, ..)| *kind == AMI).unwrap().2;
        assert_eq!(deaf.len(), 1, "{gap:?}");
        assert!(deaf[0].0 < gap.start * 1_000_000 && deaf[0].1 >= gap.end * 1_000_000, "{gap:?}: {deaf:?}");
    }
}

#[test]
fn what_nobody_heard_is_unknown_unless_somebody_had_answered() {
    let gap = |from: i64| Body::Gap {
        from_us: from * 1_000_000,
        to_us: (from + 2) * 1_000_000,
        reason: call::event::GapReason::ConnectionLost,
        lost: 0,
    };
    let check = |from: i64, expect: Outcome| {
        let mut events = answered_call(AMI, 0, "leg");
        events.retain(|event| event.at_us < from * 1_000_000);
        events.push(event(AMI, from + 2, "", gap(from)));
        events.push(started(AMI, 60, "later", "trunk", "2101"));
        // The other source was deaf at the same time.
        let other: Vec<Event> = events.iter().cloned().map(|event| on(CEL, event)).collect();
        let (calls, _) = reconcile(&[witness(AMI, &events), witness(CEL, &other)]);
        let told = calls.iter().find(|told| &*told.call.call_id == "s/leg").unwrap();
        assert_eq!((told.call.outcome, told.is_heard, told.call.is_partial), (expect, false, true), "{from}");
    };
    check(3, Outcome::Unknown);
    check(10, Outcome::Answered);
}

fn on(kind: SourceKind, mut event: Event) -> Event {
    event.origin.kind = kind;
    event
}

#[test]
fn clocks_are_compared_and_times_left_as_they_are() {
    let whole = day();
    let late: Vec<Event> = whole
        .iter()
        .cloned()
        .map(|event| Event { at_us: event.at_us + 7_500_000, ..on(CEL, event) })
        .collect();
    let heard: Vec<Event> =
        whole.iter().filter(|event| !(64..122).contains(&(event.at_us / 1_000_000))).cloned().collect();
    let (calls, report) = reconcile(&[witness(AMI, &heard), witness(CEL, &late)]);
    assert_eq!(report.skews[0].late_us, 7_500_000);
    assert!(calls.iter().all(|told| told.call.outcome == Outcome::Answered));
    let filled: Vec<&Reconciled> = calls.iter().filter(|told| told.by == CEL).collect();
    assert_eq!(filled.len(), 3, "one that was cut, one that was missed, one that was cut");
    assert!(filled.iter().all(|told| told.call.arrived_us % 30_000_000 == 7_500_000), "by its own clock");
}

#[test]
fn an_outcome_that_another_source_contradicts_is_shown() {
    let whole = day();
    // The log has lost one answer, and says nothing of it.
    let log: Vec<Event> = whole
        .iter()
        .filter(|event| {
            !(event.leg.as_deref() == Some("leg03") && matches!(event.body, Body::DialEnded { .. }))
        })
        .cloned()
        .map(|event| on(CEL, event))
        .collect();
    let (calls, report) = reconcile(&[witness(AMI, &whole), witness(CEL, &log)]);
    assert!(calls.iter().all(|told| told.call.outcome == Outcome::Answered));
    let hour = &report.hours[0];
    assert_eq!((hour.agreeing, hour.disagreeing.values().sum::<u64>()), (19, 1));
    assert_eq!(hour.confidence(), Some(0.95));
}
