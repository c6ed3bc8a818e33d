//! Calls made up from a seed: of every outcome, with passes, in several versions.

use super::random::Random;
use call::{Call, Cause, CauseKind, DialledKind, Direction, LostStage, NotDiverted, Outcome, Party, Pass};
use call::{PassResult, Pseudonym, Reach, Ring, Text};

pub const SITE: &str = "test";
/// 2026-11-30 23:50 UTC: ten minutes before the end of a month, so that batches lie in two.
pub const BEGIN_US: i64 = 1_796_082_600_000_000;
const SECOND: i64 = 1_000_000;
const QUEUES: [&str; 3] = ["operator", "support", "billing"];
const UNITS: [&str; 3] = ["health", "schools", "parks"];

/// One version of the `n`th call. What never changes follows from `n`, the rest from the generator.
pub fn call(n: u64, version: u32, random: &mut Random) -> Call {
    let mut own = Random(n);
    let arrived_us = BEGIN_US + own.range(0, 1200 * SECOND);
    let outcome = *random.pick(Outcome::ALL);
    let ended_us = (outcome != Outcome::InProgress).then(|| arrived_us + random.range(0, 900 * SECOND));
    let answered_us = (outcome == Outcome::Answered).then(|| arrived_us + random.range(0, 300 * SECOND));
    let dialled_kind = *random.pick(DialledKind::ALL);
    let unit = |random: &mut Random| (!random.one_in(3)).then(|| Text::from(*random.pick(&UNITS)));
    let passes: Vec<Pass> = (0..random.below(4)).map(|_| pass(arrived_us, random)).collect();
    let lost = outcome.is_lost();
    Call {
        call_id: format!("{SITE}/{n}").into(),
        site: SITE.into(),
        version,
        is_final: outcome != Outcome::InProgress,
        direction: *own.pick(Direction::ALL),
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
        reach: if lost { Reach::Lost } else { *random.pick(Reach::ALL) },
        final_reach: if lost { Reach::Lost } else { *random.pick(Reach::ALL) },
        lost_stage: lost.then(|| *random.pick(LostStage::ALL)),
        operator_cause: passes.iter().find_map(|pass| pass.cause.clone()),
        answered_by: answered_us.map(|_| "2101".into()),
        ring_us: answered_us.filter(|_| !random.one_in(4)).map(|_| random.range(0, 60 * SECOND)),
        message_left: (outcome == Outcome::Voicemail).then(|| random.one_in(2)),
        transfers: u32::try_from(random.below(3)).unwrap(),
        merged_into: random.one_in(20).then(|| format!("{SITE}/{}", n + 1).into()),
        is_partial: random.one_in(10),
        passes,
        rings: (0..random.below(3)).map(|_| ring(arrived_us, random)).collect(),
    }
}

fn party(random: &mut Random) -> Party {
    match random.below(4) {
        0 => Party::Unknown,
        1 => Party::Own("2105".into()),
        2 => Party::Service("*21".into()),
        _ => Party::Outside(vec![
            Pseudonym { epoch: 2, value: u128::from(random.next()) },
            Pseudonym { epoch: 1, value: u128::MAX - u128::from(random.next()) },
        ]),
    }
}

fn pass(arrived_us: i64, random: &mut Random) -> Pass {
    let queue = *random.pick(&QUEUES);
    let result = *random.pick(PassResult::ALL);
    let kind = *random.pick(CauseKind::ALL);
    Pass {
        queue: queue.into(),
        unit: (queue != "operator").then(|| (*random.pick(&UNITS)).into()),
        joined_us: arrived_us + random.range(0, 400 * SECOND),
        wait_us: (result != PassResult::InProgress).then(|| random.range(0, 300 * SECOND)),
        result,
        answered_by: (result == PassResult::Answered).then(|| "2199".into()),
        cause: (queue == "operator").then(|| Cause {
            kind,
            not_diverted: (kind == CauseKind::NotDiverted).then(|| *random.pick(NotDiverted::ALL)),
            reason: (kind == CauseKind::DivertedToOperator).then(|| "lunch".into()),
            after_transfer: random.one_in(5),
        }),
    }
}

fn ring(arrived_us: i64, random: &mut Random) -> Ring {
    let ring_us = Some(random.range(0, 30 * SECOND));
    Ring { target: "2101".into(), started_us: arrived_us + 1, ring_us, answered: random.one_in(2) }
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
