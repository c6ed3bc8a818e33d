//! The three readers as one.

use call::SourceKind;
use config::{Config, FileKind};
use org::SiteNumbers;
use pbx::Record;
use pbx::asterisk::{cdr, cel, queue_log};

/// What reads the bytes of one kind of file.
pub(super) enum Reader {
    QueueLog(Box<queue_log::Reader<SiteNumbers>>),
    Cel(Box<cel::Reader<SiteNumbers>>),
    Cdr(Box<cdr::Reader<SiteNumbers>>),
}

/// What its events are.
pub(crate) const fn source_kind(kind: FileKind) -> SourceKind {
    match kind {
        FileKind::QueueLog => SourceKind::AsteriskQueueLog,
        FileKind::Cel => SourceKind::AsteriskCel,
        FileKind::Cdr => SourceKind::AsteriskCdr,
    }
}

impl Reader {
    /// The first byte that will be pushed has this offset.
    pub fn at(offset: u64, kind: FileKind, config: &Config) -> anyhow::Result<Self> {
        let (dialect, numbers) = (config.dialect()?, config.numbers()?);
        Ok(match kind {
            FileKind::QueueLog => Self::QueueLog(Box::new(queue_log::Reader::at(offset, dialect, numbers))),
            FileKind::Cel => Self::Cel(Box::new(cel::Reader::at(offset, dialect, numbers))),
            FileKind::Cdr => Self::Cdr(Box::new(cdr::Reader::at(offset, dialect, numbers))),
        })
    }

    pub fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::QueueLog(reader) => reader.push(bytes),
            Self::Cel(reader) => reader.push(bytes),
            Self::Cdr(reader) => reader.push(bytes),
        }
    }

    pub fn next_record(&mut self) -> Option<Record> {
        match self {
            Self::QueueLog(reader) => reader.next_record(),
            Self::Cel(reader) => reader.next_record(),
            Self::Cdr(reader) => reader.next_record(),
        }
    }

    /// The file ended: a last line that was not ended. Bytes of the next file may be pushed.
    pub fn finish(&mut self) -> Option<Record> {
        match self {
            Self::QueueLog(reader) => reader.finish(),
            Self::Cel(reader) => reader.finish(),
            Self::Cdr(reader) => reader.finish(),
        }
    }

    pub fn restart_at(&self) -> u64 {
        match self {
            Self::QueueLog(reader) => reader.restart_at(),
            Self::Cel(reader) => reader.restart_at(),
            Self::Cdr(reader) => reader.restart_at(),
        }
    }
}
