//! What the world knows of a call that is over: how it was, not how it is told.

use call::{Cause, Direction, LostStage, Outcome, PassResult, Reach, Text};

/// A stay in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueStay {
    /// Which.
    pub queue: &'static str,
    /// From when, µs UTC.
    pub joined_us: i64,
    /// How long, µs.
    pub wait_us: i64,
    /// How it ended.
    pub result: PassResult,
    /// Who took it.
    pub answered_by: Option<Text>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// The PBX's id of the caller's leg.
    pub leg: Text,
    /// Where it came from.
    pub direction: Direction,
    /// When it arrived, µs UTC.
    pub arrived_us: i64,
    /// When it was over, µs UTC.
    pub ended_us: i64,
    /// When a person answered first, µs UTC.
    pub answered_us: Option<i64>,
    /// Who.
    pub answered_by: Option<Text>,
    /// How it ended.
    pub outcome: Outcome,
    /// Whom the caller reached first.
    pub reach: Reach,
    /// Where it was lost.
    pub lost_stage: Option<LostStage>,
    /// Why the operators got it first.
    pub cause: Option<Cause>,
    /// How many times it was handed over.
    pub transfers: u32,
    /// Whether a message was left.
    pub message_left: Option<bool>,
    /// Stays in queues.
    pub stays: Vec<TrueStay>,
    /// The collector was deaf during a part of it.
    pub is_partly_heard: bool,
}
