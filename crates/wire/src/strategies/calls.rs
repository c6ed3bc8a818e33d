//! Calls with their passes and rings.

use super::{party, source_kind, text};
use call::{
    Call, Cause, CauseKind, DialledKind, Direction, LostStage, NotDiverted, Outcome, Pass, PassResult, Reach,
    Ring, Sources,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

/// Any call: each field on its own, so that no relation between fields holds.
pub fn call() -> impl Strategy<Value = Call> {
    let identity = (text(), text(), any::<u32>(), any::<bool>(), select(Direction::ALL));
    let times = (any::<i64>(), time(), time(), time(), time());
    let ends = (party(), party(), select(DialledKind::ALL), of(text()), of(text()));
    let reaches = (select(Outcome::ALL), select(Reach::ALL), select(Reach::ALL), of(select(LostStage::ALL)));
    let answer =
        (of(cause()), of(text()), time(), of(any::<bool>()), any::<u32>(), of(text()), any::<bool>());
    let rest = (of(text()), any::<bool>(), vec(pass(), 0..4), vec(ring(), 0..4), sources());
    (identity, times, ends, reaches, answer, rest).prop_map(
        |(identity, times, ends, reaches, answer, rest)| {
            let (call_id, site, version, is_final, direction) = identity;
            let (arrived_us, queued_us, alerted_us, answered_us, ended_us) = times;
            let (caller, dialled, dialled_kind, sought, unit) = ends;
            let (outcome, reach, final_reach, lost_stage) = reaches;
            let (operator_cause, answered_by, ring_us, message_left, transfers, asked_for, left_on_hold) =
                answer;
            let (merged_into, is_partial, passes, rings, sources) = rest;
            Call {
                call_id,
                site,
                version,
                is_final,
                direction,
                arrived_us,
                queued_us,
                alerted_us,
                answered_us,
                ended_us,
                caller,
                dialled,
                dialled_kind,
                sought,
                unit,
                outcome,
                reach,
                final_reach,
                lost_stage,
                operator_cause,
                answered_by,
                ring_us,
                message_left,
                transfers,
                asked_for,
                left_on_hold,
                merged_into,
                is_partial,
                passes,
                rings,
                sources,
            }
        },
    )
}

fn cause() -> impl Strategy<Value = Cause> {
    (select(CauseKind::ALL), of(select(NotDiverted::ALL)), of(text()), any::<bool>()).prop_map(
        |(kind, not_diverted, reason, after_transfer)| Cause { kind, not_diverted, reason, after_transfer },
    )
}

fn pass() -> impl Strategy<Value = Pass> {
    let words = (text(), of(text()), of(text()));
    (words, any::<i64>(), time(), select(PassResult::ALL), of(cause()), any::<u32>(), time()).prop_map(
        |((queue, unit, answered_by), joined_us, wait_us, result, cause, overtook, overtaken_us)| Pass {
            queue,
            unit,
            joined_us,
            wait_us,
            result,
            answered_by,
            cause,
            overtook,
            overtaken_us,
        },
    )
}

fn ring() -> impl Strategy<Value = Ring> {
    (text(), any::<i64>(), time(), any::<bool>()).prop_map(|(target, started_us, ring_us, answered)| Ring {
        target,
        started_us,
        ring_us,
        answered,
    })
}

fn time() -> impl Strategy<Value = Option<i64>> {
    of(any::<i64>())
}

fn sources() -> impl Strategy<Value = Sources> {
    vec(source_kind(), 0..4).prop_map(|kinds| kinds.into_iter().collect())
}
