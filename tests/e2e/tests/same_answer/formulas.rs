//! What each figure is, in SQL, of one row of `calls` or of one of its passes.

use crate::words::Level;
use call::{CauseKind, LostStage, Outcome, PassResult, Reach};

const LOST: &str = "outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed')";
const LOST_PASS: &str = "pass.result IN ('abandoned', 'timed_out', 'saturated', 'blocked')";
const OVERTAKEN: &str = "direction = 'external' AND pass.overtaken_us IS NOT NULL";

/// Of what it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Of {
    Call(String),
    Pass(String),
}

/// µs from arrival to the first person.
pub fn answer() -> String {
    let us = "greatest(dateDiff('microsecond', arrived_at, assumeNotNull(answered_at)), 0)";
    format!("if(answered_at IS NULL, NULL, {us})")
}

/// µs from arrival to the end of a lost call.
pub fn loss() -> String {
    let us = "greatest(dateDiff('microsecond', arrived_at, assumeNotNull(ended_at)), 0)";
    format!("if({LOST} AND ended_at IS NOT NULL, {us}, NULL)")
}

/// µs from arrival to the end of the menu.
pub fn menu() -> String {
    "dateDiff('microsecond', arrived_at, arrayReduce('min', [queued_at, alerted_at, answered_at]))".to_owned()
}

/// µs that the answering phone rang.
pub fn ring() -> String {
    "if(answered_at IS NULL, NULL, ring_us)".to_owned()
}

fn lost_after_menu() -> String {
    format!("if(ifNull(lost_stage, '') = 'menu', NULL, {} - {})", loss(), menu())
}

/// Ring signals in so many µs.
pub fn signals(us: &str, cadence_us: i64) -> String {
    format!("intDiv({us}, {cadence_us}) + 1")
}

/// The times that a histogram counts, by the name of its columns.
pub fn time(histogram: &str, cadence_us: i64) -> Option<Of> {
    Some(match histogram {
        "answer_time" => Of::Call(answer()),
        "lost_wait" => Of::Call(loss()),
        "caller_signals" => Of::Call(signals(&answer(), cadence_us)),
        "ring_signals" => Of::Call(signals(&ring(), cadence_us)),
        "menu_time" => Of::Call(menu()),
        "ring_time" => Of::Call(ring()),
        "answer_after_menu" => Of::Call(format!("{} - {}", answer(), menu())),
        "lost_after_menu" => Of::Call(lost_after_menu()),
        "pass_wait_answered" => Of::Pass("if(pass.result = 'answered', pass.wait_us, NULL)".to_owned()),
        "pass_wait_lost" => Of::Pass(format!("if({LOST_PASS}, pass.wait_us, NULL)")),
        "overtaken" => Of::Pass(format!("if({OVERTAKEN}, pass.overtaken_us, NULL)")),
        _ => return None,
    })
}

/// The condition under which one counts in a figure that is a count.
pub fn condition(key: &str) -> Option<Of> {
    of_words(key).or_else(|| of_calls(key).map(Of::Call)).or_else(|| of_passes(key).map(Of::Pass))
}

/// Figures whose names are made of the words of a list.
fn of_words(key: &str) -> Option<Of> {
    fn word<T: Copy>(
        key: &str,
        prefix: &str,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Option<&'static str> {
        let wanted = key.strip_prefix(prefix)?;
        all.iter().map(|one| word(*one)).find(|word| *word == wanted)
    }
    let outcome = word(key, "calls_", Outcome::ALL, Outcome::word);
    let reach = word(key, "reach_", Reach::ALL, Reach::word);
    let final_reach = word(key, "final_reach_", Reach::ALL, Reach::word);
    let stage = word(key, "lost_stage_", LostStage::ALL, LostStage::word);
    let result = word(key, "passes_", PassResult::ALL, PassResult::word);
    let cause = word(key, "cause_", CauseKind::ALL, CauseKind::word);
    let of = |column: &str, word: Option<&str>| word.map(|word| format!("{column} = '{word}'"));
    let of_call = of("outcome", outcome).or(of("reach", reach)).or(of("final_reach", final_reach));
    let of_call = of_call.or(of("lost_stage", stage).map(|stage| format!("{stage} AND {LOST}")));
    of_call.map(Of::Call).or_else(|| of("pass.result", result).or(of("pass.cause", cause)).map(Of::Pass))
}

fn of_calls(key: &str) -> Option<String> {
    let undiverted = "dialled_kind = 'direct' AND operator_cause = 'not_diverted' AND NOT after_transfer";
    let loss = loss();
    Some(match key {
        "offered" => "1".to_owned(),
        "presented" => "outcome NOT IN ('closed', 'in_progress')".to_owned(),
        "lost" => LOST.to_owned(),
        "lost_0_to_6_s" => format!("{loss} < 6000000"),
        "lost_6_to_12_s" => format!("{loss} >= 6000000 AND {loss} < 12000000"),
        "lost_12_to_30_s" => format!("{loss} >= 12000000 AND {loss} < 30000000"),
        "lost_over_30_s" => format!("{loss} >= 30000000"),
        "direct_calls" => "dialled_kind = 'direct'".to_owned(),
        "group_calls" => "dialled_kind = 'group'".to_owned(),
        "direct_or_group_calls" => "dialled_kind IN ('direct', 'group')".to_owned(),
        "main_and_other_calls" => "dialled_kind NOT IN ('direct', 'group')".to_owned(),
        "undiverted_calls" => undiverted.to_owned(),
        "undiverted_busy_calls" => format!("{undiverted} AND not_diverted_reason = 'busy'"),
        "undiverted_without_busy_calls" => {
            format!("{undiverted} AND ifNull(not_diverted_reason, '') != 'busy'")
        }
        "transferred_calls" => "transfers > 0".to_owned(),
        "left_on_hold" => "left_on_hold AND outcome = 'answered'".to_owned(),
        "messages_left" => "message_left".to_owned(),
        _ => return None,
    })
}

fn of_passes(key: &str) -> Option<String> {
    Some(match key {
        "entered" => "1".to_owned(),
        "presented_passes" => "pass.result != 'in_progress'".to_owned(),
        "lost_passes" => LOST_PASS.to_owned(),
        "operator_passes" => "pass.cause IS NOT NULL".to_owned(),
        "not_diverted_passes" => "pass.cause = 'not_diverted'".to_owned(),
        "not_diverted_after_transfer" => "pass.cause = 'not_diverted' AND pass.after_transfer".to_owned(),
        "operator_answered_passes" => "pass.cause IS NOT NULL AND pass.result = 'answered'".to_owned(),
        "priority_inversions" => {
            "direction = 'internal' AND pass.result = 'answered' AND pass.overtook > 0".to_owned()
        }
        "overtaken_passes" => OVERTAKEN.to_owned(),
        _ => return None,
    })
}

/// The same of the counts that a service level is made of.
pub fn level(level: &Level<'_>) -> Option<Of> {
    let us = level.within_s * 1_000_000;
    let (presented, wait) = ("outcome NOT IN ('closed', 'in_progress')", "pass.wait_us");
    Some(match (level.what, level.clock) {
        ("presented", "arrival") => Of::Call(presented.to_owned()),
        ("answered_within", "arrival") => Of::Call(format!("{} < {us}", answer())),
        ("lost_within", "arrival") => Of::Call(format!("{} < {us}", loss())),
        ("answered", "arrival" | "menu") => Of::Call("outcome = 'answered'".to_owned()),
        ("presented", "queue") => Of::Pass("pass.result != 'in_progress'".to_owned()),
        ("answered_within", "queue") => Of::Pass(format!("pass.result = 'answered' AND {wait} < {us}")),
        ("lost_within", "queue") => Of::Pass(format!("{LOST_PASS} AND {wait} < {us}")),
        ("answered", "queue") => Of::Pass("pass.result = 'answered'".to_owned()),
        ("presented", "menu") => {
            Of::Call(format!("{presented} AND NOT ({LOST} AND ifNull(lost_stage, '') = 'menu')"))
        }
        ("answered_within", "menu") => Of::Call(format!("{} - {} < {us}", answer(), menu())),
        ("lost_within", "menu") => Of::Call(format!("{} < {us}", lost_after_menu())),
        _ => return None,
    })
}
