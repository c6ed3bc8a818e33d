//! One kind of source: its records → its calls.

use super::assemble::Listener;
use crate::commands::explain::story::Step;
use anyhow::{Context, bail};
use call::reconcile::{Signs, Witness};
use call::{Call, Event, EventId, Origin, SitePlan, SourceAssembler, SourceKind, Text};
use config::Config;
use org::SiteNumbers;
use pbx::asterisk::ami::{Framer, Message, Translation, Translator};
use pbx::asterisk::{cdr, cel, queue_log};
use pbx::{Draft, Record};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

const CHUNK_BYTES: usize = 1 << 18;
/// A record that tells several events has so many places for them.
const EVENTS_PER_BYTE: u64 = 256;

/// What reads the bytes of one kind of source.
enum Reader {
    Ami(Box<(Framer, Translator<SiteNumbers>)>),
    QueueLog(Box<queue_log::Reader<SiteNumbers>>),
    Cel(Box<cel::Reader<SiteNumbers>>),
    Cdr(Box<cdr::Reader<SiteNumbers>>),
}

/// Calls of one kind of source as they are being put together.
pub struct Stream {
    kind: SourceKind,
    origin: Origin,
    shift_us: i64,
    reader: Reader,
    assembler: SourceAssembler,
    calls: BTreeMap<Text, Call>,
    signs: Option<Signs>,
    pub records: u64,
    without_time: u64,
    rejected: Vec<String>,
}

impl Reader {
    fn new(kind: SourceKind, config: &Config) -> anyhow::Result<Self> {
        let (dialect, numbers) = (config.dialect()?, config.numbers()?);
        Ok(match kind {
            SourceKind::AsteriskQueueLog => {
                Self::QueueLog(Box::new(queue_log::Reader::at(0, dialect, numbers)))
            }
            SourceKind::AsteriskCel => Self::Cel(Box::new(cel::Reader::at(0, dialect, numbers))),
            SourceKind::AsteriskCdr => Self::Cdr(Box::new(cdr::Reader::at(0, dialect, numbers))),
            _ => Self::Ami(Box::new((Framer::default(), Translator::new(dialect, numbers)))),
        })
    }

    fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Ami(ami) => ami.0.push(bytes),
            Self::QueueLog(reader) => reader.push(bytes),
            Self::Cel(reader) => reader.push(bytes),
            Self::Cdr(reader) => reader.push(bytes),
        }
    }

    fn next_record(&mut self) -> Option<Record> {
        match self {
            Self::Ami(ami) => ami.0.next_message().map(|next| match next {
                Ok(message) => meaning(&ami.1, &message),
                Err(error) => Record { offset: 0, end: 0, meaning: Err(error.to_string()) },
            }),
            Self::QueueLog(reader) => reader.next_record(),
            Self::Cel(reader) => reader.next_record(),
            Self::Cdr(reader) => reader.next_record(),
        }
    }

    fn finish(&mut self) -> Option<Record> {
        match self {
            Self::Ami(ami) => {
                ami.0.finish().map(|error| Record { offset: 0, end: 0, meaning: Err(error.to_string()) })
            }
            Self::QueueLog(reader) => reader.finish(),
            Self::Cel(reader) => reader.finish(),
            Self::Cdr(reader) => reader.finish(),
        }
    }
}

fn meaning(translator: &Translator<SiteNumbers>, message: &Message) -> Record {
    let meaning = match translator.translate(message) {
        Translation::Event(draft) => Ok(vec![draft]),
        Translation::Nothing => Ok(Vec::new()),
        Translation::Invalid { detail } => Err(detail),
    };
    Record { offset: message.offset, end: message.end, meaning }
}

impl Stream {
    pub fn new(
        kind: SourceKind,
        config: &Config,
        plan: &Arc<SitePlan>,
        shift_us: i64,
        compare: bool,
    ) -> anyhow::Result<Self> {
        let (site, node) = (config.site.id.as_str(), config.pbx.node.as_str().into());
        Ok(Self {
            kind,
            origin: Origin { site: site.into(), node, kind, stream: 0, position: 0 },
            shift_us,
            reader: Reader::new(kind, config)?,
            assembler: SourceAssembler::new(kind, site, plan.clone()),
            calls: BTreeMap::new(),
            signs: compare.then(|| Signs::new(kind)),
            records: 0,
            without_time: 0,
            rejected: Vec::new(),
        })
    }

    /// Reads a file to its end.
    pub fn read(&mut self, bytes: &mut dyn Read, listener: Listener<'_>) -> anyhow::Result<()> {
        let before = (self.records, self.without_time);
        let mut chunk = vec![0u8; CHUNK_BYTES];
        loop {
            while let Some(record) = self.reader.next_record() {
                self.take(record, listener);
            }
            match bytes.read(&mut chunk).context("it could not be read to its end")? {
                0 => break,
                n => self.reader.push(&chunk[..n]),
            }
        }
        if let Some(record) = self.reader.finish() {
            self.take(record, listener);
        }
        if self.without_time > before.1 {
            bail!(
                "its events have no Timestamp; set `timestampevents = yes` in manager.conf and record again"
            );
        }
        if self.records == before.0 {
            bail!(
                "it holds no record that can be read; the first was rejected because: {}",
                self.first_reason()
            );
        }
        Ok(())
    }

    fn first_reason(&self) -> &str {
        self.rejected.first().map_or("it is empty", String::as_str)
    }

    fn take(&mut self, record: Record, listener: Listener<'_>) {
        match record.meaning {
            Ok(drafts) => {
                self.records += 1;
                for (number, draft) in (0..).zip(drafts) {
                    self.apply(record.offset, record.end * EVENTS_PER_BYTE + number, draft, listener);
                }
            }
            Err(detail) if record.end == 0 => self.rejected.push(detail),
            Err(detail) => self.rejected.push(format!("at byte {}: {detail}", record.offset)),
        }
    }

    fn apply(&mut self, offset: u64, position: u64, draft: Draft, listener: Listener<'_>) {
        let Some(at_us) = draft.at_us else {
            self.without_time += 1;
            return;
        };
        let event = Event {
            id: EventId::default(),
            origin: Origin { position, ..self.origin.clone() },
            at_us: at_us + self.shift_us,
            received_us: at_us,
            leg: draft.leg,
            linked: draft.linked,
            body: draft.body,
        };
        if let Some(signs) = &mut self.signs {
            signs.note(&event);
        }
        let transition = self.assembler.apply(&event);
        listener(&Step { offset, event: &event, transition: &transition, assembler: &self.assembler });
        for version in transition.changed {
            match self.calls.get_mut(&version.call_id) {
                Some(call) => *call = version,
                None => drop(self.calls.insert(version.call_id.clone(), version)),
            }
        }
    }

    /// What it has told, and why records could not be used.
    pub fn into_witness(self) -> (Witness, Vec<String>) {
        let signs = self.signs.unwrap_or_else(|| Signs::new(self.kind));
        (Witness { kind: self.kind, calls: self.calls, signs }, self.rejected)
    }
}
