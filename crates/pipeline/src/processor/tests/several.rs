//! Several sources of one PBX: what one did not hear, another tells; each call once.

use super::*;
use call::Outcome;
use call::event::{CallRecord, DialStatus, Endpoint, GapReason};
use call::{EventId, Origin, Party};

pub(super) const AMI: SourceKind = SourceKind::AsteriskAmi;
const CEL: SourceKind = SourceKind::AsteriskCel;
pub(super) const SECOND: i64 = 1_000_000;
pub(super) const START_US: i64 = 1_700_000_040_000_000;

/// A site that is configured to have these sources.
pub(super) fn with(sources: &[SourceKind]) -> Arc<Setup> {
    let mut setup = (*setup()).clone();
    let plan = SitePlan { sources: sources.iter().copied().collect(), ..(*plan()).clone() };
    setup.plans.insert(SITE.into(), Arc::new(plan));
    Arc::new(setup)
}

/// Events of several sources in the order in which they come.
#[derive(Default)]
pub(super) struct Script {
    pub(super) events: Vec<Event>,
    positions: BTreeMap<SourceKind, u64>,
}

impl Script {
    pub(super) fn say(&mut self, kind: SourceKind, at_us: i64, leg: &str, body: Body) {
        let position = self.positions.entry(kind).or_default();
        *position += 1;
        let leg = (!leg.is_empty()).then(|| Text::from(leg));
        // A phone's leg is named after its caller's.
        let linked = leg.as_ref().map(|leg| leg.trim_end_matches("-phone").into());
        let (site, node) = (SITE.into(), "pbx".into());
        let origin = Origin { site, node, kind, stream: kind as u64, position: *position };
        let id = EventId(u128::from(*position) << 8 | kind as u128);
        self.events.push(Event { id, origin, at_us, received_us: at_us, leg, linked, body });
    }

    pub(super) fn heartbeats(&mut self, kind: SourceKind, from_s: i64, to_s: i64) {
        for second in (from_s..to_s).step_by(10) {
            self.say(kind, START_US + second * SECOND, "", Body::Heartbeat);
        }
    }

    pub(super) fn gap(&mut self, from_s: i64, to_s: i64) {
        let (from_us, to_us) = (START_US + from_s * SECOND, START_US + to_s * SECOND);
        self.say(AMI, to_us, "", Body::Gap { from_us, to_us, reason: GapReason::ConnectionLost, lost: 0 });
    }

    /// The collector's look after a gap.
    pub(super) fn snapshot(&mut self, at_s: i64, alive: &[(String, i64)]) {
        let at_us = START_US + at_s * SECOND;
        self.say(AMI, at_us, "", Body::SnapshotStarted);
        for (leg, since_s) in alive {
            let device = if leg.ends_with("-phone") { "2001" } else { "trunk" };
            let endpoint = Endpoint::Device(device.into());
            let age_us = (at_s - since_s) * SECOND;
            self.say(AMI, at_us, leg, Body::LegSeen { endpoint, age_us, bridge: None });
        }
        self.say(AMI, at_us, "", Body::SnapshotEnded);
    }
}

fn started(device: &str, incoming: bool) -> Body {
    let (caller, dialled) = (Party::Unknown, Party::Own("101".into()));
    Body::LegStarted { endpoint: Endpoint::Device(device.into()), incoming, caller, dialled }
}

/// `(second, leg, what)` of a call that is answered after 5 s and over after 25 s, or given up after 8 s.
pub(super) fn call_events(at_s: i64, leg: &str, answered: bool) -> Vec<(i64, String, Body)> {
    let phone = format!("{leg}-phone");
    let endpoint = Endpoint::Device("2001".into());
    let dest: Text = phone.as_str().into();
    let status = if answered { DialStatus::Answer } else { DialStatus::Cancel };
    let over_s = at_s + if answered { 25 } else { 8 };
    let mut events = vec![
        (at_s, leg.to_owned(), started("trunk", true)),
        (at_s + 1, phone.clone(), started("2001", false)),
        (at_s + 1, leg.to_owned(), Body::DialStarted { dest: dest.clone(), endpoint: endpoint.clone() }),
        (at_s + if answered { 5 } else { 8 }, leg.to_owned(), Body::DialEnded { dest, endpoint, status }),
    ];
    if !answered {
        events.push((over_s, leg.to_owned(), Body::HangupRequested));
    }
    events.push((over_s, phone, Body::LegEnded { cause: 16 }));
    events.push((over_s, leg.to_owned(), Body::LegEnded { cause: 16 }));
    events
}

/// Half an hour of calls, one each 20 s; every third is given up.
fn calls() -> Vec<(i64, String, Body)> {
    let mut all: Vec<_> =
        (0..90).flat_map(|n| call_events(n * 20, &format!("c{n:02}"), n % 3 != 0)).collect();
    all.sort_by_key(|(at_s, ..)| *at_s);
    all
}

/// How the manager interface and the channel event log tell of them when the first was away in between; `late_s`: how much
/// later the log came in that time.
fn told(away: std::ops::Range<i64>, says_gap: bool, late_s: i64) -> Vec<Event> {
    let mut script = Script::default();
    let mut back = false;
    let all = calls();
    let mut log: Vec<(i64, &(i64, String, Body))> = Vec::new();
    for event in &all {
        let arrives_s = if away.contains(&event.0) { event.0 + late_s } else { event.0 };
        log.push((arrives_s, event));
    }
    log.sort_by_key(|(arrives_s, _)| *arrives_s);
    let mut log = log.into_iter().peekable();
    for second in 0..4_500 {
        if second >= away.end && !back && !away.is_empty() {
            back = true;
            if says_gap {
                script.gap(away.start, away.end);
            }
            script.snapshot(away.end, &alive_at(&all, away.end - 1));
        }
        for (at_s, leg, body) in all.iter().filter(|(at_s, ..)| *at_s == second) {
            if !away.contains(at_s) {
                script.say(AMI, START_US + at_s * SECOND, leg, body.clone());
            }
        }
        while let Some((_, (at_s, leg, body))) = log.next_if(|(arrives_s, _)| *arrives_s == second) {
            // No two sources stamp the same thing with the same microsecond.
            script.say(CEL, START_US + at_s * SECOND + 334, leg, body.clone());
        }
        if second % 10 == 9 && !away.contains(&second) {
            script.heartbeats(AMI, second, second + 1);
        }
        if second % 10 == 5 {
            script.heartbeats(CEL, second, second + 1);
        }
    }
    script.events
}

fn alive_at(all: &[(i64, String, Body)], second: i64) -> Vec<(String, i64)> {
    let ended = |leg: &str| {
        all.iter().any(|(at_s, l, body)| l == leg && *at_s <= second && matches!(body, Body::LegEnded { .. }))
    };
    let started =
        all.iter().filter(|(at_s, _, body)| *at_s <= second && matches!(body, Body::LegStarted { .. }));
    started.filter(|(_, leg, _)| !ended(leg)).map(|(at_s, leg, _)| (leg.clone(), *at_s)).collect()
}

/// Every call as it was, once, and final.
fn check_all_right(seen: &Seen, what: &str) {
    assert_eq!(seen.calls.len(), 90, "{what}");
    for call in seen.calls.values() {
        let number: u32 = call.call_id.trim_start_matches("vik/c").parse().unwrap();
        let expect = if number.is_multiple_of(3) { Outcome::Abandoned } else { Outcome::Answered };
        assert_eq!((call.outcome, call.is_final), (expect, true), "{what}: {call:?}");
    }
    let external = seen.figures().into_iter().filter(|(key, _)| key.dimension == kpi::Dimension::Site);
    assert_eq!(external.map(|(_, pane)| pane.offered()).sum::<i64>(), 90, "{what}");
}

fn heard_share(seen: &Seen, minute: i64) -> f64 {
    let of_minute = |key: &PaneKey| {
        key.dimension == kpi::Dimension::Site
            && key.direction == call::Direction::External
            && key.minute == window::minute_of(START_US) + minute
    };
    let panes = seen.panes.iter().filter(|(key, _)| of_minute(key)).map(|(_, (_, _, pane))| pane);
    let more = seen.corrections.iter().filter(|((key, ..), _)| of_minute(key)).map(|(_, pane)| pane);
    panes.chain(more).map(|pane| pane.heard_us as f64 / 60e6).sum()
}

#[test]
fn two_sources_that_agree_are_one_list() {
    let (seen, state) = run_in(&with(&[AMI, CEL]), &told(0..0, false, 0), &|n| n % 7 == 0, &never);
    check_all_right(&seen, "no gap");
    assert!(seen.calls.values().all(|call| !call.is_partial));
    // The very first call may have begun before the first source was there: that it was told is kept for a day.
    let kept: BTreeSet<&Text> = state.told.keys().map(|(_, id)| id).collect();
    assert!(
        kept.len() <= 1 && state.calls.is_empty(),
        "nothing else is kept of calls that are over: {kept:?}"
    );
    assert!((5..40).all(|minute| heard_share(&seen, minute) == 1.0));
}

#[test]
fn what_was_not_heard_is_told_by_the_other_source_at_once_or_later() {
    for (what, away, says_gap, late_s) in [
        ("at once", 333..461, true, 0),
        ("read later", 333..461, true, 700),
        ("a short gap", 335..338, true, 0),
        ("a long gap", 200..1_500, true, 0),
    ] {
        let events = told(away, says_gap, late_s);
        let (seen, state) = run_in(&with(&[AMI, CEL]), &events, &|n| n % 5 == 0, &never);
        check_all_right(&seen, what);
        // Of those in the gap it is kept for a day that they were told, so that nobody tells them again.
        let kept: BTreeSet<&Text> = state.told.keys().map(|(_, id)| id).collect();
        assert!(kept.len() < 80 && state.calls.is_empty(), "{what}: {kept:?}");
        let (killed, _) = run_in(&with(&[AMI, CEL]), &events, &|n| n % 5 == 0, &|n| n % 211 == 17);
        assert_eq!(killed, seen, "{what}: killed and restored");
        assert!((5..40).all(|minute| heard_share(&seen, minute) == 1.0), "{what}");
    }
}

#[test]
fn a_gap_that_nobody_else_heard_is_unknown_and_shown() {
    let away = 333..461;
    let mut events = told(away.clone(), true, 0);
    events.retain(|event| event.origin.kind == AMI);
    let (seen, _) = run(&events, &|n| n % 5 == 0, &never);
    let known = |call: &&Call| call.outcome != Outcome::Unknown;
    assert!(seen.calls.len() < 90 && seen.calls.values().filter(known).count() > 70);
    let unknown = seen.calls.values().filter(|call| !known(call));
    assert!(unknown.clone().count() > 0 && unknown.clone().all(|call| call.is_partial && call.is_final));
    assert!((heard_share(&seen, 5) - 33.0 / 60.0).abs() < 0.1 && heard_share(&seen, 6) == 0.0);
    assert!((heard_share(&seen, 7) - 19.0 / 60.0).abs() < 0.1 && heard_share(&seen, 8) == 1.0);
}

#[test]
fn while_the_first_source_is_silent_the_other_speaks_for_it() {
    let away = 333..1_000;
    let events = told(away.clone(), true, 0);
    // In the middle of the outage, which nobody has told of yet.
    let half: Vec<Event> =
        events.iter().filter(|event| event.at_us < START_US + 700 * SECOND).cloned().collect();
    let (seen, _) = run_in(&with(&[AMI, CEL]), &half, &|n| n % 5 == 0, &never);
    let answered =
        |call: &&Call| call.outcome == Outcome::Answered && call.arrived_us > START_US + 400 * SECOND;
    assert!(seen.calls.values().filter(answered).count() >= 7, "told while it is silent");
    let (seen, _) = run_in(&with(&[AMI, CEL]), &events, &|n| n % 5 == 0, &never);
    check_all_right(&seen, "back again");
}

/// Logs of days that are read for the first time come one before the other.
#[test]
fn the_best_source_tells_even_if_it_comes_last() {
    let mut events = told(0..0, false, 0);
    events.sort_by_key(|event| event.origin.kind != AMI);
    let (first, last): (Vec<Event>, Vec<Event>) =
        events.into_iter().partition(|event| event.origin.kind == AMI);
    let as_log = |mut event: Event| {
        event.origin.kind = SourceKind::AsteriskCdr;
        if let Body::LegStarted { incoming: true, .. } = event.body {
            let record = CallRecord {
                caller_device: Some("trunk".into()),
                caller: Party::Unknown,
                dialled: Party::Own("101".into()),
                queue: None,
                target: None,
                answered_us: None,
                ended_us: Some(event.at_us + 8 * SECOND),
                status: DialStatus::NoAnswer,
                mailbox: false,
            };
            event.body = Body::CallRecorded(Box::new(record));
        } else {
            event.body = Body::Heartbeat;
        }
        event
    };
    let mut events: Vec<Event> = first.into_iter().map(as_log).chain(last).collect();
    for (received_us, event) in (START_US + 10_000 * SECOND..).zip(&mut events) {
        event.received_us = received_us;
    }
    let setup = with(&[CEL, SourceKind::AsteriskCdr]);
    let (seen, _) = run_in(&setup, &events, &|n| n % 5 == 0, &never);
    check_all_right(&seen, "call records first");
    let (killed, _) = run_in(&setup, &events, &|n| n % 5 == 0, &|n| n % 97 == 3);
    assert_eq!(killed, seen);
}

/// The connection is lost in the middle of a call, and does not come back.
#[test]
fn a_call_that_was_alive_when_the_first_source_fell_silent_is_told_to_its_end() {
    let mut script = Script::default();
    let story = call_events(30, "cut", false);
    for (at_s, leg, body) in story.iter().filter(|(at_s, ..)| *at_s < 35) {
        script.say(AMI, START_US + at_s * SECOND, leg, body.clone());
    }
    script.heartbeats(CEL, 0, 30);
    for (at_s, leg, body) in story {
        script.say(CEL, START_US + at_s * SECOND, &leg, body);
    }
    script.heartbeats(CEL, 40, 300);
    let (seen, _) = run_in(&with(&[AMI, CEL]), &script.events, &|n| n % 3 == 0, &|n| n % 11 == 4);
    let outcomes: Vec<Outcome> = seen.calls.values().map(|call| call.outcome).collect();
    assert_eq!(outcomes, [Outcome::Abandoned]);
}

/// Found by the simulator: the beginning of the call, told alone, seems to reach into the gap.
#[test]
fn a_call_that_was_over_before_a_gap_is_not_told_again_by_a_log_that_comes_late() {
    let mut script = Script::default();
    let story = call_events(30, "over", false);
    script.heartbeats(AMI, 0, 30);
    script.heartbeats(CEL, 0, 30);
    for (at_s, leg, body) in &story {
        script.say(AMI, START_US + at_s * SECOND, leg, body.clone());
    }
    script.gap(45, 48);
    script.heartbeats(AMI, 50, 400);
    for (at_s, leg, body) in story {
        script.say(CEL, START_US + at_s * SECOND, &leg, body);
    }
    script.heartbeats(CEL, 60, 400);
    let (seen, _) = run_in(&with(&[AMI, CEL]), &script.events, &|_| true, &never);
    let told: Vec<_> = seen.calls.values().map(|call| (call.outcome, call.version, call.is_final)).collect();
    assert_eq!(told, [(Outcome::Abandoned, 4, true)]);
}

/// In a gap, too, a log that hears of every call knows better than one that hears of queues alone.
#[test]
fn a_visit_that_the_channel_event_log_knows_to_be_no_call_is_none_in_a_gap_either() {
    let away = 333..461;
    let queue_log = SourceKind::AsteriskQueueLog;
    let mut script = Script::default();
    for event in told(away, true, 0) {
        let at_s = (event.at_us - START_US) / SECOND;
        script.events.push(event);
        if at_s == 380 && !script.positions.contains_key(&queue_log) {
            let (queue, caller) =
                ("vaxel".into(), Party::Outside(vec![call::Pseudonym { epoch: 1, value: 7 }]));
            let entered = Body::QueueEntered { queue, caller, position: 1, arrived_us: None };
            script.say(queue_log, START_US + 380 * SECOND, "visit", entered);
            let gave_up = Body::QueueAbandoned { queue: "vaxel".into() };
            script.say(queue_log, START_US + 380 * SECOND, "visit", gave_up);
        }
        if at_s % 10 == 0 && script.positions.contains_key(&queue_log) {
            script.say(queue_log, START_US + at_s * SECOND, "", Body::Heartbeat);
        }
    }
    let (mut seen, _) = run_in(&with(&[AMI, CEL, queue_log]), &script.events, &|n| n % 5 == 0, &never);
    seen.calls.retain(|_, call| call.merged_into.is_none());
    check_all_right(&seen, "with a visit");
}

/// A log that comes early tells of a visit that was an operator's, with a caller to be put through.
#[test]
fn what_the_best_source_knows_to_be_no_call_is_taken_back() {
    let mut script = Script::default();
    let caller = Party::Outside(vec![call::Pseudonym { epoch: 1, value: 7 }]);
    let queue: Text = "vaxel".into();
    let queue_log = SourceKind::AsteriskQueueLog;
    let entered = Body::QueueEntered { queue, caller, position: 1, arrived_us: Some(START_US + 30 * SECOND) };
    script.say(queue_log, START_US + 30 * SECOND, "visit", entered);
    let gave_up = Body::QueueAbandoned { queue: "vaxel".into() };
    script.say(queue_log, START_US + 40 * SECOND, "visit", gave_up);
    script.heartbeats(queue_log, 50, 400);
    let half = script.events.len();
    for (at_s, leg, body) in calls() {
        script.say(CEL, START_US + at_s * SECOND, &leg, body);
    }
    let setup = with(&[CEL, queue_log]);
    let (seen, _) = run_in(&setup, &script.events[..half], &|n| n % 3 == 0, &never);
    assert_eq!(seen.calls.len(), 1, "it is told as long as nobody knows better");
    let (seen, _) = run_in(&setup, &script.events, &|n| n % 3 == 0, &never);
    let visit = &seen.calls["vik/visit"];
    assert!(visit.is_final && visit.merged_into.as_deref() == Some("vik/-"), "{visit:?}");
    assert_eq!(seen.figures().values().filter(|pane| pane.offered() < 0).count(), 0);
    let external = seen.figures().into_iter().filter(|(key, _)| key.dimension == kpi::Dimension::Site);
    assert_eq!(external.map(|(_, pane)| pane.offered()).sum::<i64>(), 90);
}

#[test]
fn a_log_of_queues_alone_is_a_source_of_its_own_and_survives_a_kill() {
    let queue_log = SourceKind::AsteriskQueueLog;
    let mut script = Script::default();
    for n in 0..40 {
        let (leg, at_us) = (format!("q{n:02}"), START_US + n * 30 * SECOND);
        let queue: Text = "vaxel".into();
        let caller =
            Party::Outside(vec![call::Pseudonym { epoch: 1, value: u128::try_from(n % 7).unwrap() }]);
        let entered =
            Body::QueueEntered { queue: queue.clone(), caller, position: 1, arrived_us: Some(at_us) };
        script.say(queue_log, at_us, &leg, entered);
        if n % 4 == 0 {
            script.say(queue_log, at_us + 9 * SECOND, &leg, Body::QueueAbandoned { queue });
            continue;
        }
        let (member, wait_us) = ("9001".into(), 5 * SECOND);
        let taken = Body::QueueAnswered { queue: queue.clone(), member, dest: None, wait_us, ring_us: None };
        script.say(queue_log, at_us + 5 * SECOND, &leg, taken);
        script.say(queue_log, at_us + 25 * SECOND, &leg, Body::QueueCompleted { queue, by_caller: true });
    }
    script.heartbeats(queue_log, 1_200, 3_000);
    let (seen, state) = run(&script.events, &|n| n % 3 == 0, &never);
    let of = |outcome: Outcome| seen.calls.values().filter(|call| call.outcome == outcome).count();
    assert_eq!((of(Outcome::Answered), of(Outcome::Abandoned), seen.calls.len()), (30, 10, 40));
    assert!(seen.calls.values().all(|call| call.is_final) && state.events.is_empty(), "{:?}", state.events);
    let (killed, _) = run(&script.events, &|n| n % 3 == 0, &|n| n % 31 == 7);
    assert_eq!(killed, seen);
}

/// Anything a PBX might say, told by the log too; some of it by the log alone, and call records between.
fn disturbed(steps: &[Step], deaf: &[bool]) -> Vec<Event> {
    let (mut script, mut told) = (Script::default(), Vec::new());
    for (index, event) in World::events(steps).into_iter().enumerate() {
        let is_own = matches!(
            event.body,
            Body::Gap { .. }
                | Body::Heartbeat
                | Body::SnapshotStarted
                | Body::SnapshotEnded
                | Body::LegSeen { .. }
        );
        if is_own || !deaf[index % deaf.len()] {
            told.push(event.clone());
        }
        if is_own {
            continue;
        }
        let leg = event.leg.clone().unwrap_or_default();
        script.say(CEL, event.at_us, &leg, event.body.clone());
        if index % 5 == 0 {
            let record = CallRecord {
                caller_device: Some(["trunk", "2001", "9001"][index % 3].into()),
                caller: Party::Unknown,
                dialled: Party::Own("101".into()),
                queue: None,
                target: Some(["2001", "9001"][index % 2].into()),
                answered_us: Some(event.at_us - 58 * SECOND),
                ended_us: Some(event.at_us),
                status: if index % 2 == 0 { DialStatus::Answer } else { DialStatus::NoAnswer },
                mailbox: false,
            };
            // Written when it is over, with the time of its beginning.
            let began_us = event.at_us - 60 * SECOND;
            script.say(SourceKind::AsteriskCdr, began_us, &leg, Body::CallRecorded(Box::new(record)));
        }
        told.append(&mut script.events);
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn killed_and_restored_is_straight_through_with_several_sources(
        steps in steps(80), deaf in prop::collection::vec(any::<bool>(), 1..40), every in 1usize..20,
        kill in 0usize..600, again in 1usize..90, known in any::<bool>(),
    ) {
        let events = disturbed(&steps, &deaf);
        let setup = if known { with(&[AMI, CEL, SourceKind::AsteriskCdr]) } else { setup() };
        let (straight, _) = run_in(&setup, &events, &|n| n % every == 0, &never);
        let kills = |n: usize| n >= kill && (n - kill).is_multiple_of(again);
        let (restored, _) = run_in(&setup, &events, &|n| n % every == 0, &kills);
        prop_assert_eq!(straight, restored);
    }

    #[test]
    fn figures_are_the_sum_of_the_calls_with_several_sources(
        steps in steps(80), deaf in prop::collection::vec(any::<bool>(), 1..40), every in 1usize..20,
        known in any::<bool>(),
    ) {
        let setup = if known { with(&[AMI, CEL, SourceKind::AsteriskCdr]) } else { setup() };
        let (seen, _) = run_in(&setup, &disturbed(&steps, &deaf), &|n| n % every == 0, &|n| n % 41 == 5);
        let mut expect: BTreeMap<PaneKey, Pane> = BTreeMap::new();
        for call in seen.calls.values() {
            for (key, pane) in kpi::contributions(call, &setup.measures) {
                expect.entry(key).or_default().combine(&pane, 1);
            }
        }
        prop_assert_eq!(seen.figures(), expect);
    }
}
