//! Each kind of source has its own way to tell of calls.

use crate::assembler::{CallKey, Transition};
use crate::{Assembler, Call, Event, RecordAssembler, SitePlan, SourceKind, VisitAssembler};
use std::sync::Arc;

/// Puts together the calls of one source.
#[derive(Debug)]
pub enum SourceAssembler {
    /// It tells of channels.
    Channels(Box<Assembler>),
    /// It tells of queues alone.
    Visits(VisitAssembler),
    /// It tells of what is over.
    Records(RecordAssembler),
}

impl SourceAssembler {
    /// For a source of this kind.
    #[must_use]
    pub fn new(kind: SourceKind, site: &str, plan: Arc<SitePlan>) -> Self {
        match kind {
            SourceKind::AsteriskAmi
            | SourceKind::AsteriskAmiRecording
            | SourceKind::AsteriskCel
            | SourceKind::Collector
            | SourceKind::Webhook => Self::Channels(Box::new(Assembler::new(site, plan))),
            SourceKind::AsteriskQueueLog => Self::Visits(VisitAssembler::new(site, plan)),
            SourceKind::AsteriskCdr | SourceKind::CsvImport => {
                Self::Records(RecordAssembler::new(site, plan))
            }
        }
    }

    /// Takes one event. Never fails: what makes no sense changes nothing.
    pub fn apply(&mut self, event: &Event) -> Transition {
        match self {
            Self::Channels(assembler) => assembler.apply(event),
            Self::Visits(assembler) => assembler.apply(event),
            Self::Records(assembler) => assembler.apply(event),
        }
    }

    /// Whether transitions tell which live groups an event touched.
    #[must_use]
    pub const fn tells_of_channels(&self) -> bool {
        matches!(self, Self::Channels(_))
    }

    /// The latest version of a live call of a source that tells of channels.
    #[must_use]
    pub fn view(&self, key: CallKey) -> Option<Call> {
        match self {
            Self::Channels(assembler) => assembler.view(key),
            Self::Visits(_) | Self::Records(_) => None,
        }
    }
}
