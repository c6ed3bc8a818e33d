//! Several collectors at one PBX, case by case.

use super::super::ears::Ears;
use super::pair::used;
use super::several::{AMI, SECOND, START_US};
use super::*;
use call::event::{Endpoint, GapReason};
use call::{EventId, Origin, Party};

const CEL: SourceKind = SourceKind::AsteriskCel;

/// What collectors say, in the order in which it comes.
#[derive(Default)]
struct Said {
    events: Vec<Event>,
    positions: BTreeMap<u64, u64>,
}

impl Said {
    /// At this second by the collector's clock; `at_s` by the PBX's.
    fn say(&mut self, stream: u64, kind: SourceKind, received_s: i64, at_s: i64, body: Body) {
        let position = self.positions.entry(stream).or_default();
        *position += 1;
        let origin = Origin { site: SITE.into(), node: "pbx".into(), kind, stream, position: *position };
        let (at_us, received_us) = (START_US + at_s * SECOND, START_US + received_s * SECOND);
        let leg = Some("leg".into());
        self.events.push(Event { id: EventId(0), origin, at_us, received_us, linked: None, leg, body });
    }

    fn beats(&mut self, kind: SourceKind, streams: &[u64], seconds: std::ops::Range<i64>) {
        for second in seconds.filter(|second| second % 10 == 0) {
            streams.iter().for_each(|stream| self.say(*stream, kind, second, second, Body::Heartbeat));
        }
    }

    fn gap(&mut self, stream: u64, kind: SourceKind, from_s: i64, to_s: i64) {
        let (from_us, to_us) = (START_US + from_s * SECOND, START_US + to_s * SECOND);
        let reason = GapReason::CollectorDown;
        self.say(stream, kind, to_s, to_s, Body::Gap { from_us, to_us, reason, lost: 0 });
    }

    /// Gaps that are used, in seconds.
    fn gaps(&self) -> Vec<(i64, i64)> {
        let second = |us: i64| (us - START_US) / SECOND;
        let gap = |event: &Event| match event.body {
            Body::Gap { from_us, to_us, .. } => Some((second(from_us), second(to_us))),
            _ => None,
        };
        used(&self.events).iter().filter_map(gap).collect()
    }
}

#[test]
fn what_nobody_heard_is_one_gap_whoever_comes_back_first() {
    for (first, second) in [(1, 2), (2, 1)] {
        let mut said = Said::default();
        said.beats(AMI, &[1, 2], 0..101);
        said.gap(first, AMI, 95, 150);
        said.beats(AMI, &[first], 151..171);
        said.gap(second, AMI, 98, 175);
        said.beats(AMI, &[1, 2], 176..200);
        // Both were there to tell a heartbeat at 100.
        assert_eq!(said.gaps(), [(100, 150)]);
    }
}

#[test]
fn of_a_gap_only_what_the_other_did_not_hear_is_left() {
    let mut said = Said::default();
    said.beats(AMI, &[1, 2], 0..51);
    said.beats(AMI, &[1], 51..81);
    // The first one dies, too; the second one comes back before it.
    said.gap(2, AMI, 50, 130);
    said.beats(AMI, &[2], 131..160);
    said.gap(1, AMI, 80, 165);
    said.beats(AMI, &[1, 2], 166..190);
    assert_eq!(said.gaps(), [(80, 130)]);
}

#[test]
fn a_gap_of_a_log_file_is_none_while_another_collector_reads_on() {
    let mut said = Said::default();
    said.beats(CEL, &[1, 2], 0..51);
    said.beats(CEL, &[1], 51..101);
    said.gap(2, CEL, 50, 100);
    said.beats(CEL, &[1, 2], 101..130);
    assert_eq!(said.gaps(), []);
    said.gap(2, CEL, 120, 170);
    assert_eq!(said.gaps(), [(120, 170)], "the other one is silent");
}

#[test]
fn what_comes_after_its_gap_was_told_begins_no_call_that_is_over() {
    let mut said = Said::default();
    said.beats(AMI, &[1, 2], 0..51);
    said.beats(AMI, &[2], 51..61);
    // The first one hears on, but its Kafka is away; the second one was away, and finds a call when it looks.
    said.gap(2, AMI, 60, 100);
    let look =
        Body::LegSeen { endpoint: Endpoint::Device("trunk".into()), age_us: 20 * SECOND, bridge: None };
    for body in [Body::SnapshotStarted, look, Body::SnapshotEnded, Body::LegEnded { cause: 16 }] {
        said.say(2, AMI, 101, 101, body);
    }
    said.beats(AMI, &[2], 102..131);
    let (endpoint, dialled) = (Endpoint::Device("trunk".into()), Party::Own("100".into()));
    said.say(1, AMI, 81, 81, Body::LegStarted { endpoint, incoming: true, caller: Party::Unknown, dialled });
    said.say(1, AMI, 101, 101, Body::LegEnded { cause: 16 });
    said.beats(AMI, &[1, 2], 102..171);
    let (seen, _) = run(&said.events, &|_| true, &never);
    assert!(!seen.calls.is_empty() && seen.calls.values().all(|call| call.is_final), "{seen:?}");
    assert_eq!(said.gaps(), [(60, 100)]);
}

#[test]
fn a_look_that_comes_after_a_younger_one_ends_no_call() {
    let mut said = Said::default();
    // The second one looks later, but its words are in Kafka first.
    for body in [Body::SnapshotStarted, Body::SnapshotEnded] {
        said.say(2, AMI, 2, 2, body);
    }
    let (endpoint, dialled) = (Endpoint::Device("trunk".into()), Party::Own("100".into()));
    let begins = Body::LegStarted { endpoint, incoming: true, caller: Party::Unknown, dialled };
    said.say(2, AMI, 3, 3, begins.clone());
    for body in [Body::SnapshotStarted, Body::SnapshotEnded] {
        said.say(1, AMI, 1, 1, body);
    }
    said.say(1, AMI, 3, 3, begins);
    [1, 2].into_iter().for_each(|stream| said.say(stream, AMI, 9, 9, Body::LegEnded { cause: 16 }));
    let (seen, _) = run(&said.events, &|_| true, &never);
    let [call] = &seen.calls.into_values().collect::<Vec<_>>()[..] else { panic!("one call") };
    assert!(call.is_final && !call.is_partial, "{call:?}");
}

#[test]
fn the_clock_of_the_pbx_is_set_back_by_half_a_minute() {
    let mut said = Said::default();
    said.beats(AMI, &[1, 2], 0..1);
    let mut told = 0;
    for second in 1..120 {
        let at_s = if second < 60 { second } else { second - 30 };
        // One of them dies soon after; until then they take turns in being first.
        let streams: &[u64] = match second {
            70.. => &[1],
            _ if second % 2 == 0 => &[1, 2],
            _ => &[2, 1],
        };
        streams.iter().for_each(|stream| said.say(*stream, AMI, second, at_s, Body::Held));
        told += 1;
    }
    let held = used(&said.events).iter().filter(|event| event.body == Body::Held).count();
    assert_eq!(held, told);
}

#[test]
fn the_same_thing_twice_at_once_is_two_things() {
    let mut said = Said::default();
    said.beats(AMI, &[1, 2], 0..21);
    for stream in [1, 2, 2, 1, 2, 1] {
        said.say(stream, AMI, 30, 30, Body::Held);
    }
    assert_eq!(used(&said.events).iter().filter(|event| event.body == Body::Held).count(), 3);
}

#[test]
fn a_single_collector_has_no_ids_to_keep() {
    let mut said = Said::default();
    (0..1_000).for_each(|second| said.say(1, AMI, second, second, Body::Held));
    let mut ears = Ears::default();
    said.events.iter().for_each(|event| drop(ears.hear(event, &[])));
    let (pbxs, _) = ears.records();
    let [session] = &pbxs[0].ears[0].sessions[..] else { panic!("{pbxs:?}") };
    assert!(session.first.is_empty() && session.last.is_empty(), "{session:?}");
}

#[test]
fn two_collectors_keep_the_ids_of_two_seconds() {
    let mut said = Said::default();
    for second in 0..1_000 {
        said.say(1, AMI, second, second, Body::Held);
        said.say(2, AMI, second, second, Body::Held);
    }
    let mut ears = Ears::default();
    said.events.iter().for_each(|event| drop(ears.hear(event, &[])));
    let (pbxs, _) = ears.records();
    let kept = pbxs[0].ears.iter().flat_map(|ear| &ear.sessions);
    let kept: usize = kept.map(|session| session.first.len() + session.last.len()).sum();
    assert!(kept <= 12, "{pbxs:?}");
}

#[test]
fn a_dead_collector_shows_and_is_forgotten_after_a_day() {
    let day_s = 24 * 3_600;
    let mut said = Said::default();
    said.beats(AMI, &[1, 2], 0..101);
    said.beats(AMI, &[1], 101..day_s + 200);
    let mut ears = Ears::default();
    let mut counts = Vec::new();
    for event in &said.events {
        ears.hear(event, &[]);
        counts.push(ears.counts()[&AMI]);
    }
    counts.dedup();
    assert_eq!(counts, [(1, 0), (2, 0), (1, 1), (1, 0)]);
}
