//! One partition's state and what it will write next.

use crate::changelog::{self, Held, Manifest};
use call::Event;
use kpi::{WindowRecord, WindowRecordKind};
use pipeline::processor::{Applied, Output, Processor, Setup};
use pipeline::{Breaches, Clock, Delivery, Fault, FaultKind, Place, Record};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use wire::{Codec, RejectReason, Rejected, WireError, Written};

/// What stepping and encoding need.
pub struct Tools {
    /// Bytes and back.
    pub codec: Arc<Codec>,
    /// For the pace, and the time of a rejection.
    pub clock: Arc<dyn Clock>,
    /// The input's name, for the place of a rejected record.
    pub topic: String,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stepped {
    /// An event of this site.
    Event(call::Text, Applied),
    /// It could not be used.
    Rejected(RejectReason),
}

/// A partition that this process is responsible for.
pub struct Partition {
    number: i32,
    processor: Processor,
    manifest: Manifest,
    /// The next offset that would be committed.
    next_offset: i64,
    /// The first offset since the last commit.
    first_offset: Option<i64>,
    rejected: Vec<Rejected>,
    /// What became of the events since the last commit.
    taken: Taken,
    /// Records since the last commit that were deleted before they were read.
    lost: u64,
}

/// What a partition writes in one transaction, and what it tells of it.
pub struct Commit {
    /// The records.
    pub records: Vec<Record>,
    /// The next offset.
    pub next_offset: i64,
    /// The same before it was encoded, but for changes of the state.
    pub output: Output,
    /// Invariants broken.
    pub breaches: Breaches,
    /// Records of the input that were deleted before they were read.
    pub lost: u64,
}

impl Partition {
    /// As the changelog has it; and the offset to begin at, none: the beginning. `committed` is the group's offset.
    ///
    /// # Errors
    /// `StateDamaged` when state and offsets cannot belong together, or the state cannot be read; `OtherDefinition` when its figures
    /// were made by other formulas than this program's.
    pub fn restore(
        number: i32,
        held: Held,
        committed: Option<i64>,
        setup: Arc<Setup>,
    ) -> Result<(Self, Option<i64>), Fault> {
        let doing = format!("restoring partition {number}");
        if let Some(manifest) = &held.manifest {
            check_definition(manifest, &setup, &doing)?;
        }
        let from = match (&held.manifest, committed) {
            (None, None) => None,
            (None, Some(offset)) => {
                let detail = format!("the group has committed offset {offset}, but the changelog is empty");
                return Err(Fault::new(FaultKind::StateDamaged, doing, detail));
            }
            (Some(manifest), committed) => {
                if committed != Some(manifest.next_offset) {
                    // The state decides: the input is read from where it was made. Sources' marks keep it from counting twice.
                    tracing::error!(
                        partition = number,
                        state = manifest.next_offset,
                        ?committed,
                        "the group's offset does not belong to the state: a torn transaction, or offsets set by hand"
                    );
                }
                Some(manifest.next_offset)
            }
        };
        let processor = Processor::restore(setup, held.records)?;
        let manifest = held.manifest.unwrap_or_default();
        let next_offset = from.unwrap_or_default();
        Ok((
            Self {
                number,
                processor,
                manifest,
                next_offset,
                first_offset: None,
                rejected: Vec::new(),
                taken: Taken::default(),
                lost: 0,
            },
            from,
        ))
    }

    /// Takes one record of the input. What cannot be used is put aside with its reason.
    ///
    /// # Errors
    /// When the schema registry does not answer: the record is not to blame.
    pub fn step(&mut self, delivery: &Delivery, tools: &Tools) -> Result<Stepped, Fault> {
        let bytes = delivery.value.as_deref().unwrap_or_default();
        let stepped = match tools.codec.decode_event(bytes) {
            Ok(event) => match self.apply(&event, bytes, tools)? {
                Applied::UnknownSite => {
                    let detail =
                        "the configuration does not tell of this site: give it a topic prefix of its own";
                    self.reject(delivery, &event.origin.site, RejectReason::InvalidField, detail, tools)
                }
                applied => {
                    self.taken.count(applied);
                    Stepped::Event(event.origin.site, applied)
                }
            },
            Err(error) => match error.reject_reason() {
                Some(reason) => self.reject(delivery, "", reason, &why(&error), tools),
                None => {
                    let doing = format!("reading {}", self.place(delivery.offset, tools));
                    return Err(Fault::new(FaultKind::Unreachable, doing, error));
                }
            },
        };
        self.first_offset.get_or_insert(delivery.offset);
        self.next_offset = delivery.offset + 1;
        Ok(stepped)
    }

    fn apply(&mut self, event: &Event, bytes: &[u8], tools: &Tools) -> Result<Applied, Fault> {
        for gap in self.processor.gaps_before(event) {
            let bytes = tools.codec.encode_event(&gap).map_err(|error| self.not_encoded(&error))?;
            self.processor.tell_gap(&gap, &bytes);
        }
        Ok(self.processor.apply(event, bytes))
    }

    /// Of the next offset that would be read and the offsets that are still there: where to begin, and how many records between
    /// were deleted before they were read. Calls of that time become unknown, not wrong.
    ///
    /// # Errors
    /// `StateDamaged` when the input ends before the place that the state was made of.
    pub fn begin(&mut self, from: Option<i64>, kept: &Range<i64>) -> Result<Option<i64>, Fault> {
        let Some(from) = from else { return Ok(None) };
        if from > kept.end {
            let doing = format!("going on with partition {}", self.number);
            let end = kept.end;
            let detail = format!(
                "the state goes on at offset {from} of the events, but they end at {end}: their topic was made anew, or it lost what \
                 it had acknowledged"
            );
            return Err(Fault::new(FaultKind::StateDamaged, doing, detail));
        }
        self.lost = u64::try_from(kept.start - from).unwrap_or_default();
        if self.lost > 0 {
            self.processor.lose();
            self.next_offset = kept.start;
        }
        Ok(Some(self.next_offset))
    }

    /// Records that were deleted before they were read, and are not told in a commit yet.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    fn not_encoded(&self, error: &WireError) -> Fault {
        let kind = if error.reject_reason().is_some() { FaultKind::Internal } else { FaultKind::Unreachable };
        Fault::new(kind, format!("encoding what follows from partition {}", self.number), error)
    }

    fn place(&self, offset: i64, tools: &Tools) -> String {
        format!("{}/{}/{offset}", tools.topic, self.number)
    }

    fn reject(
        &mut self,
        delivery: &Delivery,
        site: &str,
        reason: RejectReason,
        detail: &str,
        tools: &Tools,
    ) -> Stepped {
        let rejected = Rejected {
            site: site.into(),
            stage: "processor".into(),
            kind: None,
            position: self.place(delivery.offset, tools).into(),
            at_us: tools.clock.now_us(),
            reason,
            detail: detail.into(),
            // nobody knows what these bytes are, so nobody may read them here
            excerpt: "".into(),
        };
        tracing::warn!(position = %rejected.position, reason = reason.word(), "{detail}");
        self.rejected.push(rejected);
        Stepped::Rejected(reason)
    }

    /// Whether there is anything to commit.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.first_offset.is_some()
    }

    /// The next offset to be read.
    #[must_use]
    pub fn next_offset(&self) -> i64 {
        self.next_offset
    }

    /// The state.
    #[must_use]
    pub fn processor(&self) -> &Processor {
        &self.processor
    }

    /// Everything since the last commit.
    ///
    /// # Errors
    /// When something cannot be encoded.
    pub fn take(&mut self, tools: &Tools) -> Result<Commit, Fault> {
        let mut output = self.processor.take();
        let breaches = self.processor.take_breaches();
        let lost = self.lost;
        let records = self.encode(&mut output, tools).map_err(|error| self.not_encoded(&error))?;
        Ok(Commit { records, next_offset: self.next_offset, output, breaches, lost })
    }

    fn encode(&mut self, output: &mut Output, tools: &Tools) -> Result<Vec<Record>, WireError> {
        let codec = &tools.codec;
        let first_offset = self.first_offset.take().unwrap_or(self.next_offset);
        let mut next = self.manifest.next(first_offset, self.processor.definition_version());
        next.lost = std::mem::take(&mut self.lost);
        next.next_offset = self.next_offset;
        let Taken { used, repeated, too_late, waiting } = std::mem::take(&mut self.taken);
        let rejected = std::mem::take(&mut self.rejected);
        let room = output.calls.len() + output.windows.len();
        let mut changes = Vec::with_capacity(room + output.changes.len() + 1);
        let mut pages = Pages::new(self.number, room + rejected.len() + changes.capacity() + 1);
        for call in &output.calls {
            let value = codec.encode_call(call)?;
            let kept = (!call.is_final).then(|| value.clone());
            changes.push(changelog::call_record(self.number, call, kept));
            pages.put(Place::Calls, &call.call_id, value);
        }
        for window in &output.windows {
            let value = codec.encode_window(window)?;
            if let WindowRecordKind::Pane { closed, .. } = window.kind {
                let kept = (!closed).then(|| value.clone());
                changes.push(changelog::pane_record(self.number, &window.key, kept));
            }
            pages.put(Place::Windows, &window.key.site, value);
        }
        for change in std::mem::take(&mut output.changes) {
            changes.push(changelog::record(self.number, change, codec)?);
        }
        for rejected in &rejected {
            pages.put(Place::Rejected, &rejected.site, codec.encode_rejected(rejected)?);
        }
        let correction = |window: &&WindowRecord| matches!(window.kind, WindowRecordKind::Correction { .. });
        let manifest = wire::Manifest {
            sequence: next.sequence,
            first_offset: next.first_offset,
            next_offset: next.next_offset,
            used,
            repeated,
            too_late,
            waiting,
            decided: output.decided.iter().map(|decided| decided.events).sum(),
            calls: pages.written(Place::Calls),
            windows: pages.written(Place::Windows),
            corrections: output.windows.iter().filter(correction).count() as u64,
            rejected: pages.written(Place::Rejected),
        };
        next.calls = manifest.calls.records;
        next.windows = manifest.windows.records;
        next.rejected = manifest.rejected.records;
        next.changes = changes.len() as u64;
        pages.put(Place::Manifests, &self.number.to_string(), codec.encode_manifest(&manifest)?);
        let mut records = pages.records;
        records.append(&mut changes);
        records.push(changelog::manifest_record(self.number, &next));
        self.manifest = next;
        Ok(records)
    }
}

/// Figures of two definitions are never added: an open pane would be of both.
fn check_definition(manifest: &Manifest, setup: &Setup, doing: &str) -> Result<(), Fault> {
    let (in_state, ours) = (manifest.definition_version, setup.definition_version);
    if in_state == ours {
        return Ok(());
    }
    let detail = format!(
        "the open minutes here were made by definition {in_state} of the measures, and this program has definition {ours}. Nothing \
         was changed"
    );
    Err(Fault::new(FaultKind::OtherDefinition, doing, detail))
}

/// What became of events since the last commit.
#[derive(Debug, Default)]
struct Taken {
    used: u64,
    repeated: u64,
    too_late: u64,
    waiting: u64,
}

impl Taken {
    fn count(&mut self, applied: Applied) {
        match applied {
            Applied::Used => self.used += 1,
            Applied::Repeated => self.repeated += 1,
            Applied::TooLate => self.too_late += 1,
            Applied::Held => self.waiting += 1,
            // Rejected: its record tells of it.
            Applied::UnknownSite => {}
        }
    }
}

/// Records with what a manifest tells of them.
struct Pages {
    partition: i32,
    records: Vec<Record>,
    written: BTreeMap<Place, Written>,
}

impl Pages {
    fn new(partition: i32, room: usize) -> Self {
        Self { partition, records: Vec::with_capacity(room), written: BTreeMap::new() }
    }

    fn put(&mut self, place: Place, key: &str, value: Vec<u8>) {
        let written = self.written.entry(place).or_default();
        *written = written.and(Written::one(key.as_bytes(), &value));
        self.records.push(Record { place, partition: self.partition, key: key.into(), value: Some(value) });
    }

    fn written(&self, place: Place) -> Written {
        self.written.get(&place).copied().unwrap_or_default()
    }
}

/// Without a byte of the record, which may hold anything.
fn why(error: &WireError) -> String {
    match error {
        WireError::Undecodable(_) => {
            "its bytes do not fit the schema they name; only collectors may write to this topic".into()
        }
        WireError::NotAvro(_) | WireError::UnknownSchema(_) | WireError::Registry { .. } => error.to_string(),
    }
}
