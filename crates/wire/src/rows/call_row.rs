//! One version of a call ⇄ one row of `calls`.

use super::cell::{Cell, Hex, Low, LowOption, Micros, RowError, put_text};
use super::month::checked;
use super::row::{Columns, Position, row, tuple};
use super::word;
use call::{Call, Cause, CauseKind, DialledKind, Direction, LostStage, NotDiverted, Outcome, Party, Pass};
use call::{PassResult, Pseudonym, Reach, Ring, SourceKind, Text};
use kpi::Cadence;

tuple! {
    /// A keyed digest of a number.
    PseudonymCell {
        /// Which key.
        epoch: u32,
        /// The digest.
        value: Hex,
    }
}

tuple! {
    /// One stay in one queue.
    PassCell {
        /// The queue.
        queue: Low,
        /// Its unit.
        unit: LowOption,
        /// When it began.
        joined_at: Micros,
        /// How long.
        wait_us: Option<i64>,
        /// How it ended.
        result: Low,
        /// Who took it.
        answered_by: Option<Text>,
        /// Why, of operator queues.
        cause: LowOption,
        /// Why nobody had answered.
        not_diverted_reason: LowOption,
        /// The diversion's reason.
        diverted_reason: LowOption,
        /// A person had sent the call.
        after_transfer: bool,
        /// External callers who had waited longer.
        overtook: u32,
        /// How much longer it lasted after an internal caller was taken.
        overtaken_us: Option<i64>,
    }
}

tuple! {
    /// One ringing of one phone.
    RingCell {
        /// The phone.
        target: Text,
        /// When it began.
        started_at: Micros,
        /// How long.
        ring_us: Option<i64>,
        /// Whether it answered.
        answered: bool,
    }
}

/// One end of a call, in three columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyColumns(pub Party);

row! {
    /// One version of one call.
    CallRow in "calls" by |row| row.arrived_at.0 => {
        /// The site.
        site: Low,
        /// The call.
        call_id: Text,
        /// Grows with each change.
        version: u32,
        /// No more versions will come.
        is_final: bool,
        /// Where it came from.
        direction: Low,
        /// When the first leg existed.
        arrived_at: Micros,
        /// When the caller first stood in a queue.
        queued_at: Option<Micros>,
        /// When the first phone rang.
        alerted_at: Option<Micros>,
        /// When the first person answered.
        answered_at: Option<Micros>,
        /// When the last leg ended.
        ended_at: Option<Micros>,
        /// Who called.
        caller: PartyColumns,
        /// What was dialled.
        dialled: PartyColumns,
        /// What kind of number that is.
        dialled_kind: Low,
        /// The person sought.
        sought: Option<Text>,
        /// The unit.
        unit: LowOption,
        /// The outcome.
        outcome: Low,
        /// Reached first.
        reach: Low,
        /// Spoken to last.
        final_reach: Low,
        /// Where it was lost.
        lost_stage: LowOption,
        /// Of the first operator pass.
        operator_cause: LowOption,
        /// Of the first operator pass.
        not_diverted_reason: LowOption,
        /// Of the first operator pass.
        diverted_reason: LowOption,
        /// Of the first operator pass.
        after_transfer: bool,
        /// The first person who answered.
        answered_by: Option<Text>,
        /// The caller's answer time.
        answer_time_us: Option<i64>,
        /// How long a lost caller had waited.
        lost_after_us: Option<i64>,
        /// How long the answering phone rang.
        ring_us: Option<i64>,
        /// Signals over the answer time.
        caller_signals: Option<u32>,
        /// Signals of the answering phone.
        ring_signals: Option<u32>,
        /// Whether a message was stored.
        message_left: Option<bool>,
        /// How many times it was handed over.
        transfers: u32,
        /// The call it is a part of.
        merged_into: Option<Text>,
        /// The source did not show all of it.
        is_partial: bool,
        /// Stays in queues.
        passes: Vec<PassCell>,
        /// Phones that rang outside queues.
        rings: Vec<RingCell>,
        /// The kinds of sources that tell of it.
        sources: Vec<Low>,
        /// Whom an operator asked for.
        asked_for: Option<Text>,
        /// Hung up while on hold.
        left_on_hold: bool,
        /// Where it came from in Kafka.
        position: Position,
    }
}

impl CallRow {
    /// From the record at `position`. Ring signals are counted by `cadence`.
    pub fn new(call: Call, position: Position, cadence: Cadence) -> Result<Self, RowError> {
        let (answer_time_us, lost_after_us) = (call.answer_time_us(), call.lost_after_us());
        let cause = CauseColumns::of(call.operator_cause);
        Ok(Self {
            site: Low::from(call.site),
            call_id: call.call_id,
            version: call.version,
            is_final: call.is_final,
            direction: Low::from(call.direction.word()),
            arrived_at: at("arrived_us", call.arrived_us)?,
            queued_at: at_option("queued_us", call.queued_us)?,
            alerted_at: at_option("alerted_us", call.alerted_us)?,
            answered_at: at_option("answered_us", call.answered_us)?,
            ended_at: at_option("ended_us", call.ended_us)?,
            caller: PartyColumns(call.caller),
            dialled: PartyColumns(call.dialled),
            dialled_kind: Low::from(call.dialled_kind.word()),
            sought: call.sought,
            unit: LowOption::from(call.unit),
            outcome: Low::from(call.outcome.word()),
            reach: Low::from(call.reach.word()),
            final_reach: Low::from(call.final_reach.word()),
            lost_stage: LowOption::from(call.lost_stage.map(|stage| stage.word())),
            operator_cause: cause.kind,
            not_diverted_reason: cause.not_diverted,
            diverted_reason: cause.reason,
            after_transfer: cause.after_transfer,
            answered_by: call.answered_by,
            answer_time_us,
            lost_after_us,
            ring_us: call.ring_us,
            caller_signals: answer_time_us.map(|us| cadence.signals(us)),
            ring_signals: call.ring_us.map(|us| cadence.signals(us)),
            message_left: call.message_left,
            transfers: call.transfers,
            merged_into: call.merged_into,
            is_partial: call.is_partial,
            passes: call.passes.into_iter().map(PassCell::of).collect::<Result<_, _>>()?,
            rings: call.rings.into_iter().map(RingCell::of).collect::<Result<_, _>>()?,
            sources: call.sources.iter().map(|kind| Low::from(kind.word())).collect(),
            asked_for: call.asked_for,
            left_on_hold: call.left_on_hold,
            position,
        })
    }

    /// The call as the topic had it. What can be worked out from the rest (times between, signals) is not read.
    pub fn into_call(self) -> Result<Call, RowError> {
        let us = |at: Option<Micros>| at.map(|at| at.0);
        let cause = CauseColumns {
            kind: self.operator_cause,
            not_diverted: self.not_diverted_reason,
            reason: self.diverted_reason,
            after_transfer: self.after_transfer,
        };
        let stage = self.lost_stage.0.as_deref();
        Ok(Call {
            call_id: self.call_id,
            site: self.site.into_text(),
            version: self.version,
            is_final: self.is_final,
            direction: word("direction", &self.direction.0, Direction::from_word)?,
            arrived_us: self.arrived_at.0,
            queued_us: us(self.queued_at),
            alerted_us: us(self.alerted_at),
            answered_us: us(self.answered_at),
            ended_us: us(self.ended_at),
            caller: self.caller.0,
            dialled: self.dialled.0,
            dialled_kind: word("kind of number", &self.dialled_kind.0, DialledKind::from_word)?,
            sought: self.sought,
            unit: self.unit.into_text(),
            outcome: word("outcome", &self.outcome.0, Outcome::from_word)?,
            reach: word("reach", &self.reach.0, Reach::from_word)?,
            final_reach: word("reach", &self.final_reach.0, Reach::from_word)?,
            lost_stage: stage.map(|stage| word("stage", stage, LostStage::from_word)).transpose()?,
            operator_cause: cause.into_cause()?,
            answered_by: self.answered_by,
            ring_us: self.ring_us,
            message_left: self.message_left,
            transfers: self.transfers,
            merged_into: self.merged_into,
            is_partial: self.is_partial,
            passes: self.passes.into_iter().map(PassCell::into_pass).collect::<Result<_, _>>()?,
            rings: self.rings.into_iter().map(RingCell::into_ring).collect(),
            sources: self
                .sources
                .iter()
                .map(|kind| word("kind of source", &kind.0, SourceKind::from_word))
                .collect::<Result<_, _>>()?,
            asked_for: self.asked_for,
            left_on_hold: self.left_on_hold,
        })
    }
}

/// A cause, in the columns that calls and passes share.
struct CauseColumns {
    kind: LowOption,
    not_diverted: LowOption,
    reason: LowOption,
    after_transfer: bool,
}

impl CauseColumns {
    fn of(cause: Option<Cause>) -> Self {
        let Some(Cause { kind, not_diverted, reason, after_transfer }) = cause else {
            return Self {
                kind: LowOption(None),
                not_diverted: LowOption(None),
                reason: LowOption(None),
                after_transfer: false,
            };
        };
        Self {
            kind: LowOption::from(Some(kind.word())),
            not_diverted: LowOption::from(not_diverted.map(|why| why.word())),
            reason: LowOption::from(reason),
            after_transfer,
        }
    }

    fn into_cause(self) -> Result<Option<Cause>, RowError> {
        let Some(kind) = self.kind.0 else { return Ok(None) };
        let why = self.not_diverted.0.as_deref();
        Ok(Some(Cause {
            kind: word("cause", &kind, CauseKind::from_word)?,
            not_diverted: why.map(|why| word("reason", why, NotDiverted::from_word)).transpose()?,
            reason: self.reason.into_text(),
            after_transfer: self.after_transfer,
        }))
    }
}

impl PassCell {
    fn of(pass: Pass) -> Result<Self, RowError> {
        let cause = CauseColumns::of(pass.cause);
        Ok(Self {
            queue: Low::from(pass.queue),
            unit: LowOption::from(pass.unit),
            joined_at: at("a pass's joined_us", pass.joined_us)?,
            wait_us: pass.wait_us,
            result: Low::from(pass.result.word()),
            answered_by: pass.answered_by,
            cause: cause.kind,
            not_diverted_reason: cause.not_diverted,
            diverted_reason: cause.reason,
            after_transfer: cause.after_transfer,
            overtook: pass.overtook,
            overtaken_us: pass.overtaken_us,
        })
    }

    fn into_pass(self) -> Result<Pass, RowError> {
        let cause = CauseColumns {
            kind: self.cause,
            not_diverted: self.not_diverted_reason,
            reason: self.diverted_reason,
            after_transfer: self.after_transfer,
        };
        Ok(Pass {
            queue: self.queue.into_text(),
            unit: self.unit.into_text(),
            joined_us: self.joined_at.0,
            wait_us: self.wait_us,
            result: word("result", &self.result.0, PassResult::from_word)?,
            answered_by: self.answered_by,
            cause: cause.into_cause()?,
            overtook: self.overtook,
            overtaken_us: self.overtaken_us,
        })
    }
}

impl RingCell {
    fn of(ring: Ring) -> Result<Self, RowError> {
        let started_at = at("a ring's started_us", ring.started_us)?;
        Ok(Self { target: ring.target, started_at, ring_us: ring.ring_us, answered: ring.answered })
    }

    fn into_ring(self) -> Ring {
        let Self { target, started_at, ring_us, answered } = self;
        Ring { target, started_us: started_at.0, ring_us, answered }
    }
}

impl Columns for PartyColumns {
    fn describe(name: &str, to: &mut Vec<(String, String)>) {
        Text::describe(name, to);
        Low::describe(&format!("{name}_party"), to);
        Vec::<PseudonymCell>::describe(&format!("{name}_pseudonyms"), to);
    }

    fn put_columns(&self, out: &mut Vec<u8>) {
        let (party, pseudonyms): (&str, &[Pseudonym]) = match &self.0 {
            Party::Unknown => ("unknown", &[]),
            Party::Own(_) => ("own", &[]),
            Party::Service(_) => ("service", &[]),
            Party::Outside(pseudonyms) => ("outside", pseudonyms),
        };
        match &self.0 {
            Party::Own(text) | Party::Service(text) => put_text(text, out),
            party => put_text(&party.to_string(), out),
        }
        Low::from(party).put(out);
        let cells = pseudonyms.iter().map(|p| PseudonymCell { epoch: p.epoch, value: Hex(p.value) });
        cells.collect::<Vec<_>>().put(out);
    }

    fn take_columns(input: &mut &[u8]) -> Result<Self, RowError> {
        let (text, party) = (Text::take(input)?, Low::take(input)?);
        let pseudonyms = Vec::<PseudonymCell>::take(input)?;
        let outside = |cell: PseudonymCell| Pseudonym { epoch: cell.epoch, value: cell.value.0 };
        Ok(Self(match &*party.0 {
            "unknown" => Party::Unknown,
            "own" => Party::Own(text),
            "service" => Party::Service(text),
            "outside" => Party::Outside(pseudonyms.into_iter().map(outside).collect()),
            other => return Err(RowError::Word { what: "kind of party", word: other.to_owned() }),
        }))
    }
}

pub(super) fn at(what: &'static str, at_us: i64) -> Result<Micros, RowError> {
    checked(what, at_us).map(Micros)
}

fn at_option(what: &'static str, at_us: Option<i64>) -> Result<Option<Micros>, RowError> {
    at_us.map(|us| at(what, us)).transpose()
}
