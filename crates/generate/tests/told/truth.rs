//! Every call as the assembler tells it is what the world knows.

use super::{days, site};
use call::{Assembler, Call, Outcome};
use generate::{Generator, Incident, IncidentKind, Parameters, Truth};
use std::collections::BTreeMap;

/// What is compared, as words.
fn of_truth(truth: &Truth) -> String {
    let Truth { direction, outcome, reach, lost_stage, answered_by, answered_us, .. } = truth;
    let Truth { arrived_us, ended_us, cause, transfers, message_left, stays, .. } = truth;
    let stays = stays.iter().map(|stay| {
        let (queue, result, by) = (stay.queue, stay.result, &stay.answered_by);
        format!("[{queue} {} {} {result} {by:?}]", stay.joined_us, stay.wait_us)
    });
    format!(
        "{direction} {outcome} {reach} {lost_stage:?} by {answered_by:?} arrived {arrived_us} answered {answered_us:?} ended {ended_us} \
         cause {cause:?} transfers {transfers} message {message_left:?} {}",
        stays.collect::<String>()
    )
}

fn of_call(call: &Call) -> String {
    let Call { direction, outcome, reach, lost_stage, answered_by, answered_us, .. } = call;
    let Call { arrived_us, ended_us, operator_cause: cause, transfers, message_left, passes, .. } = call;
    let ended_us = ended_us.unwrap_or(-1);
    let stays = passes.iter().map(|pass| {
        let (queue, result, by) = (&pass.queue, pass.result, &pass.answered_by);
        format!("[{queue} {} {} {result} {by:?}]", pass.joined_us, pass.wait_us.unwrap_or(-1))
    });
    format!(
        "{direction} {outcome} {reach} {lost_stage:?} by {answered_by:?} arrived {arrived_us} answered {answered_us:?} ended {ended_us} \
         cause {cause:?} transfers {transfers} message {message_left:?} {}",
        stays.collect::<String>()
    )
}

/// The last version of every call, and the truth of each.
struct Both {
    told: BTreeMap<String, Call>,
    truths: Vec<Truth>,
}

impl Both {
    fn of(mut generator: Generator) -> Self {
        let site = site();
        generator.keep_truths();
        let mut assembler = Assembler::new(&site.id, site.plan);
        let mut told = BTreeMap::new();
        for event in generator.by_ref() {
            for call in assembler.apply(&event).changed {
                told.insert(call.call_id.to_string(), call);
            }
        }
        Self { told, truths: generator.take_truths() }
    }

    fn told_of(&self, truth: &Truth) -> Option<&Call> {
        self.told.get(&format!("{}/{}", site().id, truth.leg))
    }

    /// Of calls that were heard from their beginning to their end, those that are told otherwise.
    fn wrong(&self) -> Vec<String> {
        let site = site().id;
        let heard = self.truths.iter().filter(|truth| !truth.is_partly_heard);
        let pairs = heard
            .map(|truth| (of_truth(truth), self.told.get(&format!("{site}/{}", truth.leg)).map(of_call)));
        let wrong = pairs.filter(|(is, told)| told.as_ref() != Some(is));
        wrong.map(|(is, told)| format!("is   {is}\ntold {}", told.unwrap_or_default())).collect()
    }
}

fn check(both: &Both) {
    let wrong = both.wrong();
    assert!(
        wrong.is_empty(),
        "{} of {} calls:\n{}",
        wrong.len(),
        both.truths.len(),
        wrong[..3.min(wrong.len())].join("\n")
    );
}

#[test]
fn a_week_of_calls_is_told_as_it_was() {
    let both = Both::of(days("2026-03-02", "2026-03-09", Parameters::of_inhabitants(7, 60_000)));
    check(&both);
    assert_eq!(both.told.len(), both.truths.len(), "no call is told that there was not");
    let mut outcomes = BTreeMap::new();
    both.truths.iter().for_each(|truth| *outcomes.entry(truth.outcome).or_insert(0) += 1);
    for outcome in Outcome::ALL {
        // Those that only come when something goes wrong have their own tests.
        let is_rare = matches!(outcome, Outcome::Failed | Outcome::Saturated | Outcome::Blocked);
        let cannot_be = matches!(outcome, Outcome::InProgress | Outcome::Unknown);
        assert!(is_rare || outcomes.contains_key(outcome) != cannot_be, "{outcome} in {outcomes:?}");
    }
}

/// The clock is changed, a public holiday, a small town, other chances.
#[test]
fn odd_weeks_are_told_as_they_were() {
    for (from, to, seed) in
        [("2026-03-27", "2026-04-08", 1), ("2025-10-24", "2025-10-28", 2), ("2024-12-20", "2025-01-08", 3)]
    {
        check(&Both::of(days(from, to, Parameters::of_inhabitants(seed, 9_000))));
    }
}

const AT: i64 = 1_772_532_000_000_000;
const MINUTE: i64 = 60_000_000;

fn with(kind: IncidentKind, queue: Option<&'static str>, minutes: i64) -> Both {
    as_strong(kind, queue, minutes, kind.usual_strength())
}

fn as_strong(kind: IncidentKind, queue: Option<&'static str>, minutes: i64, strength: f64) -> Both {
    let mut parameters = Parameters::of_inhabitants(4, 40_000);
    parameters.has_incidents = false;
    let (from_us, to_us) = (AT, AT + minutes * MINUTE);
    let incident = Incident { kind, queue, unit: None, from_us, to_us, strength };
    let span = AT - 120 * MINUTE..AT + 240 * MINUTE;
    Both::of(Generator::new(site(), parameters, span, vec![incident]).unwrap())
}

/// What is told of calls that a silence touches is never wrong: it is so, or unknown, or, of a call that nobody heard of, nothing.
#[test]
fn a_silence_makes_no_wrong_outcome() {
    let both = with(IncidentKind::SourceSilent, None, 20);
    check(&both);
    let (mut unknown, mut untold) = (0, 0);
    for truth in both.truths.iter().filter(|truth| truth.is_partly_heard) {
        let Some(call) = both.told_of(truth) else {
            // Of a call out that was there at the look, nobody can tell who called whom: it is told of the other channel.
            let is_over = truth.ended_us <= AT + 20 * MINUTE || truth.direction != call::Direction::External;
            assert!(truth.arrived_us >= AT && is_over, "{}", of_truth(truth));
            untold += 1;
            continue;
        };
        let is_unknown = call.outcome == Outcome::Unknown;
        unknown += u32::from(is_unknown);
        assert!(
            is_unknown || call.outcome == truth.outcome,
            "{} told as\n{}",
            of_truth(truth),
            of_call(call)
        );
    }
    assert!(unknown > 5 && untold > 50, "{unknown} unknown, {untold} not told");
}

#[test]
fn a_queue_that_nobody_serves_is_told_as_it_was() {
    let both = with(IncidentKind::QueueClosed, Some("socialtjanst"), 60);
    check(&both);
    let blocked = |truth: &&Truth| truth.stays.iter().any(|stay| stay.result == call::PassResult::Blocked);
    assert!(both.truths.iter().filter(blocked).count() > 10);
}

#[test]
fn operators_who_are_all_gone_are_told_so() {
    let both = with(IncidentKind::QueueClosed, Some("vaxel"), 30);
    check(&both);
    assert!(both.truths.iter().filter(|truth| truth.outcome == Outcome::Blocked).count() > 30);
}

/// Somebody is left, and callers wait for so much longer.
#[test]
fn operators_who_are_fewer_make_callers_wait() {
    let both = as_strong(IncidentKind::StaffingDrop, Some("vaxel"), 60, 0.95);
    check(&both);
    let waits = |from: i64| {
        let minutes = from * MINUTE..(from + 60) * MINUTE;
        let stays = both.truths.iter().flat_map(|truth| &truth.stays).filter(|stay| stay.queue == "vaxel");
        let waits_us: Vec<i64> =
            stays.filter(|stay| minutes.contains(&(stay.joined_us - AT))).map(|stay| stay.wait_us).collect();
        assert!(waits_us.len() > 50, "{}", waits_us.len());
        waits_us.iter().sum::<i64>() / waits_us.len() as i64
    };
    let (before, during) = (waits(-60), waits(0));
    assert!(during > 3 * before, "{before} µs before, {during} µs then");
    assert!(both.truths.iter().all(|truth| truth.outcome != Outcome::Blocked), "nobody is sent away");
}

#[test]
fn a_trunk_that_fails_is_told_as_it_was() {
    let both = with(IncidentKind::TrunkFailure, None, 30);
    check(&both);
    let during = AT..AT + 30 * MINUTE;
    let arrived = both.truths.iter().filter(|truth| during.contains(&truth.arrived_us));
    let outside = arrived.clone().filter(|truth| truth.direction == call::Direction::External).count();
    assert_eq!(outside, 0);
    assert!(arrived.filter(|truth| truth.outcome == Outcome::Failed).count() > 5);
}

#[test]
fn a_full_queue_is_told_as_it_was() {
    let both = as_strong(IncidentKind::Surge, Some("vaxel"), 60, 12.0);
    check(&both);
    assert!(both.truths.iter().filter(|truth| truth.outcome == Outcome::Saturated).count() > 50);
}
