//! One JSON line a call.

use crate::time::rfc3339;
use call::{Call, Cause, Pass};
use kpi::Cadence;
use serde::Serialize;
use std::io::Write;

#[derive(Serialize)]
struct CallLine<'a> {
    call_id: &'a str,
    arrived_at: String,
    ended_at: Option<String>,
    direction: &'static str,
    caller: String,
    dialled: String,
    dialled_kind: &'static str,
    sought: Option<&'a str>,
    unit: Option<&'a str>,
    outcome: &'static str,
    reach: &'static str,
    lost_stage: Option<&'static str>,
    final_reach: &'static str,
    operator_cause: Option<&'static str>,
    not_diverted_reason: Option<&'static str>,
    diversion_reason: Option<&'a str>,
    after_transfer: bool,
    answered_by: Option<&'a str>,
    answer_time_us: Option<i64>,
    ring_signals: Option<u32>,
    caller_signals: Option<u32>,
    message_left: Option<bool>,
    transfers: u32,
    asked_for: Option<&'a str>,
    left_on_hold: bool,
    is_partial: bool,
    sources: Vec<&'static str>,
    passes: Vec<PassLine<'a>>,
    rings: Vec<RingLine<'a>>,
}

#[derive(Serialize)]
struct PassLine<'a> {
    queue: &'a str,
    unit: Option<&'a str>,
    joined_at: String,
    wait_us: Option<i64>,
    result: &'static str,
    answered_by: Option<&'a str>,
    cause: Option<&'static str>,
    not_diverted_reason: Option<&'static str>,
    after_transfer: bool,
    overtook: u32,
    overtaken_us: Option<i64>,
}

#[derive(Serialize)]
struct RingLine<'a> {
    target: &'a str,
    started_at: String,
    ring_us: Option<i64>,
    answered: bool,
}

/// Writes a call as one line of JSON.
pub fn write(out: &mut dyn Write, call: &Call, cadence: Cadence) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, &line(call, cadence))?;
    Ok(out.write_all(b"\n")?)
}

fn line(call: &Call, cadence: Cadence) -> CallLine<'_> {
    let cause = call.operator_cause.as_ref();
    CallLine {
        call_id: &call.call_id,
        arrived_at: rfc3339(call.arrived_us),
        ended_at: call.ended_us.map(rfc3339),
        direction: call.direction.word(),
        caller: call.caller.to_string(),
        dialled: call.dialled.to_string(),
        dialled_kind: call.dialled_kind.word(),
        sought: call.sought.as_deref(),
        unit: call.unit.as_deref(),
        outcome: call.outcome.word(),
        reach: call.reach.word(),
        lost_stage: call.lost_stage.map(call::LostStage::word),
        final_reach: call.final_reach.word(),
        operator_cause: cause.map(|cause| cause.kind.word()),
        not_diverted_reason: not_diverted(cause),
        diversion_reason: cause.and_then(|cause| cause.reason.as_deref()),
        after_transfer: cause.is_some_and(|cause| cause.after_transfer),
        answered_by: call.answered_by.as_deref(),
        answer_time_us: call.answer_time_us(),
        ring_signals: call.ring_us.map(|us| cadence.signals(us)),
        caller_signals: call.answer_time_us().map(|us| cadence.signals(us)),
        message_left: call.message_left,
        transfers: call.transfers,
        asked_for: call.asked_for.as_deref(),
        left_on_hold: call.left_on_hold,
        is_partial: call.is_partial,
        sources: call.sources.iter().map(call::SourceKind::word).collect(),
        passes: call.passes.iter().map(pass).collect(),
        rings: call.rings.iter().map(ring).collect(),
    }
}

fn pass(pass: &Pass) -> PassLine<'_> {
    let cause = pass.cause.as_ref();
    PassLine {
        queue: &pass.queue,
        unit: pass.unit.as_deref(),
        joined_at: rfc3339(pass.joined_us),
        wait_us: pass.wait_us,
        result: pass.result.word(),
        answered_by: pass.answered_by.as_deref(),
        cause: cause.map(|cause| cause.kind.word()),
        not_diverted_reason: not_diverted(cause),
        after_transfer: cause.is_some_and(|cause| cause.after_transfer),
        overtook: pass.overtook,
        overtaken_us: pass.overtaken_us,
    }
}

fn ring(ring: &call::Ring) -> RingLine<'_> {
    let (target, started_at) = (&*ring.target, rfc3339(ring.started_us));
    RingLine { target, started_at, ring_us: ring.ring_us, answered: ring.answered }
}

fn not_diverted(cause: Option<&Cause>) -> Option<&'static str> {
    cause.and_then(|cause| cause.not_diverted).map(call::NotDiverted::word)
}
