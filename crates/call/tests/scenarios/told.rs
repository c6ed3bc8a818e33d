//! A call in one line.

use call::{Call, Cause, Pass};

/// Outcome, reaches, stage, cause, answer, whom the caller asked for, and the stays.
pub fn told(call: &Call) -> String {
    let mut text = format!("{} {} {}>{}", call.direction, call.outcome, call.reach, call.final_reach);
    if let Some(stage) = call.lost_stage {
        text += &format!(" at={stage}");
    }
    if let Some(cause) = &call.operator_cause {
        text += &format!(" cause={}", because(cause));
    }
    if let (Some(by), Some(us)) = (&call.answered_by, call.answer_time_us()) {
        text += &format!(" by={by} after={}", seconds(us));
    }
    if call.transfers > 0 {
        text += &format!(" transfers={}", call.transfers);
    }
    if let Some(asked_for) = &call.asked_for {
        text += &format!(" asked_for={asked_for}");
    }
    if let Some(left) = call.message_left {
        text += if left { " message" } else { " no_message" };
    }
    for (index, pass) in call.passes.iter().enumerate() {
        text += &format!(" [{}]", stay(pass, index > 0));
    }
    let words = [
        (call.left_on_hold, " left_on_hold"),
        (call.is_partial, " partial"),
        (call.merged_into.is_some(), " merged"),
        (!call.is_final, " not_final"),
    ];
    words.iter().filter(|(holds, _)| *holds).for_each(|(_, word)| text += word);
    text
}

fn stay(pass: &Pass, with_cause: bool) -> String {
    let wait = pass.wait_us.map_or_else(|| "?".to_owned(), seconds);
    let mut text = format!("{} {} {wait}", pass.queue, pass.result);
    if let Some(cause) = pass.cause.as_ref().filter(|_| with_cause) {
        text += &format!(" cause={}", because(cause));
    }
    if pass.overtook > 0 {
        text += &format!(" overtook={}", pass.overtook);
    }
    if let Some(us) = pass.overtaken_us {
        text += &format!(" overtaken={}", seconds(us));
    }
    text
}

fn because(cause: &Cause) -> String {
    let mut text = cause.kind.to_string();
    text += &cause.not_diverted.map(|why| format!(":{why}")).unwrap_or_default();
    text += &cause.reason.as_ref().map(|why| format!(":{why}")).unwrap_or_default();
    text + if cause.after_transfer { "+after_transfer" } else { "" }
}

fn seconds(us: i64) -> String {
    assert!(us >= 0, "{us}: no time is negative");
    format!("{}s", us / 1_000_000)
}
