//! Kinds of sources; each has its own way to tell of calls.

use crate::assembler::{CallKey, Transition};
use crate::{Assembler, Call, Event, RecordAssembler, SitePlan, Text, VisitAssembler};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What kind of source an event came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKind {
    /// Asterisk Manager Interface, live.
    AsteriskAmi,
    /// The same bytes from a file.
    AsteriskAmiRecording,
    /// Made by the collector itself: gaps, heartbeats.
    Collector,
    /// Asterisk's `queue_log`: queues alone, whole seconds.
    AsteriskQueueLog,
    /// Asterisk's channel event log.
    AsteriskCel,
    /// Asterisk's call detail records.
    AsteriskCdr,
    /// Events that a PBX posted.
    Webhook,
    /// An exported call list.
    CsvImport,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::AsteriskAmi,
        Self::AsteriskAmiRecording,
        Self::Collector,
        Self::AsteriskQueueLog,
        Self::AsteriskCel,
        Self::AsteriskCdr,
        Self::Webhook,
        Self::CsvImport,
    ];

    /// The kind as a word, the same in Avro, ClickHouse and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AsteriskAmi => "asterisk_ami",
            Self::AsteriskAmiRecording => "asterisk_ami_recording",
            Self::Collector => "collector",
            Self::AsteriskQueueLog => "asterisk_queue_log",
            Self::AsteriskCel => "asterisk_cel",
            Self::AsteriskCdr => "asterisk_cdr",
            Self::Webhook => "webhook",
            Self::CsvImport => "csv_import",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }
}

impl std::fmt::Display for SourceKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// A set of kinds of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sources(u16);

impl Sources {
    /// The set of one.
    #[must_use]
    pub const fn of(kind: SourceKind) -> Self {
        Self(1 << kind as u16)
    }

    /// With everything in `other`, too.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `kind` is in it.
    #[must_use]
    pub const fn has(self, kind: SourceKind) -> bool {
        self.0 & Self::of(kind).0 != 0
    }

    /// What is in it, in the order of the definition.
    pub fn iter(self) -> impl Iterator<Item = SourceKind> {
        SourceKind::ALL.iter().copied().filter(move |kind| self.has(*kind))
    }
}

impl FromIterator<SourceKind> for Sources {
    fn from_iter<T: IntoIterator<Item = SourceKind>>(kinds: T) -> Self {
        kinds.into_iter().fold(Self::default(), |all, kind| all.and(Self::of(kind)))
    }
}

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

    /// For who needs only the last version of each call: others need not be told. `open` gives those of calls that are not over.
    #[must_use]
    pub fn keeping_back(self) -> Self {
        match self {
            Self::Visits(assembler) => Self::Visits(assembler.keeping_back()),
            other => other,
        }
    }

    /// The latest versions of calls that were kept back.
    pub fn open(&self) -> impl Iterator<Item = &Call> {
        let visits = match self {
            Self::Visits(assembler) => Some(assembler.open()),
            Self::Channels(_) | Self::Records(_) => None,
        };
        visits.into_iter().flatten()
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

    /// Ids of the calls that may still change.
    #[must_use]
    pub fn alive(&self) -> BTreeSet<Text> {
        match self {
            Self::Channels(assembler) => {
                assembler.live().filter_map(|key| assembler.view(key)).map(|call| call.call_id).collect()
            }
            Self::Visits(assembler) => assembler.alive().cloned().collect(),
            Self::Records(assembler) => assembler.alive().collect(),
        }
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
