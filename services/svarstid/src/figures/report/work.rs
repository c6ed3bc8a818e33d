//! What was done with the calls, and what callers did.

use super::fields::{Section, Value, field, section};
use call::Outcome;
use kpi::{Figures, Pane};

pub fn priority(figures: &Figures) -> Section {
    let pane = &figures.pane;
    let operator: i64 = pane.pass_causes.iter().sum();
    let (overtaken, lost_us) = (pane.overtaken_passes, pane.overtaken_us);
    let (n, inversions) = (figures.operator_answered, pane.priority_inversions);
    let fields = vec![
        field("operator_answered_passes", "passes that an operator answered", "answered", Value::Count(n)),
        field(
            "priority_inversions",
            "internal, taken before an external",
            "inversions",
            Value::Part(inversions, n),
        ),
        field("overtaken_passes", "external, overtaken", "overtaken", Value::Part(overtaken, operator)),
        field("overtaken_sum_us", "lost by these, together", "lost", Value::Time(Some(lost_us))),
        field(
            "overtaken_mean_us",
            "lost by each, mean",
            "mean",
            Value::Time((overtaken > 0).then(|| lost_us / overtaken)),
        ),
    ];
    section("External before internal: priority inversions", fields)
}

pub fn transfers(figures: &Figures) -> Section {
    let pane = &figures.pane;
    let answered = pane.outcomes[Outcome::Answered.index()];
    let fields = vec![
        field("offered", "calls", "n", Value::Count(pane.offered())),
        field(
            "transferred_calls",
            "handed over",
            "handed over",
            Value::Part(pane.transferred_calls, pane.offered()),
        ),
        field("transfers", "handings over, together", "handings", Value::Count(figures.transfers)),
        field(
            "left_on_hold",
            "answered, left while on hold",
            "left on hold",
            Value::Part(pane.left_on_hold, answered),
        ),
    ];
    section("Transfers and holding", fields)
}

pub fn voicemail(pane: &Pane) -> Section {
    let calls = pane.outcomes[Outcome::Voicemail.index()];
    let fields = vec![
        field("offered", "calls", "n", Value::Count(pane.offered())),
        field(
            "calls_voicemail",
            "ended in a personal mailbox",
            "voicemail",
            Value::Part(calls, pane.offered()),
        ),
        field("messages_left", "with a message", "messages", Value::Part(pane.messages_left, calls)),
    ];
    section("Voicemail", fields)
}

/// Callers who call again.
pub fn repeats(found: &kpi::Repeats) -> Vec<Section> {
    let mean = (found.recovered > 0).then(|| found.recovery_sum_us / found.recovered);
    let fields = vec![
        field("known_callers_calls", "external calls whose caller is known", "n", Value::Count(found.calls)),
        field("episodes", "errands: calls without repeats", "errands", Value::Count(found.episodes())),
        field("repeat_calls", "again within 24 h", "repeats", Value::Part(found.repeat_calls, found.calls)),
        field(
            "repeats_after_lost",
            "  of these after a lost call",
            "after lost",
            Value::Part(found.after_lost, found.repeat_calls),
        ),
        field("known_callers_lost", "lost calls", "lost", Value::Count(found.lost)),
        field(
            "recovered",
            "recovered: answered in a redial within 15 min",
            "recovered",
            Value::Part(found.recovered, found.lost),
        ),
        field("recovery_time_mean_us", "from the loss to that redial, mean", "mean", Value::Time(mean)),
        field(
            "lost_without_number",
            "lost with a withheld number",
            "withheld",
            Value::Count(found.lost_without_number),
        ),
    ];
    vec![section("Repeat calls and recovery, of callers known by their pseudonyms", fields)]
}
