//! `schemas/calls.avsc`.

use super::{record, words};
use call::{
    Call, Cause, CauseKind, DialledKind, Direction, LostStage, NotDiverted, Outcome, Pass, PassResult, Reach,
    Ring,
};

record!(Call {
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
    merged_into,
    is_partial,
    passes,
    rings,
    sources,
    asked_for,
    left_on_hold,
});
record!(Cause { kind, not_diverted, reason, after_transfer });
record!(Pass { queue, unit, joined_us, wait_us, result, answered_by, cause, overtook, overtaken_us });
record!(Ring { target, started_us, ring_us, answered });
words!(CauseKind, DialledKind, Direction, LostStage, NotDiverted, Outcome, PassResult, Reach);
