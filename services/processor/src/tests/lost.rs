//! Events that retention deleted before they were read: what is known is known, the rest is told as unknown.

use super::layout::{Story, stories};
use super::*;
use call::{Body, Direction, Outcome, PassResult};

/// A run that stands still after so many events, until so many more are there no more.
fn run(setup: &Arc<Setup>, input: &[Vec<u8>], done: usize, lost: usize, fates: &[Fate]) -> Log {
    let mut log = log(input[..done].to_vec());
    live_as(setup, &mut log, &mut std::iter::empty(), 50).unwrap();
    (log.input, log.deleted) = (input.to_vec(), i64::try_from(done + lost).unwrap());
    live_as(setup, &mut log, &mut fates.iter().copied(), 50).unwrap();
    log
}

fn manifests(log: &Log) -> crate::Manifest {
    changelog::read(PARTITION, log.state.clone(), &Codec::built_in().unwrap()).unwrap().manifest.unwrap()
}

#[test]
fn calls_of_a_time_that_was_deleted_unread_are_unknown_or_as_they_were() {
    for story in stories().into_iter().chain([pair()]) {
        let mut straight = log(story.input.clone());
        live_as(&story.setup, &mut straight, &mut std::iter::empty(), 50).unwrap();
        let truth = seen(&straight).calls;
        let mut unknown = 0;
        for (done, lost) in [(story.done, 40), (story.done, 300), (500, 10)] {
            let hurt = seen(&run(&story.setup, &story.input, done, lost, &[]));
            let place = format!("{}, {lost} lost after {done}", story.name);
            for call_id in until_alive(&story.setup, &story.input[..done]) {
                let (call, truth) = (&hurt.calls[&call_id], &truth[&call_id]);
                assert!(call.is_partial || call == truth, "{place}: {call:?} instead of {truth:?}");
            }
            // A person who spoke to a caller in that time may have gone on to ask a colleague: a call inside that was none.
            for call in hurt.calls.values().filter(|call| call.direction == Direction::External) {
                let told = |call: &Call| (call.outcome, call.answered_us, call.reach);
                let truth = &truth[&call.call_id];
                let is_unknown = call.is_partial && call.outcome == Outcome::Unknown;
                unknown += usize::from(is_unknown);
                assert!(is_unknown || told(call) == told(truth), "{place}: {call:?} instead of {truth:?}");
                for pass in &call.passes {
                    let known = truth.passes.iter().find(|known| known.joined_us == pass.joined_us);
                    let is_unknown = matches!(pass.result, PassResult::Unknown | PassResult::InProgress);
                    let as_it_was = known.is_some_and(|known| known.result == pass.result);
                    assert!(is_unknown || as_it_was, "{place}: {pass:?} instead of {known:?}");
                }
            }
        }
        assert!(unknown > 5, "{}: {unknown}", story.name);
    }
}

/// Two collectors at one PBX, one a little behind the other.
fn pair() -> Story {
    let events = World::events(&random_steps(21, 600));
    let other = |event: &Event| {
        let mut event = event.clone();
        event.origin.stream += 1;
        event
    };
    let late = (0..events.len()).map(|at| at.checked_sub(3).map(|at| other(&events[at])));
    let both = events.iter().cloned().zip(late).flat_map(|(event, late)| [Some(event), late]);
    let input = input(&both.flatten().collect::<Vec<_>>());
    Story { name: "pair", setup: setup(), input, done: 606 }
}

fn until_alive(setup: &Arc<Setup>, input: &[Vec<u8>]) -> BTreeSet<Text> {
    let mut log = log(input.to_vec());
    live_as(setup, &mut log, &mut std::iter::empty(), 50).unwrap();
    let calls = seen(&log).calls;
    calls.into_values().filter(|call| !call.is_final).map(|call| call.call_id).collect()
}

#[test]
fn what_was_lost_is_told_once_whatever_befalls_the_commit() {
    let [story, _] = stories();
    let (done, lost) = (story.done, 40);
    let expect = run(&story.setup, &story.input, done, lost, &[]);
    for fates in [[Fate::Aborted; 2], [Fate::LostAndUnknown; 2], [Fate::WrittenButUnknown; 2]] {
        let hurt = run(&story.setup, &story.input, done, lost, &fates);
        assert!(seen(&hurt) == seen(&expect), "{fates:?}");
    }
    let codec = Codec::built_in().unwrap();
    let mut input = story.input[..done + lost + 1].to_vec();
    input[done..done + lost].fill(b"deleted".to_vec());
    let log = run(&story.setup, &input, done, lost, &[]);
    let manifest = manifests(&log);
    assert_eq!((manifest.lost, manifest.first_offset), (lost as u64, (done + lost) as i64));
    // Kept for the sake of the calls that lived.
    let kept = log.state.iter().filter(|(key, _)| key.starts_with(b"event/"));
    let gaps: Vec<_> = kept.map(|(_, event)| codec.decode_event(event).unwrap().body).collect();
    let gaps: Vec<_> = gaps.into_iter().filter(|body| matches!(body, Body::Gap { .. })).collect();
    let [Body::Gap { from_us, to_us, .. }] = gaps[..] else { panic!("{gaps:?}") };
    let at_us = |offset: usize| codec.decode_event(&story.input[offset]).unwrap().at_us;
    assert_eq!((from_us, to_us), (at_us(done - 1), at_us(done + lost)));
}

#[test]
fn a_caller_whose_end_was_deleted_is_unknown_in_the_end() {
    let [story, _] = stories();
    let alive = until_alive(&story.setup, &story.input[..story.done]);
    let log = run(&story.setup, &story.input, story.done, story.input.len() - story.done - 1, &[]);
    let mut late = Codec::built_in().unwrap().decode_event(story.input.last().unwrap()).unwrap();
    (late.at_us, late.body) = (late.at_us + 6 * 3_600_000_000, Body::Heartbeat);
    late.origin.position += 1;
    let mut log = log;
    log.input.extend(input(&[late]));
    live_as(&story.setup, &mut log, &mut std::iter::empty(), 50).unwrap();
    let calls = seen(&log).calls;
    let waited = alive.iter().map(|id| &calls[id]).filter(|call| call.answered_us.is_none());
    let outcomes: Vec<_> = waited.map(|call| (call.is_final, call.outcome)).collect();
    // One had reached the mailbox before.
    let known = outcomes.iter().filter(|is| **is != (true, Outcome::Unknown)).count();
    assert!(outcomes.len() > 4 && known == 1, "{outcomes:?}");
}

#[test]
fn an_input_that_ends_before_the_state_is_for_a_person() {
    let [story, _] = stories();
    let mut log = log(story.input[..story.done].to_vec());
    live_as(&story.setup, &mut log, &mut std::iter::empty(), 50).unwrap();
    log.input.truncate(story.done - 10);
    let fault = live_as(&story.setup, &mut log, &mut std::iter::empty(), 50).unwrap_err();
    assert_eq!(fault.kind, FaultKind::StateDamaged);
    assert!(fault.to_string().contains("their topic was made anew"), "{fault}");
}
