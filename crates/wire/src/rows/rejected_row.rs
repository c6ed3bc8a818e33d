//! What could not be used ⇄ rows of `rejected`.

use super::cell::{Low, LowOption, Micros, RowError};
use super::month::checked;
use super::row::{Position, row};
use super::word;
use crate::{RejectReason, Rejected};
use call::{SourceKind, Text};

row! {
    /// One record that was rejected somewhere.
    RejectedRow in "rejected" by |row| row.rejected_at.0 => {
        /// The site, when that is known.
        site: Low,
        /// Which part rejected it.
        stage: Low,
        /// The source's kind.
        kind: LowOption,
        /// Where it stood: not Kafka's place of this record, but the rejected record's own.
        source_position: Text,
        /// When.
        rejected_at: Micros,
        /// Why.
        reason: Low,
        /// Why, for an operator.
        detail: Text,
        /// How it begins.
        excerpt: Text,
        /// Where it came from in Kafka.
        position: Position,
    }
}

impl RejectedRow {
    /// From the record at `position`.
    pub fn new(rejected: Rejected, position: Position) -> Result<Self, RowError> {
        let Rejected { site, stage, kind, position: source_position, at_us, reason, detail, excerpt } =
            rejected;
        Ok(Self {
            site: Low::from(site),
            stage: Low::from(stage),
            kind: LowOption::from(kind.map(SourceKind::word)),
            source_position,
            rejected_at: Micros(checked("at_us", at_us)?),
            reason: Low::from(reason_word(reason)),
            detail,
            excerpt,
            position,
        })
    }

    /// The record as the topic had it.
    pub fn into_rejected(self) -> Result<Rejected, RowError> {
        let kind = self.kind.0.as_deref();
        Ok(Rejected {
            site: self.site.into_text(),
            stage: self.stage.into_text(),
            kind: kind.map(|kind| word("kind of source", kind, SourceKind::from_word)).transpose()?,
            position: self.source_position,
            at_us: self.rejected_at.0,
            reason: word("reason", &self.reason.0, read_reason)?,
            detail: self.detail,
            excerpt: self.excerpt,
        })
    }
}

pub(super) const REASONS: [RejectReason; 6] = [
    RejectReason::Malformed,
    RejectReason::InvalidField,
    RejectReason::TooLong,
    RejectReason::NotAvro,
    RejectReason::UnknownSchema,
    RejectReason::Undecodable,
];

const fn reason_word(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::Malformed => "malformed",
        RejectReason::InvalidField => "invalid_field",
        RejectReason::TooLong => "too_long",
        RejectReason::NotAvro => "not_avro",
        RejectReason::UnknownSchema => "unknown_schema",
        RejectReason::Undecodable => "undecodable",
    }
}

fn read_reason(word: &str) -> Option<RejectReason> {
    REASONS.into_iter().find(|reason| reason_word(*reason) == word)
}
