//! Single values of events ⇄ texts.

use super::cell::RowError;
use call::Text;
use call::event::{DialStatus, DiversionKind, Endpoint, GapReason, MemberState, QueueStatus, TransferKind};

/// A value that is written as a text, or left out.
pub(super) trait Word: Sized {
    fn write(&self) -> Option<Text>;
    fn read(word: Option<Text>) -> Result<Self, RowError>;
}

fn missing(what: &'static str) -> RowError {
    RowError::Word { what, word: String::new() }
}

impl Word for Text {
    fn write(&self) -> Option<Text> {
        Some(self.clone())
    }
    fn read(word: Option<Text>) -> Result<Self, RowError> {
        word.ok_or_else(|| missing("text of an event"))
    }
}

impl<W: Word> Word for Option<W> {
    fn write(&self) -> Option<Text> {
        self.as_ref().and_then(W::write)
    }
    fn read(word: Option<Text>) -> Result<Self, RowError> {
        word.map(|word| W::read(Some(word))).transpose()
    }
}

macro_rules! parsed {
    ($($kind:ident),+) => {$(
        impl Word for $kind {
            fn write(&self) -> Option<Text> {
                Some(self.to_string().into())
            }
            fn read(word: Option<Text>) -> Result<Self, RowError> {
                let word = word.unwrap_or_default();
                word.parse().map_err(|_| RowError::Word { what: stringify!($kind), word: word.into() })
            }
        }
    )+};
}
parsed!(bool, u16, u32, u64, i32, i64);

/// Names of halves of internal paths as Asterisk marks them; a device's name has no `;`.
const HALVES: [&str; 2] = ["internal;1", "internal;2"];

impl Word for Endpoint {
    fn write(&self) -> Option<Text> {
        Some(match self {
            Self::Device(name) => name.clone(),
            Self::Internal { far } => HALVES[usize::from(*far)].into(),
        })
    }
    fn read(word: Option<Text>) -> Result<Self, RowError> {
        let word = word.ok_or_else(|| missing("endpoint"))?;
        Ok(match HALVES.iter().position(|half| **half == *word) {
            Some(half) => Self::Internal { far: half == 1 },
            None => Self::Device(word),
        })
    }
}

/// The words of `schemas/call-events.avsc`.
macro_rules! words {
    ($($kind:ident { $($variant:ident $word:literal),+ $(,)? })+) => {$(
        impl Word for $kind {
            fn write(&self) -> Option<Text> {
                Some(match self { $(Self::$variant => $word),+ }.into())
            }
            fn read(word: Option<Text>) -> Result<Self, RowError> {
                let word = word.unwrap_or_default();
                match &*word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(RowError::Word { what: stringify!($kind), word: word.into() }),
                }
            }
        }
    )+};
}

words! {
    DialStatus {
        Answer "answer", NoAnswer "no_answer", Busy "busy", Cancel "cancel", Unavailable "unavailable", Congestion "congestion",
        Other "other",
    }
    QueueStatus {
        Timeout "timeout", Full "full", JoinEmpty "join_empty", LeaveEmpty "leave_empty", JoinUnavailable "join_unavailable",
        LeaveUnavailable "leave_unavailable", Withdrawn "withdrawn", Continue "continue",
    }
    TransferKind { Blind "blind", Attended "attended" }
    DiversionKind { Colleague "colleague", Voicemail "voicemail", Operator "operator", Other "other" }
    GapReason {
        ConnectionLost "connection_lost", CollectorDown "collector_down", SpoolFull "spool_full", RecordsLost "records_lost",
    }
    MemberState {
        Free "free", Ringing "ringing", Busy "busy", Paused "paused", Unavailable "unavailable", Removed "removed",
    }
}
