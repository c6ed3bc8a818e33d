//! What one commit writes.

use super::floor::Member;
use super::record::SiteRecord;
use call::{Call, SourceKind, Text};
use kpi::{Served, WindowRecord};

/// One change of the changelog, beside the calls and panes of the same [`Output`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Keep an event, as it was received.
    PutEvent {
        /// Its site.
        site: Text,
        /// Its number within the site.
        sequence: u64,
        /// As received.
        bytes: Vec<u8>,
    },
    /// No live call depends on the event any more.
    DropEvent {
        /// Its site.
        site: Text,
        /// Its number within the site.
        sequence: u64,
    },
    /// What one source says of a call that others may tell, too.
    PutTold {
        /// Which source.
        kind: SourceKind,
        /// The version.
        call: Box<Call>,
    },
    /// Nothing more is expected of that call.
    DropTold {
        /// Its site.
        site: Text,
        /// Which source.
        kind: SourceKind,
        /// The call.
        call_id: Text,
    },
    /// Whether a member of a queue can take a caller.
    PutMember {
        /// Its site.
        site: Text,
        /// Who.
        member: Member,
        /// The event that told it, as it was received.
        bytes: Vec<u8>,
    },
    /// The member serves the queue no longer, or it is not known.
    DropMember {
        /// Its site.
        site: Text,
        /// Who.
        member: Member,
    },
    /// Keep an event that waits, as it was received.
    PutHeld {
        /// Its site.
        site: Text,
        /// Its number among those that wait.
        number: u64,
        /// As received.
        bytes: Vec<u8>,
    },
    /// The event waits no longer.
    DropHeld {
        /// Its site.
        site: Text,
        /// Its number among those that wait.
        number: u64,
    },
    /// The rest.
    PutSite(Box<SiteRecord>),
}

/// What is written in one transaction: of each call and pane only the latest. Nothing in it depends on how the events
/// were batched, but that versions and revisions in between are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Latest versions of the calls that changed. The changelog keeps each until it is final.
    pub calls: Vec<Call>,
    /// Latest revisions of the panes that changed, and every correction. The changelog keeps each pane until it is closed.
    pub windows: Vec<WindowRecord>,
    /// What else changed in the processor's own state.
    pub changes: Vec<Change>,
    /// Events that had waited and do so no more.
    pub decided: Vec<Decided>,
    /// Calls and passes of external callers of which it became certain how they ended, for counters. Those that only a list tells
    /// of are not there: they are of the past.
    pub served: Vec<Served>,
}

/// What became of a site's events that had waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The site.
    pub site: Text,
    /// How many; those that are neither of the following were used.
    pub events: u64,
    /// Another collector had told them.
    pub repeated: u64,
    /// They came too late.
    pub too_late: u64,
}

impl Output {
    /// Nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.windows.is_empty() && self.changes.is_empty()
    }
}
