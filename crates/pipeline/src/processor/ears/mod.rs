//! Several collectors at one PBX: what one has told, another only repeats; what one missed and another heard is no gap.
//!
//! A PBX sends the same events in the same order to everybody who is logged in, each with its own time. So two collectors tell one
//! sequence, each with holes, and each at its own pace: one may come hours later, when its Kafka was away. Of each collector ([`Ear`]) is
//! kept when it heard ([`Session`]). An event is a repetition
//!
//! - when another collector told one with the same id more often than this one, or
//! - when another collector heard that time, and is past it: then the id is not needed, and not kept.
//!
//! One that comes from a time of which it was told that nobody had heard it is too late: another collector has looked at the PBX since.
//!
//! A collector that comes, or comes back after a gap, is put aside with all that it says until it is known what the others heard
//! meanwhile: the part that they heard is no gap, and the look at the PBX that follows is not needed then. When the others are
//! silent, too, the gap is told, and all goes on from there.
//!
//! Nothing here needs an id while a PBX has one collector. Log files have positions that tell what comes twice; only gaps
//! in them are looked at. Posted events are not seen here at all.

mod ear;
mod pbx;
mod session;

pub(super) use ear::Held;
#[cfg(test)]
pub(super) use ear::is_own;
pub use ear::{Ear, Look};
pub use pbx::PbxEars;
pub use session::Session;

use super::output::{Change, Decided};
use call::{Body, Event, SourceKind, Text};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Use,
    Repeated,
    /// It was told that nobody had heard it, and too much has gone on since.
    TooLate,
    /// What is used stands beside it: the part of a gap that nobody heard.
    Reshaped,
    /// It waits.
    Held,
}

/// An event as it was received.
pub(super) type Received = (Event, Vec<u8>);

/// What an event brings about.
#[derive(Debug)]
pub(super) struct Heard {
    /// To be used before it.
    pub before: Vec<Received>,
    pub verdict: Verdict,
    /// To be used after it.
    pub after: Vec<Received>,
}

impl From<Verdict> for Heard {
    fn from(verdict: Verdict) -> Self {
        Self { before: Vec::new(), verdict, after: Vec::new() }
    }
}

/// All collectors of one site.
#[derive(Debug, Default)]
pub(super) struct Ears {
    pbxs: Vec<PbxEars>,
    held: Store,
}

/// What of the events that wait is to be written, and how many of them were not needed in the end.
#[derive(Debug, Default)]
pub(super) struct Store {
    next: u64,
    put: BTreeMap<u64, Vec<u8>>,
    dropped: BTreeSet<u64>,
    decided: u64,
    repeated: u64,
    too_late: u64,
}

impl Store {
    fn hold(&mut self, event: &Event, bytes: &[u8]) -> Held {
        let number = self.next;
        self.next += 1;
        self.put.insert(number, bytes.to_vec());
        Held { number, event: event.clone(), bytes: bytes.to_vec() }
    }

    fn free(&mut self, held: Held) -> Received {
        self.decided += 1;
        if self.put.remove(&held.number).is_none() {
            self.dropped.insert(held.number);
        }
        (held.event, held.bytes)
    }
}

impl Ears {
    /// Takes an event in the order of the input.
    pub fn hear(&mut self, event: &Event, bytes: &[u8]) -> Heard {
        let Some(kind) = kind_of(event) else { return Verdict::Use.into() };
        let node = &event.origin.node;
        let found = self.pbxs.iter_mut().find(|pbx| pbx.kind == kind && pbx.node == *node);
        match found {
            Some(pbx) => pbx.hear(event, bytes, &mut self.held),
            // The collector's own word on a full spool: nobody at this PBX.
            None if event.origin.kind == SourceKind::Collector => Verdict::Use.into(),
            None => {
                let mut pbx = PbxEars::new(node.clone(), kind);
                let heard = pbx.hear(event, bytes, &mut self.held);
                self.pbxs.push(pbx);
                heard
            }
        }
    }

    /// What is to be kept; the number that the next event that waits gets.
    pub fn records(&self) -> (Vec<PbxEars>, u64) {
        (self.pbxs.iter().map(PbxEars::record).collect(), self.held.next)
    }

    /// As they were kept; `held` in the order of their numbers.
    pub fn restored((mut pbxs, next): (Vec<PbxEars>, u64), held: Vec<Held>) -> Self {
        for held in held {
            let Some(kind) = kind_of(&held.event) else { continue };
            let node = &held.event.origin.node;
            if let Some(pbx) = pbxs.iter_mut().find(|pbx| pbx.kind == kind && pbx.node == *node) {
                pbx.restore(held);
            }
        }
        Self { pbxs, held: Store { next, ..Store::default() } }
    }

    /// What changed since the last time, and what became of events that had waited.
    pub fn take(&mut self, site: &Text, changes: &mut Vec<Change>) -> Option<Decided> {
        let put = std::mem::take(&mut self.held.put).into_iter();
        changes.extend(put.map(|(number, bytes)| Change::PutHeld { site: site.clone(), number, bytes }));
        let dropped = std::mem::take(&mut self.held.dropped).into_iter();
        changes.extend(dropped.map(|number| Change::DropHeld { site: site.clone(), number }));
        let events = std::mem::take(&mut self.held.decided);
        let repeated = std::mem::take(&mut self.held.repeated);
        let too_late = std::mem::take(&mut self.held.too_late);
        (events > 0).then(|| Decided { site: site.clone(), events, repeated, too_late })
    }

    /// How many collectors of each kind of source are heard, and how many others are silent while those are heard.
    pub fn counts(&self) -> BTreeMap<SourceKind, (usize, usize)> {
        let mut counts: BTreeMap<SourceKind, (usize, usize)> = BTreeMap::new();
        for pbx in &self.pbxs {
            let (heard, silent) = pbx.counts();
            let count = counts.entry(pbx.kind).or_default();
            *count = (count.0 + heard, count.1 + silent);
        }
        counts
    }
}

/// Whose word an event is, where two collectors may have the same to tell. Of log files that are only signs of life and gaps.
fn kind_of(event: &Event) -> Option<SourceKind> {
    match event.origin.kind {
        SourceKind::AsteriskAmi | SourceKind::Collector => Some(SourceKind::AsteriskAmi),
        kind @ (SourceKind::AsteriskQueueLog | SourceKind::AsteriskCel | SourceKind::AsteriskCdr) => {
            matches!(event.body, Body::Gap { .. } | Body::Heartbeat).then_some(kind)
        }
        SourceKind::AsteriskAmiRecording | SourceKind::Webhook | SourceKind::CsvImport => None,
    }
}

/// What makes an event of a PBX the same in two collectors: its time to the microsecond, its channel, and what kind of event it is.
/// Nothing that a newer program may read otherwise, and no number: pseudonyms differ while keys are changed. FNV-1a, because the
/// digest is kept and must be the same in every version.
fn id_of(event: &Event) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let leg = event.leg.as_deref().unwrap_or_default();
    let (at, word) = (event.at_us.to_be_bytes(), event.body.word());
    let bytes = at.iter().chain(leg.as_bytes()).chain(&[0]).chain(word.as_bytes());
    bytes.fold(OFFSET, |digest, byte| (digest ^ u64::from(*byte)).wrapping_mul(PRIME))
}
