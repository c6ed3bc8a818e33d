//! What could not be used, and why.

use call::{SourceKind, Text};

/// Why a record was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectReason {
    /// Cut off, or not in the source's format at all.
    Malformed,
    /// In the source's format, but a field that is needed is missing or impossible.
    InvalidField,
    /// Longer than a record of this source may be.
    TooLong,
    /// Not in the Confluent wire format.
    NotAvro,
    /// The schema id is not known here or to the registry.
    UnknownSchema,
    /// The bytes do not fit their schema.
    Undecodable,
}

/// A record of the topic `rejected`. Holds no number from outside the site's plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The site it came from, when that is known.
    pub site: Text,
    /// Which part rejected it: `collector`, `processor`, `sink`.
    pub stage: Text,
    /// The source's kind, when that is known.
    pub kind: Option<SourceKind>,
    /// Where: `stream:position` of the source, or `topic/partition/offset`.
    pub position: Text,
    /// When it was rejected, microseconds UTC.
    pub at_us: i64,
    /// Why, as a word.
    pub reason: RejectReason,
    /// Why, for an operator: what happened, where, what to do.
    pub detail: Text,
    /// The beginning of the record with every outside number replaced; may be empty.
    pub excerpt: Text,
}

impl RejectReason {
    /// Every reason.
    pub const ALL: &'static [Self] = &[
        Self::Malformed,
        Self::InvalidField,
        Self::TooLong,
        Self::NotAvro,
        Self::UnknownSchema,
        Self::Undecodable,
    ];

    /// The word in Avro, ClickHouse and metrics.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::InvalidField => "invalid_field",
            Self::TooLong => "too_long",
            Self::NotAvro => "not_avro",
            Self::UnknownSchema => "unknown_schema",
            Self::Undecodable => "undecodable",
        }
    }
}
