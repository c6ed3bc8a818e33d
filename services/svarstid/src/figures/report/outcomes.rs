//! Whom the callers got, and why not whom they sought.

use super::fields::{Section, Value, field, mean, section};
use call::{CauseKind, LostStage, Outcome, PassResult, Reach};
use kpi::{Figures, Pane};

pub fn lost_passes(pane: &Pane) -> Section {
    let presented = pane.presented_passes();
    let mut fields = vec![field("presented_passes", "passes", "n", Value::Count(presented))];
    fields.push(field("lost_passes", "lost", "lost", Value::Part(pane.lost_passes(), presented)));
    for result in PassResult::ALL.iter().filter(|result| result.is_lost()) {
        let count = Value::Count(pane.pass_results[result.index()]);
        let text = result.word().replace('_', " ");
        fields.push(field(&format!("passes_{result}"), &text, &text, count));
    }
    let wait = Value::Time(mean(&pane.pass_wait_lost));
    fields.push(field("lost_wait_mean_us", "wait of the lost, mean", "mean wait", wait));
    section("Lost passes: some of these callers were answered elsewhere", fields)
}

pub fn lost_calls(pane: &Pane) -> Vec<Section> {
    let (lost, presented) = (pane.lost(), pane.presented());
    let mut by_stage = vec![
        field("presented", "calls, without closed and still going on", "n", Value::Count(presented)),
        field("lost", "lost", "lost", Value::Part(lost, presented)),
    ];
    for outcome in Outcome::ALL.iter().filter(|outcome| outcome.is_lost()) {
        let (key, text) = (format!("calls_{outcome}"), outcome.word().replace('_', " "));
        by_stage.push(field(&key, &format!("  {text}"), &text, Value::Count(pane.outcomes[outcome.index()])));
    }
    let mut where_lost = Vec::new();
    for stage in LostStage::ALL {
        let value = Value::Part(pane.lost_stages[stage.index()], lost);
        where_lost.push(field(&format!("lost_stage_{stage}"), stage.word(), stage.word(), value));
    }
    let mut when_lost = Vec::new();
    let bands = [
        ("lost_0_to_6_s", "less than 6 s", "0–6 s"),
        ("lost_6_to_12_s", "6 to 12 s", "6–12 s"),
        ("lost_12_to_30_s", "12 to 30 s", "12–30 s"),
        ("lost_over_30_s", "30 s or more", "30+ s"),
    ];
    for ((key, label, head), count) in bands.into_iter().zip(pane.lost_bands) {
        when_lost.push(field(key, label, head, Value::Part(count, lost)));
    }
    let wait = Value::Time(mean(&pane.lost_wait));
    when_lost.push(field("lost_wait_mean_us", "wait of the lost, mean", "mean wait", wait));
    vec![
        section("Lost calls", by_stage),
        section("Where they were lost", where_lost),
        section("After how long they were lost", when_lost),
    ]
}

pub fn reaches(pane: &Pane) -> Vec<Section> {
    let ladder = |prefix: &str, counts: &[i64; Reach::ALL.len()]| {
        let tier = |reach: &Reach| {
            let (label, head) = tier_words(*reach);
            let value = Value::Part(counts[reach.index()], pane.offered());
            field(&format!("{prefix}_{reach}"), label, head, value)
        };
        Reach::ALL.iter().map(tier).collect::<Vec<_>>()
    };
    vec![
        section("Reach: whom the caller got first", ladder("reach", &pane.reaches)),
        section("Final reach: whom the caller spoke to last", ladder("final_reach", &pane.final_reaches)),
    ]
}

const fn tier_words(reach: Reach) -> (&'static str, &'static str) {
    match reach {
        Reach::SoughtPerson => ("1 the person sought", "sought"),
        Reach::SameFunction => ("2 somebody with the same function", "function"),
        Reach::PersonalVoicemail => ("3 the sought person's voicemail", "voicemail"),
        Reach::Operator => ("4 an operator", "operator"),
        Reach::Lost => ("5 nobody: lost", "lost"),
        Reach::None => ("– not told by this call", "none"),
    }
}

pub fn undiverted(pane: &Pane, is_queue: bool) -> Section {
    let (direct, undiverted) = (pane.direct_calls, pane.undiverted_calls);
    let operator: i64 = pane.pass_causes.iter().sum();
    let not_diverted = pane.pass_causes[CauseKind::NotDiverted.index()];
    let mut fields = Vec::new();
    if !is_queue {
        let without_busy = undiverted - pane.undiverted_busy_calls;
        fields.extend([
            field("direct_calls", "calls to direct numbers", "direct", Value::Count(direct)),
            field(
                "undiverted_calls",
                "fell to the operator undiverted",
                "undiverted",
                Value::Part(undiverted, direct),
            ),
            field(
                "undiverted_without_busy_calls",
                "the same, busy ones left out",
                "not busy",
                Value::Part(without_busy, direct),
            ),
        ]);
    }
    fields.extend([
        field("operator_passes", "operator passes", "operator", Value::Count(operator)),
        field(
            "not_diverted_passes",
            "of these not diverted",
            "of these",
            Value::Part(not_diverted, operator),
        ),
    ]);
    section("Undiverted: the person sought neither answered nor had diverted the phone", fields)
}

pub fn causes(figures: &Figures) -> Section {
    let pane = &figures.pane;
    let operator: i64 = pane.pass_causes.iter().sum();
    let mut fields = vec![field("operator_passes", "operator passes", "n", Value::Count(operator))];
    for cause in CauseKind::ALL {
        let (label, head) = cause_words(*cause);
        let value = Value::Part(pane.pass_causes[cause.index()], operator);
        fields.push(field(&format!("cause_{cause}"), label, head, value));
        if *cause == CauseKind::NotDiverted {
            let value = Value::Part(figures.after_transfer_passes, operator);
            fields.push(field("not_diverted_after_transfer", "  of these after a transfer", "handed", value));
        }
    }
    section("Why the operator got it", fields)
}

const fn cause_words(cause: CauseKind) -> (&'static str, &'static str) {
    match cause {
        CauseKind::MainNumber => ("main number dialled", "main"),
        CauseKind::NotDiverted => ("person sought not diverted", "undiv."),
        CauseKind::DivertedToOperator => ("diverted to the operator", "diverted"),
        CauseKind::ColleagueNoAnswer => ("colleague did not answer", "colleague"),
        CauseKind::GroupTimeout => ("nobody in the group answered", "group"),
        CauseKind::Transferred => ("a person sent it", "sent"),
        CauseKind::Unknown => ("cannot be told", "unknown"),
    }
}

pub fn direct(pane: &Pane) -> Section {
    let (offered, direct, group) = (pane.offered(), pane.direct_calls, pane.group_calls);
    let other = offered - direct - group;
    let fields = vec![
        field("offered", "calls", "n", Value::Count(offered)),
        field("direct_calls", "to direct numbers", "direct", Value::Part(direct, offered)),
        field("group_calls", "to group numbers", "group", Value::Part(group, offered)),
        field(
            "main_and_other_calls",
            "to the main number, or others",
            "main, other",
            Value::Part(other, offered),
        ),
        field("direct_number_share", "direct-number share", "share", Value::Share(direct + group, offered)),
    ];
    section("Direct numbers: callers who need no operator", fields)
}
