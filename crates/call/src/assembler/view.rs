//! A live call as a record.

use super::live::{Live, LivePass};
use super::outcome::{outcome, reaches};
use crate::{Call, Cause, Pass, SitePlan};

/// The record as it stands. A group without a caller gives an empty record, which nobody asks for.
pub(super) fn call(live: &Live, site: &str, plan: &SitePlan) -> Call {
    // Who answered first may be among what was lost.
    let human = live.human.as_ref().filter(|_| !live.is_untold);
    let mut call = Call {
        call_id: live.call_id(site).unwrap_or_default(),
        version: live.version,
        is_partial: live.is_partial,
        queued_us: live.queued_us,
        alerted_us: live.alerted_us,
        answered_us: human.map(|human| human.at_us),
        sought: live.sought.clone(),
        operator_cause: first_operator_cause(live),
        answered_by: human.and_then(|human| human.by.clone()),
        ring_us: human.and_then(|human| human.ring_us),
        message_left: live.mailbox,
        transfers: live.transfers,
        asked_for: live.asked_for.clone(),
        left_on_hold: live.left_on_hold && !live.is_untold,
        merged_into: live.merged_into.as_ref().map(|(_, id)| id.clone()),
        passes: live.passes.iter().map(|pass| self::pass(pass, plan)).collect(),
        rings: live.rings.iter().map(|(_, ring)| ring.clone()).collect(),
        sources: live.sources,
        ..Call::unknown(site)
    };
    if let Some(caller) = &live.caller {
        let (outcome, lost_stage) = outcome(live, caller);
        (call.outcome, call.lost_stage) = (outcome, lost_stage);
        (call.reach, call.final_reach) = reaches(live, outcome);
        (call.direction, call.arrived_us) = (caller.direction, caller.arrived_us);
        call.ended_us = caller.ended.map(|(at, _)| at);
        (call.caller, call.dialled) = (caller.party.clone(), caller.dialled.clone());
        call.dialled_kind = caller.kind;
        call.unit = caller.target.as_ref().and_then(|target| plan.unit_of(target).cloned());
    }
    call
}

fn first_operator_cause(live: &Live) -> Option<Cause> {
    live.passes.iter().find_map(|pass| pass.cause.clone())
}

fn pass(pass: &LivePass, plan: &SitePlan) -> Pass {
    Pass {
        queue: pass.queue.clone(),
        unit: plan.unit_of_queue(&pass.queue).cloned(),
        joined_us: pass.joined_us,
        wait_us: if pass.is_open() { None } else { pass.left_us.map(|left| left - pass.joined_us) },
        result: pass.result,
        answered_by: pass.answered_by.clone(),
        cause: pass.cause.clone(),
        overtook: pass.overtook,
        overtaken_us: if pass.is_open() { None } else { pass.overtaken_us() },
    }
}
