//! Reads a list to its end.

use crate::commands::analyze::recognise::{head, open};
use call::event::DialStatus;
use call::{Body, Call, CallRecord, Event, EventId, Numbers, Origin, SourceAssembler, SourceKind, Text};
use config::Config;
use org::SiteNumbers;
use pbx::Draft;
use pbx::csv_import::{Ending, Field, Mapping, Places, Reader, Rejection, Told, is_list};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

const CHUNK_BYTES: usize = 1 << 16;
const DELIMITERS: &[u8] = b",;\t|";

/// What was found.
#[derive(Default)]
pub struct Survey {
    /// Rows that are calls, or parts of them.
    pub rows: u64,
    /// Where fields stand; none if there is no usable header.
    pub places: Option<Places>,
    /// Rows that cannot be used, by column and reason.
    pub rejected: BTreeMap<(Option<String>, String), Rejected>,
    /// The list's words for results: what each means, and how often it stands there.
    pub results: BTreeMap<String, (Ending, u64)>,
    /// In how many rows each field's column is empty.
    pub empty: BTreeMap<Field, u64>,
    /// Queues that rows name.
    pub queues: BTreeSet<Text>,
    /// Queues that the configuration knows.
    pub known_queues: BTreeSet<Text>,
    /// Rows that were answered; of these without a time.
    pub answered: u64,
    pub answered_without_time: u64,
    /// Rows that name somebody who is not known.
    pub unknown_names: u64,
    /// Rows with an id that another row has, too.
    pub same_id: u64,
    /// Rows in an hour that came twice.
    pub ambiguous: u64,
    /// First and last arrival, µs UTC.
    pub span: Option<(i64, i64)>,
    /// The calls, by arrival.
    pub calls: Vec<Call>,
    /// Another delimiter with which the header would fit.
    pub better_delimiter: Option<u8>,
    /// The file is in UTF-16.
    pub is_utf16: bool,
}

/// Rows that cannot be used for one reason.
#[derive(Default)]
pub struct Rejected {
    pub rows: u64,
    /// The first of them.
    pub line: Option<u64>,
}

impl Survey {
    pub fn of(file: &Path, config: &Config, mapping: &Mapping) -> anyhow::Result<Self> {
        let numbers = config.numbers()?;
        let mut survey = Self {
            known_queues: config.queues.iter().map(|queue| queue.name.as_str().into()).collect(),
            ..Self::default()
        };
        let drafts = survey.read(&mut *open(file)?, mapping, &numbers)?;
        survey.calls = calls(config, drafts)?;
        if survey.rows == 0 {
            let head = head(&mut *open(file)?)?;
            survey.is_utf16 = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
            survey.better_delimiter = DELIMITERS.iter().copied().find(|other| {
                let mapping = Mapping { delimiter: *other, ..mapping.clone() };
                is_list(&head, &mapping, &numbers)
            });
        }
        Ok(survey)
    }

    fn read(
        &mut self,
        bytes: &mut dyn Read,
        mapping: &Mapping,
        numbers: &SiteNumbers,
    ) -> anyhow::Result<Vec<Draft>> {
        let mut reader = Reader::at(0, mapping.clone(), numbers.clone());
        let (mut drafts, mut ids) = (Vec::new(), BTreeSet::new());
        let mut chunk = vec![0u8; CHUNK_BYTES];
        let mut is_over = false;
        while !is_over {
            match bytes.read(&mut chunk)? {
                0 => is_over = true,
                n => reader.push(&chunk[..n]),
            }
            let last = |reader: &mut Reader<_>| if is_over { reader.last_row() } else { None };
            while let Some(told) = reader.next_row().or_else(|| last(&mut reader)) {
                if let Some(draft) = self.take(told, &reader, numbers) {
                    self.same_id += u64::from(!ids.insert(draft.leg.clone()));
                    drafts.push(draft);
                }
            }
        }
        (self.places, self.ambiguous) = (reader.places().cloned(), reader.ambiguous());
        Ok(drafts)
    }

    fn take(&mut self, told: Told, reader: &Reader<SiteNumbers>, numbers: &SiteNumbers) -> Option<Draft> {
        let draft = match told.meaning {
            Ok(draft) => draft?,
            Err(rejection) => {
                self.reject(rejection);
                return None;
            }
        };
        let (Body::CallRecorded(record), Some(at_us)) = (&draft.body, draft.at_us) else { return None };
        self.rows += 1;
        let (first, last) = self.span.unwrap_or((at_us, at_us));
        self.span = Some((first.min(at_us), last.max(at_us)));
        for field in Field::ALL.into_iter().filter(|field| reader.cell(*field).is_none()) {
            *self.empty.entry(field).or_default() += 1;
        }
        let ending = Ending { status: record.status, mailbox: record.mailbox };
        let word = numbers.redact(reader.cell(Field::Result).unwrap_or_default().as_bytes());
        self.results.entry(word).or_insert((ending, 0)).1 += 1;
        self.count(record, reader.cell(Field::AnsweredBy).is_some());
        Some(draft)
    }

    fn count(&mut self, record: &CallRecord, names_somebody: bool) {
        self.queues.extend(record.queue.clone());
        if record.status == DialStatus::Answer && !record.mailbox {
            self.answered += 1;
            self.answered_without_time += u64::from(record.answered_us.is_none());
        }
        self.unknown_names += u64::from(names_somebody && record.target.is_none());
    }

    fn reject(&mut self, rejection: Rejection) {
        let rejected = self.rejected.entry((rejection.column, rejection.reason)).or_default();
        rejected.rows += 1;
        rejected.line = rejected.line.or(rejection.line);
    }
}

/// Rows → calls, as `analyze` makes them.
fn calls(config: &Config, mut drafts: Vec<Draft>) -> anyhow::Result<Vec<Call>> {
    let (site, kind) = (config.site.id.as_str(), SourceKind::CsvImport);
    let mut assembler = SourceAssembler::new(kind, site, Arc::new(config.site_plan()?));
    let mut calls: BTreeMap<Text, Call> = BTreeMap::new();
    drafts.sort_by_key(|draft| draft.at_us);
    for draft in drafts {
        let at_us = draft.at_us.unwrap_or_default();
        let event = Event {
            id: EventId::default(),
            origin: Origin {
                site: site.into(),
                node: config.pbx.node.as_str().into(),
                kind,
                stream: 0,
                position: 0,
            },
            at_us,
            received_us: at_us,
            leg: draft.leg,
            linked: draft.linked,
            body: draft.body,
        };
        for call in assembler.apply(&event).changed {
            calls.insert(call.call_id.clone(), call);
        }
    }
    let mut calls: Vec<Call> = calls.into_values().filter(|call| call.merged_into.is_none()).collect();
    calls.sort_by(|a, b| (a.arrived_us, &a.call_id).cmp(&(b.arrived_us, &b.call_id)));
    Ok(calls)
}
