//! The accumulator of one pane.

use crate::{Histogram, PaneKey};
use call::{CauseKind, LostStage, Outcome, PassResult, Reach, Text};

/// Bands of waiting before a loss: 0–6, 6–12, 12–30, 30+ seconds.
pub const LOST_BANDS: usize = 4;

/// Counts and histograms of one pane. All integers, so that add, subtract and merge are exact and in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pane {
    /// Calls by outcome, in the order of `Outcome::ALL`; their sum is `offered`.
    pub outcomes: [i64; Outcome::ALL.len()],
    /// Calls by reach, in the order of `Reach::ALL`.
    pub reaches: [i64; Reach::ALL.len()],
    /// Calls by final reach, in the order of `Reach::ALL`.
    pub final_reaches: [i64; Reach::ALL.len()],
    /// Lost calls by stage, in the order of `LostStage::ALL`.
    pub lost_stages: [i64; LostStage::ALL.len()],
    /// Lost calls by waiting time.
    pub lost_bands: [i64; LOST_BANDS],
    /// Mailbox calls with a message.
    pub messages_left: i64,
    /// Calls to direct numbers.
    pub direct_calls: i64,
    /// Calls to group numbers.
    pub group_calls: i64,
    /// Calls to direct numbers whose first operator pass came about because the person was not diverted.
    pub undiverted_calls: i64,
    /// Answer times (from arrival) of answered calls, µs.
    pub answer_time: Histogram,
    /// Waits (from arrival) of lost calls, µs.
    pub lost_wait: Histogram,
    /// Calls by signals that the caller lived through before the answer: `(signals, calls)`.
    pub caller_signals: Histogram,
    /// Calls by signals of the answering phone.
    pub ring_signals: Histogram,
    /// Passes by result, in the order of `PassResult::ALL`; their sum is `entered`.
    pub pass_results: [i64; PassResult::ALL.len()],
    /// Waits of answered passes, µs.
    pub pass_wait_answered: Histogram,
    /// Waits of passes that ended otherwise, µs.
    pub pass_wait_lost: Histogram,
    /// Operator passes by cause, in the order of `CauseKind::ALL`.
    pub pass_causes: [i64; CauseKind::ALL.len()],
}

/// Whether a record replaces a pane or adds to a closed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowRecordKind {
    /// The whole pane; the highest revision of a key counts, the others do not.
    Pane {
        /// Grows by one with each change.
        revision: u64,
        /// The allowed lateness has passed and every call is final: only corrections follow.
        closed: bool,
    },
    /// A difference that the reader adds; counted once per (key, call, version).
    Correction {
        /// The call that changed.
        call_id: Text,
        /// Its version.
        version: u32,
    },
}

/// What the topic `kpi-windows` carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowRecord {
    /// Which pane.
    pub key: PaneKey,
    /// Replacement or difference.
    pub kind: WindowRecordKind,
    /// The figures.
    pub pane: Pane,
}
