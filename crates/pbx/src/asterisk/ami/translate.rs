//! Messages → call events.

use super::super::Dialect;
use super::Message;
use crate::Numbers;
use call::{Body, Text};

/// An event before the collector gives it an id and a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// `Timestamp` of the message, µs UTC; none when the PBX sent none (answers to actions, `timestampevents=no`).
    pub at_us: Option<i64>,
    /// Uniqueid.
    pub leg: Option<Text>,
    /// Linkedid.
    pub linked: Option<Text>,
    /// What happened.
    pub body: Body,
}

/// What a message means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Translation {
    /// A call event.
    Event(Draft),
    /// An answer to an action, or an event that tells nothing about calls.
    Nothing,
    /// A known event with a field that is missing or impossible.
    Invalid {
        /// Which field, and what is wrong with it; holds no number.
        detail: String,
    },
}

/// Stateless but for its settings: the same message gives the same event.
pub struct Translator<N> {
    _dialect: Dialect,
    _numbers: N,
}

impl<N: Numbers> Translator<N> {
    /// With a site's words and number rules.
    pub fn new(dialect: Dialect, numbers: N) -> Self {
        Self { _dialect: dialect, _numbers: numbers }
    }
    /// What this message means.
    #[must_use]
    pub fn translate(&self, _message: &Message) -> Translation {
        Translation::Nothing
    }
}
