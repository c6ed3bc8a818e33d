//! One kind of source: its records → its calls.

use super::assemble::Listener;
use crate::commands::explain::story::Step;
use anyhow::{Context, bail};
use call::reconcile::{Signs, Witness};
use call::{Body, Call, Event, EventId, Origin, SitePlan, SourceAssembler, SourceKind, Text};
use config::Config;
use org::SiteNumbers;
use pbx::asterisk::ami::{Framer, Message, Translation, Translator};
use pbx::asterisk::{cdr, cel, queue_log};
use pbx::{Draft, Record, csv_import};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
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
    List(Box<csv_import::Reader<SiteNumbers>>),
}

/// What is kept while a recording is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Calls that are not over; the others are only told to the listener. Memory does not grow with the file.
    OpenCalls,
    /// Every call; each of its versions is told to the listener.
    Calls,
    /// Every call, and what it takes to compare kinds of sources.
    CallsAndSigns,
}

/// Calls of one kind of source as they are being put together.
pub struct Stream {
    kind: SourceKind,
    /// The one at hand. Where it comes from is said once.
    event: Event,
    shift_us: i64,
    reader: Reader,
    assembler: SourceAssembler,
    calls: HashMap<Text, Call>,
    keep: Keep,
    signs: Option<Signs>,
    pub records: u64,
    without_time: u64,
    rejected: Vec<String>,
    /// Rows of a list, which may be written in any order, until all of it is read.
    unordered: Vec<(u64, u64, Draft)>,
    /// Digests of rows that were read: exports overlap.
    read_before: HashSet<u64>,
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
            SourceKind::CsvImport => {
                let mapping = config.call_list()?.context("[import] is missing")?;
                Self::List(Box::new(csv_import::Reader::at(0, mapping, numbers)))
            }
            _ => Self::Ami(Box::new((Framer::default(), Translator::new(dialect, numbers)))),
        })
    }

    fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Ami(ami) => ami.0.push(bytes),
            Self::QueueLog(reader) => reader.push(bytes),
            Self::Cel(reader) => reader.push(bytes),
            Self::Cdr(reader) => reader.push(bytes),
            Self::List(reader) => reader.push(bytes),
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
            Self::List(reader) => reader.next_record(),
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
            Self::List(reader) => reader.finish(),
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

/// The same row, in whichever export it stands, has the same one.
fn digest(row: &Draft) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{row:?}").hash(&mut hasher);
    hasher.finish()
}

impl Stream {
    pub fn new(
        kind: SourceKind,
        config: &Config,
        plan: &Arc<SitePlan>,
        shift_us: i64,
        keep: Keep,
    ) -> anyhow::Result<Self> {
        let (site, node) = (config.site.id.as_str(), config.pbx.node.as_str().into());
        let assembler = SourceAssembler::new(kind, site, plan.clone());
        Ok(Self {
            kind,
            event: Event {
                id: EventId::default(),
                origin: Origin { site: site.into(), node, kind, stream: 0, position: 0 },
                at_us: 0,
                received_us: 0,
                leg: None,
                linked: None,
                body: Body::Heartbeat,
            },
            shift_us,
            reader: Reader::new(kind, config)?,
            assembler: if keep == Keep::Calls { assembler } else { assembler.keeping_back() },
            calls: HashMap::new(),
            keep,
            signs: (keep == Keep::CallsAndSigns).then(|| Signs::new(kind)),
            records: 0,
            without_time: 0,
            rejected: Vec::new(),
            unordered: Vec::new(),
            read_before: HashSet::new(),
        })
    }

    /// Reads a file to its end.
    pub fn read(&mut self, bytes: &mut dyn Read, listener: Listener<'_>) -> anyhow::Result<()> {
        let before = (self.records, self.without_time);
        if let Reader::List(reader) = &mut self.reader {
            reader.begin_again();
        }
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
        let mut rows = std::mem::take(&mut self.unordered);
        rows.sort_by_key(|(_, _, draft)| draft.at_us);
        rows.into_iter().for_each(|(offset, position, draft)| self.apply(offset, position, draft, listener));
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
            // A list's header.
            Ok(drafts) if drafts.is_empty() && self.kind == SourceKind::CsvImport => {}
            Ok(drafts) => {
                self.records += 1;
                for (number, draft) in (0..).zip(drafts) {
                    let position = record.end * EVENTS_PER_BYTE + number;
                    if self.kind == SourceKind::CsvImport {
                        if self.read_before.insert(digest(&draft)) {
                            self.unordered.push((record.offset, position, draft));
                        }
                    } else {
                        self.apply(record.offset, position, draft, listener);
                    }
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
        let event = &mut self.event;
        event.origin.position = position;
        (event.at_us, event.received_us) = (at_us + self.shift_us, at_us);
        (event.leg, event.linked, event.body) = (draft.leg, draft.linked, draft.body);
        if let Some(signs) = &mut self.signs {
            signs.note(event);
        }
        let transition = self.assembler.apply(event);
        listener(&Step { offset, event, transition: &transition, assembler: &self.assembler });
        for version in transition.changed {
            if version.is_final && self.keep == Keep::OpenCalls {
                self.calls.remove(&version.call_id);
                continue;
            }
            match self.calls.get_mut(&version.call_id) {
                Some(call) => *call = version,
                None => drop(self.calls.insert(version.call_id.clone(), version)),
            }
        }
    }

    /// What it has told, and why records could not be used.
    pub fn into_witness(mut self) -> (Witness, Vec<String>) {
        let open = self.assembler.open().map(|call| (call.call_id.clone(), call.clone()));
        self.calls.extend(open);
        let signs = self.signs.unwrap_or_else(|| Signs::new(self.kind));
        (Witness { kind: self.kind, calls: self.calls.into_iter().collect(), signs }, self.rejected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// One caller every ten minutes for a week, each answered.
    fn week() -> (String, usize) {
        let mut log = String::new();
        for second in (0..604_800).step_by(600) {
            let at = 1_795_000_000 + second;
            writeln!(log, "{at}|{at}.1|sales|NONE|ENTERQUEUE||+46701740605|1").unwrap();
            writeln!(log, "{}|{at}.1|sales|PJSIP/2101|CONNECT|9|{at}.2|9", at + 9).unwrap();
            writeln!(log, "{}|{at}.1|sales|PJSIP/2101|COMPLETECALLER|9|30|1", at + 39).unwrap();
        }
        (log, 604_800 / 600)
    }

    #[test]
    fn calls_that_are_over_are_told_once_and_not_kept() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/recordings/asterisk22/svarstid.toml");
        let config = config::load(file.as_ref()).unwrap();
        let plan = Arc::new(config.site_plan().unwrap());
        let (log, callers) = week();
        for keep in [Keep::OpenCalls, Keep::Calls] {
            let mut stream = Stream::new(SourceKind::AsteriskQueueLog, &config, &plan, 0, keep).unwrap();
            let mut over = 0;
            let mut listener =
                |step: &Step<'_>| over += step.transition.changed.iter().filter(|call| call.is_final).count();
            stream.read(&mut log.as_bytes(), &mut listener).unwrap();
            let kept = stream.into_witness().0.calls.len();
            match keep {
                Keep::OpenCalls => assert!(kept < 5 && over + kept == callers, "{over} over, {kept} kept"),
                _ => assert_eq!(kept, callers),
            }
        }
    }
}
