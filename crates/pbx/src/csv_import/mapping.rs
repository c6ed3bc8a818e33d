//! How a site's list is written: plain data, built from the configuration.

use call::Text;
use call::event::DialStatus;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// How a list is written and what its columns and words mean.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// What stands between columns.
    pub delimiter: u8,
    /// How characters are written.
    pub encoding: Encoding,
    /// The first line names the columns.
    pub has_header: bool,
    /// Lines before the header, or before the first row, that are none.
    pub skip_lines: u32,
    /// How times are written (strptime); none: ISO 8601, with or without an offset.
    pub time_format: Option<String>,
    /// Whose times they are, where they have no offset.
    pub zone: TimeZone,
    /// The trunk that calls from outside are said to come in on: a list does not tell.
    pub trunk: Text,
    /// Where each field stands.
    pub columns: BTreeMap<Field, Column>,
    /// How spans of time are written: of `Duration`, `Wait`, `Talk`.
    pub units: BTreeMap<Field, Unit>,
    /// The list's words for how a call ended.
    pub results: BTreeMap<String, Ending>,
    /// The list's words for directions.
    pub directions: BTreeMap<String, Way>,
    /// Names of those who answer → their extensions.
    pub member_names: BTreeMap<String, String>,
}

/// How characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// Western European Windows.
    Windows1252,
    /// ISO 8859-1.
    Latin1,
}

/// What a column may tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The row's own id.
    CallId,
    /// What the rows of one call share.
    LinkedId,
    /// The day of the times that are times of day alone.
    Date,
    /// When the call, or this attempt, began.
    Arrived,
    /// When a person answered.
    Answered,
    /// When it ended.
    Ended,
    /// From arrival to the end.
    Duration,
    /// From arrival to the answer, or to the end of what was not answered.
    Wait,
    /// From the answer to the end.
    Talk,
    /// Who called.
    Caller,
    /// What was dialled.
    Dialled,
    /// From where to where.
    Direction,
    /// The queue.
    Queue,
    /// Who answered, or was rung last.
    AnsweredBy,
    /// How it ended.
    Result,
}

/// Where a field stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// By its name in the header.
    Name(String),
    /// By its number, from 0.
    Number(usize),
}

/// How a span of time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds, with or without decimals.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// `h:mm:ss` or `m:ss`.
    Clock,
}

/// What a word for a result means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// How it ended.
    pub status: DialStatus,
    /// A mailbox took it.
    pub mailbox: bool,
}

/// From where to where a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From outside.
    Incoming,
    /// To outside.
    Outgoing,
    /// Neither.
    Internal,
}

impl Column {
    /// As an operator knows it: its name, or its number from 1.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Name(name) => format!("`{name}`"),
            Self::Number(number) => (number + 1).to_string(),
        }
    }
}

impl Ending {
    /// Its word in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self.status {
            _ if self.mailbox => "mailbox",
            DialStatus::Answer => "answer",
            DialStatus::NoAnswer => "no_answer",
            DialStatus::Busy => "busy",
            DialStatus::Cancel => "cancel",
            DialStatus::Unavailable => "unavailable",
            DialStatus::Congestion => "congestion",
            DialStatus::Other => "other",
        }
    }

    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::of(DialStatus::Answer),
        Self::of(DialStatus::Cancel),
        Self::of(DialStatus::NoAnswer),
        Self::of(DialStatus::Busy),
        Self::of(DialStatus::Unavailable),
        Self::of(DialStatus::Congestion),
        Self { status: DialStatus::Other, mailbox: true },
        Self::of(DialStatus::Other),
    ];

    const fn of(status: DialStatus) -> Self {
        Self { status, mailbox: false }
    }
}

impl Way {
    /// Its word in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Incoming => "incoming",
            Self::Outgoing => "outgoing",
            Self::Internal => "internal",
        }
    }

    /// Every one.
    pub const ALL: [Self; 3] = [Self::Incoming, Self::Outgoing, Self::Internal];
}

impl Field {
    /// Every one, in the order in which they are told.
    pub const ALL: [Self; 15] = [
        Self::CallId,
        Self::LinkedId,
        Self::Date,
        Self::Arrived,
        Self::Answered,
        Self::Ended,
        Self::Duration,
        Self::Wait,
        Self::Talk,
        Self::Caller,
        Self::Dialled,
        Self::Direction,
        Self::Queue,
        Self::AnsweredBy,
        Self::Result,
    ];
    /// Without these a row is no call.
    pub const NEEDED: [Self; 3] = [Self::CallId, Self::Arrived, Self::Result];

    /// Its key in the configuration, without a unit.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CallId => "call_id",
            Self::LinkedId => "linked_id",
            Self::Date => "date",
            Self::Arrived => "arrived",
            Self::Answered => "answered",
            Self::Ended => "ended",
            Self::Duration => "duration",
            Self::Wait => "wait",
            Self::Talk => "talk",
            Self::Caller => "caller",
            Self::Dialled => "dialled",
            Self::Direction => "direction",
            Self::Queue => "queue",
            Self::AnsweredBy => "answered_by",
            Self::Result => "result",
        }
    }
}
