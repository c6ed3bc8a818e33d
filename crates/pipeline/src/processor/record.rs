//! What the changelog holds of a site, as plain data.

use super::coverage::Coverage;
use super::ears::PbxEars;
use call::reconcile::Hearing;
use call::reconcile::live::Alone;
use call::{Call, Event, SourceKind, Text};
use kpi::WindowRecord;
use std::collections::BTreeMap;

/// How far one source stream has been used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The PBX node.
    pub node: Text,
    /// The stream.
    pub stream: u64,
    /// The last position used.
    pub position: u64,
}

/// What is known of a site beside its calls and panes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRecord {
    /// The site.
    pub site: Text,
    /// The number that the next kept event gets.
    pub next_sequence: u64,
    /// The watermark, µs UTC.
    pub watermark_us: i64,
    /// Every minute before this one (since 1970-01-01 00:00 UTC) is past revision.
    pub closed_before: i64,
    /// Live calls, to check a restored state by.
    pub live_calls: u64,
    /// In the order of their last use.
    pub marks: Vec<Mark>,
    /// When each source was there to hear.
    pub heard: BTreeMap<SourceKind, Hearing>,
    /// Which source was the only one at first.
    pub alone: Option<Alone>,
    /// The newest time that any source told, µs UTC.
    pub now_us: i64,
    /// The minute of the last look at calls of several sources.
    pub looked_minute: i64,
    /// How much of each minute was told as heard.
    pub coverage: Coverage,
    /// The collectors at each PBX node.
    pub ears: Vec<PbxEars>,
    /// The number that the next event that waits gets.
    pub next_held: u64,
}

/// One record of the changelog, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restored {
    /// An event that a live call depends on, and its number.
    Event(u64, Event),
    /// The last version of a live call.
    Call(Box<Call>),
    /// What one source says of a call that others may tell, too.
    Told(SourceKind, Box<Call>),
    /// The last word on a member of a queue.
    Member(Event),
    /// An event that waits, its number, and how it was received.
    Held(u64, Event, Vec<u8>),
    /// An open pane.
    Pane(Box<WindowRecord>),
    /// The rest.
    Site(SiteRecord),
}

impl Restored {
    /// Whose it is.
    #[must_use]
    pub fn site(&self) -> &Text {
        match self {
            Self::Event(_, event) | Self::Member(event) | Self::Held(_, event, _) => &event.origin.site,
            Self::Call(call) | Self::Told(_, call) => &call.site,
            Self::Pane(record) => &record.key.site,
            Self::Site(record) => &record.site,
        }
    }
}
