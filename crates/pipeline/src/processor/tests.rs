//! Straight through = killed and restored = committed at other moments.

mod listed;
mod lost;
mod pair;
mod pair_cases;
mod partly;
mod several;

use super::world::{KINDS, SITE, Step, World, plan};
use super::*;
use call::{Body, Call, SourceKind};
use kpi::{Pane, PaneKey, WindowRecord, WindowRecordKind};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn setup() -> Arc<Setup> {
    let measures = kpi::Settings { cadence: kpi::Cadence { seconds: 6 }, thresholds_s: vec![20] };
    let lateness = Lateness { allowed_us: 300_000_000 };
    Arc::new(Setup {
        plans: BTreeMap::from([(SITE.into(), plan())]),
        measures,
        definition_version: 1,
        lateness,
        disorder_us: 5_000_000,
    })
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let pause = prop_oneof![8 => 0u32..3_000, 2 => 3_000u32..90_000, 1 => 90_000u32..900_000];
    prop::collection::vec((0..KINDS, 0u8..8, 0u8..8, pause), 1..most)
}

/// What readers of the topics end up with.
#[derive(Debug, Default, PartialEq, Clone)]
struct Seen {
    calls: BTreeMap<Text, Call>,
    panes: BTreeMap<PaneKey, (u64, bool, Pane)>,
    corrections: BTreeMap<(PaneKey, Text, u32), Pane>,
}

impl Seen {
    fn take(&mut self, output: &Output) {
        for call in &output.calls {
            let known = self.calls.get(&call.call_id);
            let newer = known.is_none_or(|known| known.version < call.version && !known.is_final);
            assert!(newer, "{call:?} after {known:?}");
            let moved = known.is_some_and(|known| known.arrived_us != call.arrived_us);
            assert!(!moved, "the key of a row never changes: {call:?} after {known:?}");
            self.calls.insert(call.call_id.clone(), call.clone());
        }
        for WindowRecord { key, kind, pane, .. } in &output.windows {
            match kind {
                WindowRecordKind::Pane { revision, closed } => {
                    let known = self.panes.get(key);
                    let newer = known.is_none_or(|(known, was_closed, _)| known < revision && !was_closed);
                    assert!(newer, "{key:?} {kind:?} after {known:?}");
                    self.panes.insert(key.clone(), (*revision, *closed, (**pane).clone()));
                }
                WindowRecordKind::Correction { call_id, version } => {
                    let id = (key.clone(), call_id.clone(), *version);
                    assert_eq!(self.corrections.insert(id, (**pane).clone()), None, "{key:?} {kind:?} twice");
                }
            }
        }
    }

    /// Panes and corrections together.
    fn figures(&self) -> BTreeMap<PaneKey, Pane> {
        let mut sum: BTreeMap<PaneKey, Pane> = BTreeMap::new();
        for (key, (_, _, pane)) in &self.panes {
            sum.entry(key.clone()).or_default().combine(pane, 1);
        }
        for ((key, _, _), pane) in &self.corrections {
            sum.entry(key.clone()).or_default().combine(pane, 1);
        }
        // How much was heard is told of minutes, not of calls.
        sum.values_mut().for_each(|pane| pane.heard_us = 0);
        sum.retain(|_, pane| !pane.is_zero());
        sum
    }
}

/// The compacted changelog.
#[derive(Debug, Default, PartialEq, Clone)]
struct Changelog {
    events: BTreeMap<(Text, u64), Event>,
    calls: BTreeMap<Text, Call>,
    panes: BTreeMap<PaneKey, WindowRecord>,
    sites: BTreeMap<Text, SiteRecord>,
    told: BTreeMap<(SourceKind, Text), Call>,
    members: BTreeMap<Member, Event>,
    held: BTreeMap<u64, (Vec<u8>, Event)>,
}

impl Changelog {
    fn take(&mut self, output: &Output, events: &[Event]) {
        for call in &output.calls {
            match call.is_final {
                false => drop(self.calls.insert(call.call_id.clone(), call.clone())),
                true => drop(self.calls.remove(&call.call_id)),
            }
        }
        for record in &output.windows {
            match record.kind {
                WindowRecordKind::Pane { closed: false, .. } => {
                    drop(self.panes.insert(record.key.clone(), record.clone()))
                }
                WindowRecordKind::Pane { closed: true, .. } => drop(self.panes.remove(&record.key)),
                WindowRecordKind::Correction { .. } => {}
            }
        }
        for change in output.changes.clone() {
            match change {
                Change::PutEvent { site, sequence, bytes } => {
                    let index = usize::from_le_bytes(bytes.try_into().unwrap());
                    self.events.insert((site, sequence), events[index].clone());
                }
                Change::DropEvent { site, sequence } => drop(self.events.remove(&(site, sequence))),
                Change::PutTold { kind, call } => {
                    drop(self.told.insert((kind, call.call_id.clone()), *call));
                }
                Change::DropTold { kind, call_id, .. } => drop(self.told.remove(&(kind, call_id))),
                Change::PutMember { member, bytes, .. } => {
                    let index = usize::from_le_bytes(bytes.try_into().unwrap());
                    self.members.insert(member, events[index].clone());
                }
                Change::DropMember { member, .. } => drop(self.members.remove(&member)),
                Change::PutHeld { number, bytes, .. } => {
                    let index = usize::from_le_bytes(bytes.clone().try_into().unwrap());
                    self.held.insert(number, (bytes, events[index].clone()));
                }
                Change::DropHeld { number, .. } => drop(self.held.remove(&number)),
                Change::PutSite(record) => drop(self.sites.insert(record.site.clone(), *record)),
            }
        }
    }

    fn records(&self) -> Vec<Restored> {
        let events =
            self.events.iter().map(|((_, sequence), event)| Restored::Event(*sequence, event.clone()));
        let calls = self.calls.values().cloned().map(Box::new).map(Restored::Call);
        let panes = self.panes.values().cloned().map(Box::new).map(Restored::Pane);
        let sites = self.sites.values().cloned().map(Restored::Site);
        let told = self.told.iter().map(|((kind, _), call)| Restored::Told(*kind, Box::new(call.clone())));
        let members = self.members.values().cloned().map(Restored::Member);
        let held = self.held.iter();
        let held = held.map(|(number, (bytes, event))| Restored::Held(*number, event.clone(), bytes.clone()));
        events.chain(calls).chain(told).chain(members).chain(held).chain(panes).chain(sites).collect()
    }
}

/// Runs over the events, commits after those in `commits`, and is killed and restored after those in `kills`: what was
/// not committed is done again.
fn run(
    events: &[Event],
    commits: &dyn Fn(usize) -> bool,
    kills: &dyn Fn(usize) -> bool,
) -> (Seen, Changelog) {
    run_in(&setup(), events, commits, kills)
}

fn run_in(
    setup: &Arc<Setup>,
    events: &[Event],
    commits: &dyn Fn(usize) -> bool,
    kills: &dyn Fn(usize) -> bool,
) -> (Seen, Changelog) {
    let (mut seen, mut changelog) = (Seen::default(), Changelog::default());
    let mut processor = Processor::new(setup.clone());
    let mut committed = 0;
    let mut killed = BTreeSet::new();
    let mut next = 0;
    while next <= events.len() {
        if commits(next) || next == events.len() {
            let output = processor.take();
            seen.take(&output);
            changelog.take(&output, events);
            committed = next;
        }
        if kills(next) && killed.insert(next) {
            processor = Processor::restore(setup.clone(), changelog.records()).unwrap();
            next = committed;
            continue;
        }
        if let Some(event) = events.get(next) {
            assert_ne!(processor.apply(event, &next.to_le_bytes()), Applied::UnknownSite);
        }
        next += 1;
    }
    let breaches = processor.take_breaches();
    assert!(breaches.is_empty(), "{breaches:?}");
    (seen, changelog)
}

/// What the gauges say of queues where anybody waits or serves.
fn serving(processor: &Processor) -> Vec<QueueNow> {
    let queues = processor.gauges().flat_map(|gauges| gauges.queues);
    queues.filter(|queue| queue.waiting > 0 || queue.members != [0; 5]).collect()
}

/// What counters hear, committed after so many events each time.
fn served(events: &[Event], every: usize) -> Vec<kpi::Served> {
    let mut processor = Processor::new(setup());
    let mut heard = Vec::new();
    for part in events.chunks(every) {
        for event in part {
            processor.apply(event, &[]);
        }
        heard.extend(processor.take().served);
    }
    heard
}

fn never(_: usize) -> bool {
    false
}

/// Restored after so many events, a processor tells what one that went on tells, event by event.
fn says_the_same(events: &[Event], at: usize) -> Result<(), TestCaseError> {
    let at = at.min(events.len());
    let (mut straight, mut changelog) = (Processor::new(setup()), Changelog::default());
    for (index, event) in events[..at].iter().enumerate() {
        straight.apply(event, &index.to_le_bytes());
    }
    changelog.take(&straight.take(), events);
    let mut restored = Processor::restore(setup(), changelog.records()).unwrap();
    let at_once = restored.take();
    prop_assert!(at_once.calls.is_empty() && at_once.windows.is_empty(), "{:?}", at_once);
    for event in &events[at..] {
        straight.apply(event, &[]);
        restored.apply(event, &[]);
        let (one, other) = (straight.take(), restored.take());
        prop_assert_eq!((one.calls, one.windows, one.served), (other.calls, other.windows, other.served));
        prop_assert_eq!(serving(&straight), serving(&restored));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn batches_do_not_matter(steps in steps(120), every in 1usize..20) {
        let events = World::events(&steps);
        let (straight, state) = run(&events, &never, &never);
        let (batched, batched_state) = run(&events, &|n| n % every == 0, &never);
        prop_assert_eq!(straight, batched);
        prop_assert_eq!(state, batched_state);
        prop_assert_eq!(served(&events, events.len().max(1)), served(&events, every));
    }

    #[test]
    fn killed_and_restored_is_straight_through(
        steps in steps(120), every in 1usize..20, kill in 0usize..400, again in 1usize..60,
    ) {
        let events = World::events(&steps);
        let (straight, _) = run(&events, &|n| n % every == 0, &never);
        let (restored, _) = run(&events, &|n| n % every == 0, &|n| n >= kill && (n - kill) % again == 0);
        prop_assert_eq!(straight, restored);
    }

    #[test]
    fn a_restored_processor_says_the_same_at_every_later_event(steps in steps(60), at in 0usize..200) {
        says_the_same(&World::events(&steps), at)?;
    }

    #[test]
    fn figures_are_the_sum_of_the_calls(steps in steps(120), every in 1usize..20) {
        let events = World::events(&steps);
        let (seen, _) = run(&events, &|n| n % every == 0, &|n| n % 37 == 5);
        let mut expect: BTreeMap<PaneKey, Pane> = BTreeMap::new();
        for call in seen.calls.values() {
            for (key, pane) in kpi::contributions(call, &setup().measures) {
                expect.entry(key).or_default().combine(&pane, 1);
            }
        }
        prop_assert_eq!(seen.figures(), expect);
    }

    #[test]
    fn what_is_delivered_again_changes_nothing(steps in steps(60), again in 0usize..200) {
        let events = World::events(&steps);
        let mut processor = Processor::new(setup());
        for event in &events {
            processor.apply(event, &[]);
        }
        processor.take();
        for event in events.iter().skip(again) {
            prop_assert_eq!(processor.apply(event, &[]), Applied::Repeated);
        }
        prop_assert!(processor.take().is_empty());
    }
}

/// What is restored above is worth being restored: the world has every kind of state.
#[test]
fn the_world_has_it_all() {
    let events = World::events(&super::world::random_steps(7, 20_000));
    let (seen, _) = run(&events, &|n| n % 50 == 0, &never);
    let some = |holds: &dyn Fn(&Call) -> bool| seen.calls.values().filter(|call| holds(call)).count();
    assert!(some(&|call| call.passes.iter().any(|pass| pass.overtook > 0)) > 0, "overtook");
    assert!(some(&|call| call.passes.iter().any(|pass| pass.overtaken_us.is_some())) > 0, "overtaken");
    let over = some(&|call| {
        call.is_final && call.direction == call::Direction::External && call.merged_into.is_none()
    });
    let heard = served(&events, 50).iter().filter(|served| served.queue.is_none()).count();
    assert!(heard >= over && heard - over < over / 10, "counters hear of each call: {heard} of {over}");
    assert!(some(&|call| call.left_on_hold) > 0, "left on hold");
    assert!(some(&|call| call.lost_stage == Some(call::LostStage::Held)) > 0, "lost on hold");
    assert!(some(&|call| call.asked_for.is_some()) > 0, "asked for");
    assert!(some(&|call| call.is_partial && call.outcome == call::Outcome::Answered) > 0, "missed and back");
}

#[test]
fn a_minute_is_revised_then_closed_then_corrected() {
    // an answered call, then an hour of heartbeats, then a look that finds a caller who came 1000 s ago
    let mut steps = vec![(0, 0, 0, 0), (6, 0, 0, 0), (8, 0, 0, 2_000), (11, 0, 0, 3_000), (19, 0, 0, 60_000)];
    steps.extend((0..40).map(|_| (4, 0, 0, 90_000)));
    let closed_after = World::events(&steps).len();
    steps.extend([(5, 0, 5, 0), (19, 0, 0, 1_000), (4, 0, 0, 10_000)]);
    let (seen, state) = run(&World::events(&steps), &|n| n == closed_after, &never);
    let revised = |key: &PaneKey| seen.panes.get(key);
    let first = seen.panes.keys().next().unwrap().minute;
    let of_first = seen.panes.iter().filter(|(key, _)| key.minute == first);
    assert!(
        of_first.clone().count() > 0
            && of_first.clone().all(|(_, (revision, closed, _))| *closed && *revision > 2)
    );
    assert!(!seen.corrections.is_empty(), "the late caller's minute is over");
    let unseen = |key: &PaneKey| revised(key).is_none_or(|(_, _, pane)| pane.offered() == 0);
    assert!(seen.corrections.keys().all(|(key, _, _)| key.minute > first && unseen(key)));
    let figures = seen.figures();
    let of_site = figures.iter().filter(|(key, _)| key.dimension == kpi::Dimension::Site);
    assert_eq!(of_site.map(|(_, pane)| pane.offered()).sum::<i64>(), 2);
    assert!(state.panes.keys().all(|key| key.minute > first), "closed panes are dropped");
    assert!(state.calls.is_empty() && state.events.is_empty());
}

#[test]
fn an_ended_call_leaves_nothing_but_its_pane_in_the_changelog() {
    let mut steps = vec![(0, 0, 0, 0), (6, 0, 0, 0), (19, 0, 0, 9_000)];
    let (seen, state) = run(&World::events(&steps), &|_| true, &never);
    assert_eq!(seen.calls.len(), 1);
    assert!(state.calls.is_empty() && !state.events.is_empty(), "it is remembered for a moment");
    steps.push((4, 0, 0, 10_000));
    let (_, state) = run(&World::events(&steps), &|_| true, &never);
    assert!(state.calls.is_empty() && state.events.is_empty());
    assert!(!state.panes.is_empty());
}

#[test]
fn an_ended_call_that_is_announced_once_more_is_no_other_call() {
    let mut events = World::events(&[(0, 0, 0, 0), (6, 0, 0, 0), (19, 0, 0, 9_000)]);
    let next = events.last().unwrap().origin.position + 1;
    let mut copies = events.clone();
    let kept = copies.iter_mut().filter(|event| event.leg.is_some());
    for (position, copy) in (next..).zip(kept) {
        copy.origin.position = position;
    }
    events.extend(copies.into_iter().filter(|event| event.leg.is_some()));
    for kill in 0..=events.len() {
        let (seen, _) = run(&events, &|_| true, &|n| n == kill);
        let figures = seen.figures();
        let of_site = figures.iter().filter(|(key, _)| key.dimension == kpi::Dimension::Site);
        assert_eq!(of_site.map(|(_, pane)| pane.offered()).sum::<i64>(), 1, "killed after {kill} events");
    }
}

#[test]
fn an_event_of_an_unknown_site_is_not_used() {
    let mut event = World::events(&[(0, 0, 0, 0)]).remove(0);
    event.origin.site = "elsewhere".into();
    assert_eq!(Processor::new(setup()).apply(&event, &[]), Applied::UnknownSite);
}

#[test]
fn a_wild_clock_does_not_close_every_minute() {
    let mut events = World::events(&[(0, 0, 0, 0), (4, 0, 0, 1_000), (0, 0, 0, 1_000)]);
    let honest = run(&events, &never, &never).0.panes;
    events[1].at_us += 10 * 365 * 86_400 * 1_000_000;
    events[1].received_us = events[0].received_us;
    let (seen, _) = run(&events, &never, &never);
    let with_calls = |panes: &BTreeMap<PaneKey, (u64, bool, Pane)>| {
        panes.values().filter(|(_, _, pane)| pane.offered() > 0).count()
    };
    assert_eq!(with_calls(&seen.panes), with_calls(&honest));
    assert!(seen.corrections.values().all(|pane| pane.offered() <= 1));
}

#[test]
fn a_state_without_its_site_record_is_refused() {
    let (_, state) = run(&World::events(&[(0, 0, 0, 0)]), &never, &never);
    let records = state.records().into_iter().filter(|record| !matches!(record, Restored::Site(_)));
    let fault = Processor::restore(setup(), records).unwrap_err();
    assert_eq!(fault.kind, crate::FaultKind::StateDamaged);
}

#[test]
fn calls_that_a_new_configuration_does_not_know_end_as_unknown() {
    let (mut seen, state) = run(&World::events(&[(0, 0, 0, 0), (6, 0, 0, 0)]), &never, &never);
    let mut other = (*setup()).clone();
    other.plans.insert(SITE.into(), Arc::new(SitePlan::default()));
    let lost: Vec<_> = state.records().into_iter().filter(|r| !matches!(r, Restored::Event(..))).collect();
    let mut processor = Processor::restore(Arc::new(other), lost).unwrap();
    seen.take(&processor.take());
    let call = seen.calls.values().next().unwrap();
    assert!(call.is_final && call.outcome == call::Outcome::Unknown);
    assert_eq!(seen.figures().values().map(Pane::offered).sum::<i64>(), 2);
    assert!(processor.take_breaches().is_empty());
}
