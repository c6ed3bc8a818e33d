//! Several collectors at one PBX: what each of them does not hear, another tells; each event once.

use super::super::ears::{Ears, Verdict};
use super::several::SECOND;
use super::*;
use call::event::GapReason;
use call::{EventId, Origin};

/// A collector's session that ends is known to have heard until a heartbeat before.
const BEAT_US: i64 = 10 * SECOND;
/// The last word that is on disk when a collector is killed may be so old.
const SYNC_US: i64 = SECOND / 5;

/// One collector: when it is away, and how late its words come to Kafka from when on.
#[derive(Debug, Clone, Default)]
struct Collector {
    away: Vec<(i64, i64)>,
    late: Vec<(i64, i64)>,
    clock_us: i64,
}

impl Collector {
    fn is_away(&self, at_us: i64) -> bool {
        self.away.iter().any(|(from, to)| (*from..*to).contains(&at_us))
    }

    fn late_us(&self, at_us: i64) -> i64 {
        self.late.iter().rev().find(|(from, _)| *from <= at_us).map_or(0, |(_, late_us)| *late_us)
    }
}

/// What the PBX says, without what only a collector says.
fn of_pbx(steps: &[Step]) -> Vec<Event> {
    let own = |event: &Event| super::super::ears::is_own(&event.body);
    World::events(steps).into_iter().filter(|event| !own(event)).collect()
}

/// What a collector tells, and when that comes to Kafka. Its looks show no channel at all: one that is used shows.
fn told_by(collector: &Collector, stream: u64, pbx: &[Event], end_us: i64) -> Vec<(i64, Event)> {
    let start_us = pbx[0].received_us - SECOND;
    let mut said: Vec<(i64, Event)> = Vec::new();
    let own = |at_us: i64, body: Body| {
        let origin = Origin {
            site: SITE.into(),
            node: "pbx".into(),
            kind: SourceKind::AsteriskAmi,
            stream,
            position: 0,
        };
        let at_us = at_us + collector.clock_us;
        Event { id: EventId(0), origin, at_us, received_us: at_us, leg: None, linked: None, body }
    };
    for event in pbx.iter().filter(|event| !collector.is_away(event.received_us)) {
        let mut event = event.clone();
        event.origin.stream = stream;
        said.push((
            event.received_us,
            Event { received_us: event.received_us + collector.clock_us, ..event },
        ));
    }
    let beats = (start_us..end_us).step_by(usize::try_from(BEAT_US).unwrap());
    for at_us in beats.map(|at_us| at_us + stream as i64 * SECOND).filter(|at_us| !collector.is_away(*at_us))
    {
        said.push((at_us, own(at_us, Body::Heartbeat)));
    }
    // One after the other, so that the order of the looks is not that of their coming.
    let mut logins = vec![(None, start_us - stream as i64 * SECOND / 4)];
    logins.extend(collector.away.iter().map(|(from, to)| (Some(*from - SYNC_US), *to)));
    for (silent_from_us, at_us) in logins {
        if let Some(from_us) = silent_from_us {
            let (from_us, to_us) = (from_us + collector.clock_us, at_us + collector.clock_us);
            let reason = GapReason::CollectorDown;
            said.push((at_us, own(at_us, Body::Gap { from_us, to_us, reason, lost: 0 })));
        }
        said.push((at_us, own(at_us, Body::SnapshotStarted)));
        said.push((at_us, own(at_us, Body::SnapshotEnded)));
    }
    // Whoever logs in says so before anything else.
    said.sort_by_key(|(at_us, event)| {
        let is_login = matches!(event.body, Body::Gap { .. } | Body::SnapshotStarted | Body::SnapshotEnded);
        (*at_us, !is_login)
    });
    let mut comes_us = i64::MIN;
    for (position, (at_us, event)) in (1..).zip(&mut said) {
        event.origin.position = position;
        comes_us = comes_us.max(*at_us + collector.late_us(*at_us));
        *at_us = comes_us;
    }
    said
}

/// A minute after the last of all that happens.
fn end_us(collectors: &[Collector], pbx: &[Event]) -> i64 {
    let back = collectors.iter().flat_map(|collector| &collector.away).map(|(_, to_us)| *to_us);
    back.chain(pbx.iter().map(|event| event.received_us)).max().unwrap() + 60 * SECOND
}

/// All that comes to Kafka, in that order.
fn together(collectors: &[Collector], pbx: &[Event], end_us: i64) -> Vec<Event> {
    let told = |(stream, collector)| told_by(collector, stream, pbx, end_us);
    let mut all: Vec<(i64, Event)> = (1..).zip(collectors).flat_map(told).collect();
    all.sort_by_key(|(comes_us, _)| *comes_us);
    all.into_iter().map(|(_, event)| event).collect()
}

/// `(who, how long after the last one is back, for how long)`, in seconds; nobody is away while another one is.
type Away = (usize, i64, i64);

fn one_after_the_other(count: usize, aways: &[Away], pbx: &[Event]) -> Vec<Collector> {
    let mut collectors = vec![Collector::default(); count];
    let mut now_us = pbx[0].received_us;
    for (who, after_s, for_s) in aways {
        let from_us = now_us + (12 + after_s) * SECOND;
        now_us = from_us + for_s * SECOND + 7;
        collectors[who % count].away.push((from_us, now_us));
    }
    collectors
}

fn figures_of(seen: &Seen) -> (BTreeMap<Text, Call>, BTreeMap<PaneKey, Pane>) {
    (seen.calls.clone(), seen.figures())
}

/// No call becomes too old: that is noticed at the next event, whichever that is.
fn short_steps() -> impl Strategy<Value = Vec<Step>> {
    let pause = prop_oneof![8 => 0u32..3_000, 2 => 3_000u32..12_000];
    prop::collection::vec((0..KINDS, 0u8..8, 0u8..8, pause), 1..80)
}

fn short_aways() -> impl Strategy<Value = Vec<Away>> {
    prop::collection::vec((0usize..3, 0i64..60, 0i64..100), 0..7)
}

fn aways() -> impl Strategy<Value = Vec<Away>> {
    prop::collection::vec((0usize..3, prop_oneof![3 => 0i64..60, 1 => 60i64..2_000], 0i64..200), 0..12)
}

/// Since which second after the begin, and how late.
fn lates(most_s: i64) -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0i64..8_000, 0..most_s * 1_000), 0..6)
}

fn late(collector: &mut Collector, lates: &[(i64, i64)], pbx: &[Event]) {
    let mut lates = lates.to_vec();
    lates.sort_unstable();
    collector.late =
        lates.iter().map(|(after_s, ms)| (pbx[0].received_us + after_s * SECOND, ms * 1_000)).collect();
}

fn gaps(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event.body, Body::Gap { .. })).count()
}

/// What is used of the input, and what is repeated: all of it is one or the other.
pub(super) fn used(events: &[Event]) -> Vec<Event> {
    let mut ears = Ears::default();
    let (mut used, mut repeated) = (Vec::new(), 0);
    for event in events {
        let heard = ears.hear(event, &[]);
        let after = heard.after.into_iter().map(|(event, _)| event);
        used.extend(heard.before.into_iter().map(|(event, _)| event));
        match heard.verdict {
            Verdict::Use => used.push(event.clone()),
            Verdict::Repeated | Verdict::TooLate => repeated += 1,
            Verdict::Held | Verdict::Reshaped => {}
        }
        used.extend(after);
    }
    let decided = ears.take(&SITE.into(), &mut Vec::new());
    repeated += decided.map_or(0, |decided| decided.repeated + decided.too_late);
    let mut whole = |gap: &&Event| matches!(gap.body, Body::Gap { from_us, .. } if from_us > 0);
    let pieces = used.iter().filter(&mut whole).count() as u64;
    let gaps = used.iter().filter(&mut whole).map(|gap| &gap.origin).collect::<Vec<_>>();
    let told = gaps.iter().map(|origin| (origin.stream, origin.position)).collect::<BTreeSet<_>>();
    assert_eq!(used.len() as u64 - pieces + told.len() as u64 + repeated, events.len() as u64);
    used
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Whoever is away, for however long: while another one hears, nothing shows.
    #[test]
    fn several_collectors_are_one_that_is_never_away(
        steps in short_steps(), count in 2usize..4, aways in short_aways(),
        lates in prop::collection::vec(lates(9), 3), clocks in prop::collection::vec(-1_500_000i64..1_500_000, 3),
        every in 1usize..20, kill in 0usize..600, again in 1usize..90,
    ) {
        let pbx = of_pbx(&steps);
        prop_assume!(!pbx.is_empty());
        let mut collectors = one_after_the_other(count, &aways, &pbx);
        for ((collector, lates), clock_us) in collectors.iter_mut().zip(&lates).zip(&clocks) {
            late(collector, lates, &pbx);
            collector.clock_us = *clock_us;
        }
        let end_us = end_us(&collectors, &pbx);
        let (alone, _) = run(&together(&[Collector::default()], &pbx, end_us), &never, &never);
        let events = together(&collectors, &pbx, end_us);
        prop_assert_eq!(gaps(&used(&events)), 0);
        let (seen, _) = run(&events, &|n| n % every == 0, &|n| n >= kill && (n - kill) % again == 0);
        prop_assert_eq!(figures_of(&seen), figures_of(&alone));
    }

    /// One comes hours late, and was away now and then: the other one had told it all.
    #[test]
    fn what_comes_hours_late_changes_nothing(
        steps in short_steps(), aways in short_aways(), lates in lates(20_000), every in 1usize..20, again in 1usize..90,
    ) {
        let pbx = of_pbx(&steps);
        prop_assume!(!pbx.is_empty());
        let mut collectors = vec![Collector::default(), Collector::default()];
        collectors[1].away = one_after_the_other(1, &aways, &pbx)[0].away.clone();
        late(&mut collectors[1], &lates, &pbx);
        let end_us = end_us(&collectors, &pbx);
        let (alone, _) = run(&together(&collectors[..1], &pbx, end_us), &never, &never);
        let (seen, _) = run(&together(&collectors, &pbx, end_us), &|n| n % every == 0, &|n| n % again == 5);
        prop_assert_eq!(figures_of(&seen), figures_of(&alone));
    }

    /// Whatever happens: what any of them heard is used once, and what nobody heard lies in a gap that is told.
    #[test]
    fn what_anybody_heard_is_used_once_and_the_rest_is_a_gap(
        steps in steps(100), each in prop::collection::vec((aways(), lates(20_000)), 1..4),
    ) {
        let pbx = of_pbx(&steps);
        prop_assume!(!pbx.is_empty());
        let collectors: Vec<Collector> = each.iter().map(|(aways, lates)| {
            let mut collector = one_after_the_other(1, aways, &pbx).remove(0);
            late(&mut collector, lates, &pbx);
            collector
        }).collect();
        let used = used(&together(&collectors, &pbx, end_us(&collectors, &pbx)));
        let ids = |events: &[Event]| -> Vec<EventId> {
            let own = |event: &&Event| !super::super::ears::is_own(&event.body);
            let mut ids: Vec<_> = events.iter().filter(own).map(|event| event.id).collect();
            ids.sort_unstable();
            ids
        };
        let (heard, missed): (Vec<Event>, Vec<Event>) =
            pbx.iter().cloned().partition(|event| collectors.iter().any(|one| !one.is_away(event.received_us)));
        let spans: Vec<(i64, i64)> = used.iter().filter_map(|event| match event.body {
            Body::Gap { from_us, to_us, .. } => Some((from_us, to_us)),
            _ => None,
        }).collect();
        let mut in_order = spans.clone();
        in_order.sort_unstable();
        prop_assert!(in_order.windows(2).all(|pair| pair[0].1 <= pair[1].0), "told twice: {in_order:?}");
        // What one of them heard, and another one told as a gap before, is missed as well.
        let known: BTreeSet<EventId> = ids(&used).into_iter().collect();
        let late: Vec<Event> = heard.iter().filter(|event| !known.contains(&event.id)).cloned().collect();
        let times = |events: &[Event]| ids(events).len();
        prop_assert_eq!(times(&used) + times(&late), times(&heard), "used once");
        prop_assert!(ids(&used).iter().all(|id| heard.iter().any(|event| event.id == *id)));
        for event in missed.into_iter().chain(late) {
            let at_us = event.received_us;
            prop_assert!(spans.iter().any(|(from, to)| *from <= at_us && at_us <= *to), "{event:?}");
        }
    }

    /// Whatever happens: killed and restored is straight through.
    #[test]
    fn what_waits_is_restored(
        steps in steps(60), each in prop::collection::vec((aways(), lates(60)), 2..4),
        every in 1usize..20, kill in 0usize..600, again in 1usize..90,
    ) {
        let pbx = of_pbx(&steps);
        prop_assume!(!pbx.is_empty());
        let collectors: Vec<Collector> = each.iter().map(|(aways, lates)| {
            let mut collector = one_after_the_other(1, aways, &pbx).remove(0);
            late(&mut collector, lates, &pbx);
            collector
        }).collect();
        let events = together(&collectors, &pbx, end_us(&collectors, &pbx));
        let (straight, state) = run(&events, &|n| n % every == 0, &never);
        let (restored, restored_state) =
            run(&events, &|n| n % every == 0, &|n| n >= kill && (n - kill) % again == 0);
        prop_assert_eq!(straight, restored);
        prop_assert_eq!((state.sites, state.held), (restored_state.sites, restored_state.held));
    }
}
