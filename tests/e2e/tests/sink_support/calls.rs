//! Calls made up from a seed: of every outcome, with passes, in several versions.

use call::{
    Call, Cause, CauseKind, DialledKind, Direction, LostStage, NotDiverted, Outcome, Party, Pass, SourceKind,
};
use call::{PassResult, Pseudonym, Reach, Ring, Text};
use fastrand::Rng;

pub const SITE: &str = "test";
/// 2026-11-30 23:50 UTC: ten minutes before the end of a month, so that batches lie in two.
pub const BEGIN_US: i64 = 1_796_082_600_000_000;
const SECOND: i64 = 1_000_000;
const QUEUES: [&str; 3] = ["operator", "support", "billing"];
const UNITS: [&str; 3] = ["health", "schools", "parks"];

/// One version of the `n`th call. What never changes follows from `n`, the rest from the generator.
pub fn call(n: u64, version: u32, random: &mut Rng) -> Call {
    let mut own = Rng::with_seed(n);
    let arrived_us = BEGIN_US + own.i64(0..1200 * SECOND);
    let outcome = pick(Outcome::ALL, random);
    let ended_us = (outcome != Outcome::InProgress).then(|| arrived_us + random.i64(0..900 * SECOND));
    let answered_us = (outcome == Outcome::Answered).then(|| arrived_us + random.i64(0..300 * SECOND));
    let dialled_kind = pick(DialledKind::ALL, random);
    let unit = |random: &mut Rng| (random.u64(..3) > 0).then(|| Text::from(pick(&UNITS, random)));
    let passes: Vec<Pass> = (0..random.u64(..4)).map(|_| pass(arrived_us, random)).collect();
    let lost = outcome.is_lost();
    Call {
        call_id: format!("{SITE}/{n}").into(),
        site: SITE.into(),
        version,
        is_final: outcome != Outcome::InProgress,
        direction: pick(Direction::ALL, &mut own),
        arrived_us,
        queued_us: passes.first().map(|pass| pass.joined_us),
        alerted_us: answered_us.map(|at| at - 1),
        answered_us,
        ended_us,
        caller: party(&mut own),
        dialled: Party::Own("2100".into()),
        dialled_kind,
        sought: (dialled_kind == DialledKind::Direct).then(|| "2101".into()),
        unit: unit(random),
        outcome,
        reach: if lost { Reach::Lost } else { pick(Reach::ALL, random) },
        final_reach: if lost { Reach::Lost } else { pick(Reach::ALL, random) },
        lost_stage: lost.then(|| pick(LostStage::ALL, random)),
        operator_cause: passes.iter().find_map(|pass| pass.cause.clone()),
        answered_by: answered_us.map(|_| "2101".into()),
        ring_us: answered_us.filter(|_| random.u64(..4) > 0).map(|_| random.i64(0..60 * SECOND)),
        message_left: (outcome == Outcome::Voicemail).then(|| random.bool()),
        transfers: u32::try_from(random.u64(..3)).unwrap(),
        asked_for: (random.u64(..4) == 0).then(|| "2102".into()),
        left_on_hold: random.u64(..6) == 0,
        merged_into: (random.u64(..20) == 0).then(|| format!("{SITE}/{}", n + 1).into()),
        is_partial: random.u64(..10) == 0,
        passes,
        rings: (0..random.u64(..3)).map(|_| ring(arrived_us, random)).collect(),
        sources: (0..random.u64(1..3)).map(|_| pick(SourceKind::ALL, random)).collect(),
    }
}

fn party(random: &mut Rng) -> Party {
    match random.u64(..4) {
        0 => Party::Unknown,
        1 => Party::Own("2105".into()),
        2 => Party::Service("*21".into()),
        _ => Party::Outside(vec![
            Pseudonym { epoch: 2, value: u128::from(random.u64(..)) },
            Pseudonym { epoch: 1, value: u128::MAX - u128::from(random.u64(..)) },
        ]),
    }
}

fn pass(arrived_us: i64, random: &mut Rng) -> Pass {
    let queue = pick(&QUEUES, random);
    let result = pick(PassResult::ALL, random);
    let kind = pick(CauseKind::ALL, random);
    Pass {
        queue: queue.into(),
        unit: (queue != "operator").then(|| (pick(&UNITS, random)).into()),
        joined_us: arrived_us + random.i64(0..400 * SECOND),
        wait_us: (result != PassResult::InProgress).then(|| random.i64(0..300 * SECOND)),
        result,
        answered_by: (result == PassResult::Answered).then(|| "2199".into()),
        cause: (queue == "operator").then(|| Cause {
            kind,
            not_diverted: (kind == CauseKind::NotDiverted).then(|| pick(NotDiverted::ALL, random)),
            reason: (kind == CauseKind::DivertedToOperator).then(|| "lunch".into()),
            after_transfer: random.u64(..5) == 0,
        }),
        overtook: u32::try_from(random.u64(..3)).unwrap(),
        overtaken_us: random.bool().then(|| random.i64(0..90 * SECOND)),
    }
}

fn ring(arrived_us: i64, random: &mut Rng) -> Ring {
    let ring_us = Some(random.i64(0..30 * SECOND));
    Ring { target: "2101".into(), started_us: arrived_us + 1, ring_us, answered: random.bool() }
}

/// Blocks of calls as the sink cuts them.
pub fn position(offset: i64) -> wire::rows::Position {
    wire::rows::Position {
        topic: "calls".into(),
        topic_id: "AAAAAAAAAAAAAAAAAAAAAA".into(),
        partition: 0,
        offset,
    }
}

fn pick<T: Copy>(from: &[T], random: &mut Rng) -> T {
    random.choice(from).copied().unwrap()
}
