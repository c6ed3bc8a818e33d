//! Calls of which not every event was heard: what is known of them survives a kill like everything else.

use super::several::{AMI, SECOND, START_US, Script};
use super::*;
use call::Transition;
use call::event::{DialStatus, Endpoint};
use call::{Party, Reach, SourceAssembler};

/// An operator answers a caller of whom nothing was heard; a look at the PBX shows the caller; a colleague comes and goes.
fn answered_before_the_caller_was_seen() -> Vec<Event> {
    let (operator, colleague) = (Endpoint::Device("9001".into()), Endpoint::Device("2002".into()));
    let dials =
        |dest: &str, endpoint: &Endpoint| Body::DialStarted { dest: dest.into(), endpoint: endpoint.clone() };
    let answers = |dest: &str, endpoint: &Endpoint| {
        let (dest, endpoint, status) = (dest.into(), endpoint.clone(), DialStatus::Answer);
        Body::DialEnded { dest, endpoint, status }
    };
    let mut script = Script::default();
    let at_us = |second: i64| START_US + second * SECOND;
    script.gap(0, 30);
    script.say(AMI, at_us(30), "c", dials("c-phone", &operator));
    script.say(AMI, at_us(32), "c", answers("c-phone", &operator));
    script.snapshot(33, &[("c".into(), 20), ("c-phone".into(), 30)]);
    for leg in ["c", "c-phone"] {
        script.say(AMI, at_us(34), leg, Body::BridgeEntered { bridge: "b".into() });
    }
    script.say(AMI, at_us(40), "c", dials("second", &colleague));
    script.say(AMI, at_us(45), "c", answers("second", &colleague));
    script.say(AMI, at_us(46), "second", Body::BridgeEntered { bridge: "b".into() });
    script.say(AMI, at_us(60), "second", Body::BridgeLeft { bridge: "b".into() });
    script.events
}

/// Found by the simulator: that the phone had answered was forgotten by a restart, as its call had no caller yet.
#[test]
fn who_answered_before_the_caller_was_seen_is_known_after_a_kill() {
    let events = answered_before_the_caller_was_seen();
    let (straight, _) = run(&events, &|_| true, &never);
    let last: Vec<_> = straight.calls.values().map(|call| (&*call.call_id, call.final_reach)).collect();
    assert_eq!(last, [("vik/c", Reach::Operator)], "the caller speaks to the operator again");
    for kill in 0..=events.len() {
        let (killed, _) = run(&events, &|_| true, &|n| n == kill);
        assert_eq!(killed, straight, "killed after {kill} events");
    }
}

/// Found by the simulator: an event did nothing because a phone's call was over; after a restart that call was forgotten, and it did something.
#[test]
fn what_a_call_that_is_over_kept_from_happening_does_not_happen_after_a_kill() {
    let mut script = Script::default();
    let at_us = |second: i64| START_US + second * SECOND;
    let phone = Endpoint::Device("9001".into());
    let begins = |dialled: &str| Body::LegStarted {
        endpoint: Endpoint::Device("trunk".into()),
        incoming: true,
        caller: Party::Unknown,
        dialled: Party::Own(dialled.into()),
    };
    let dials = || Body::DialStarted { dest: "phone".into(), endpoint: phone.clone() };
    script.say(AMI, at_us(0), "over", begins("100"));
    script.say(AMI, at_us(1), "over", dials());
    script.say(AMI, at_us(5), "lives", begins("101"));
    ["phone", "over"]
        .into_iter()
        .for_each(|leg| script.say(AMI, at_us(9), leg, Body::LegEnded { cause: 16 }));
    script.say(AMI, at_us(12), "lives", dials());
    script.say(AMI, at_us(30), "lives", Body::PrioritySet { priority: 1 });
    let (dest, endpoint) = ("phone".into(), phone.clone());
    script.say(AMI, at_us(33), "lives", Body::DialEnded { dest, endpoint, status: DialStatus::Answer });
    script.say(AMI, at_us(40), "lives", Body::LegEnded { cause: 16 });
    let (straight, _) = run(&script.events, &|_| true, &never);
    for kill in 0..=script.events.len() {
        let (killed, _) = run(&script.events, &|_| true, &|n| n == kill);
        assert_eq!(killed, straight, "killed after {kill} events");
    }
}

/// All that an assembler knows, but for the minute in which it last looked at ages, and what it set down of the event at hand.
fn known(assembler: &SourceAssembler) -> String {
    let all = format!("{assembler:?}");
    let (before, after) = all.split_once("aged_minute: ").unwrap();
    assert!(after.split_once(',').unwrap().1.starts_with(" step: Step {"), "{after}");
    before.to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_restored_processor_says_the_same_of_what_it_heard_in_part(
        steps in steps(80), deaf in prop::collection::vec(any::<bool>(), 1..40), at in 0usize..200,
    ) {
        let mut heard = deaf.iter().cycle();
        let mut events = World::events(&steps);
        events.retain(|_| heard.next() == Some(&true));
        says_the_same(&events, at)?;
    }

    /// Such an event is not kept, and a restored assembler does not see it again.
    #[test]
    fn an_event_that_touches_no_call_changes_nothing(
        steps in steps(80), deaf in prop::collection::vec(any::<bool>(), 1..40),
    ) {
        let mut heard = deaf.iter().cycle();
        let mut assembler = SourceAssembler::new(AMI, SITE, plan());
        for event in World::events(&steps).iter().filter(|_| heard.next() == Some(&true)) {
            let before = known(&assembler);
            let transition = assembler.apply(event);
            // During a look at the whole PBX every event is kept.
            let looks = before.contains("looks: {\"") || matches!(event.body, Body::SnapshotStarted);
            let Transition { touched, retired, forgotten, .. } = transition;
            if !looks && touched.is_empty() && retired.is_empty() && forgotten.is_empty() {
                prop_assert_eq!(before, known(&assembler), "{:?}", event);
            }
        }
    }
}
