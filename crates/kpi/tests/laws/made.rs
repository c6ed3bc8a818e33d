//! Calls of every kind, as the state machine may leave them.

use call::{
    Call, Cause, CauseKind, DialledKind, Direction, LostStage, NotDiverted, Outcome, Party, Pass, PassResult,
    Pseudonym, Reach,
};
use proptest::prelude::*;
use proptest::sample::select;

/// All arrivals are within so many µs around 1970, so that minutes are shared.
const SPAN_US: i64 = 600_000_000;

fn wait() -> impl Strategy<Value = i64> {
    prop_oneof![0i64..40_000_000, 0i64..2_000_000_000, (0i64..60).prop_map(|s| s * 1_000_000)]
}

fn cause() -> impl Strategy<Value = Option<Cause>> {
    let why = proptest::option::of(select(NotDiverted::ALL));
    let one = (select(CauseKind::ALL), why, any::<bool>()).prop_map(|(kind, why, after_transfer)| Cause {
        kind,
        not_diverted: why.filter(|_| kind == CauseKind::NotDiverted),
        reason: None,
        after_transfer,
    });
    proptest::option::of(one)
}

fn pass() -> impl Strategy<Value = Pass> {
    let names = select(vec!["switchboard", "care", "roads"]);
    let priority = (0u32..3, proptest::option::of(wait()));
    (names, any::<bool>(), -SPAN_US..SPAN_US, wait(), select(PassResult::ALL), cause(), priority).prop_map(
        |(queue, has_unit, joined_us, wait_us, result, cause, (overtook, overtaken_us))| Pass {
            queue: queue.into(),
            unit: has_unit.then(|| queue.into()),
            joined_us,
            wait_us: (result != PassResult::InProgress).then_some(wait_us),
            result,
            answered_by: None,
            cause,
            overtook,
            overtaken_us,
        },
    )
}

/// Few callers, known by one key, by the next, or by both while it is changed.
fn party() -> impl Strategy<Value = Party> {
    let keys = select(vec![&[1u32][..], &[2, 1], &[2]]);
    let one = (1u128..4, keys).prop_map(|(value, keys)| {
        Party::Outside(keys.iter().map(|epoch| Pseudonym { epoch: *epoch, value }).collect())
    });
    prop_oneof![4 => one, 1 => Just(Party::Unknown)]
}

fn reach_of(outcome: Outcome, answered: Reach) -> Reach {
    match outcome {
        Outcome::Answered => answered,
        Outcome::Voicemail => Reach::PersonalVoicemail,
        lost if lost.is_lost() => Reach::Lost,
        _ => Reach::None,
    }
}

prop_compose! {
    /// One version of a call. Its id and arrival never change.
    fn version(call_id: usize, arrived_us: i64)(
        direction in select(Direction::ALL),
        outcome in select(Outcome::ALL),
        answered in select(vec![Reach::SoughtPerson, Reach::SameFunction, Reach::Operator]),
        stage in select(LostStage::ALL),
        dialled_kind in select(vec![DialledKind::Main, DialledKind::Direct, DialledKind::Group, DialledKind::Other]),
        (after_us, ring_us) in (wait(), proptest::option::of(wait())),
        unit in proptest::option::of(select(vec!["care", "roads"])),
        message_left in proptest::option::of(any::<bool>()),
        is_merged in proptest::bool::weighted(0.1),
        passes in proptest::collection::vec(pass(), 0..4),
        (queued_after, alerted_after) in (proptest::option::of(wait()), proptest::option::of(wait())),
        (caller, called) in (party(), party()),
        (transfers, asked_for, left_on_hold) in (0u32..3, proptest::option::of(select(vec!["2101", "2102"])), any::<bool>()),
    ) -> Call {
        let reach = reach_of(outcome, answered);
        Call {
            call_id: call_id.to_string().into(),
            site: "town".into(),
            version: 1,
            is_final: false,
            direction,
            arrived_us,
            queued_us: queued_after.map(|us| arrived_us + us.min(after_us)),
            alerted_us: alerted_after.map(|us| arrived_us + us.min(after_us)),
            answered_us: (outcome == Outcome::Answered).then_some(arrived_us + after_us),
            ended_us: (outcome != Outcome::InProgress).then_some(arrived_us + after_us),
            caller: if direction == Direction::External { caller } else { Party::Own("2105".into()) },
            dialled: if direction == Direction::Outgoing { called } else { Party::Own("2100".into()) },
            dialled_kind,
            sought: None,
            unit: unit.map(Into::into),
            outcome,
            reach,
            final_reach: reach,
            lost_stage: outcome.is_lost().then_some(stage),
            operator_cause: passes.iter().find_map(|pass| pass.cause.clone()),
            answered_by: None,
            ring_us: ring_us.filter(|_| outcome == Outcome::Answered),
            message_left: message_left.filter(|_| outcome == Outcome::Voicemail),
            transfers,
            asked_for: asked_for.map(Into::into),
            left_on_hold,
            merged_into: is_merged.then(|| "another".into()),
            is_partial: false,
            passes,
            rings: Vec::new(),
            sources: call::Sources::default(),
        }
    }
}

/// Calls, each with some versions; the last one counts.
pub fn histories() -> impl Strategy<Value = Vec<Vec<Call>>> {
    proptest::collection::vec(-SPAN_US..SPAN_US, 0..12).prop_flat_map(|arrivals| {
        let one = |(n, arrived_us)| proptest::collection::vec(version(n, arrived_us), 1..4);
        arrivals.into_iter().enumerate().map(one).collect::<Vec<_>>()
    })
}

/// The last version of each.
pub fn last(histories: &[Vec<Call>]) -> Vec<Call> {
    histories.iter().filter_map(|versions| versions.last().cloned()).collect()
}
