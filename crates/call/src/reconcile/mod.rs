//! The calls of one PBX from several sources, each put together apart, as one list.
//!
//! A call is taken as the first source tells it that heard all of it, in the order manager interface, channel event
//! log, queue log, call records. Whether a source heard a span of time is seen from what the others heard: a source that lacks
//! what it would have told was deaf from its last word before to its first word after. A call of which no source heard
//! all is `unknown`, unless somebody had answered before the first deaf moment.

mod believe;
pub mod hearing;
pub mod live;
mod report;
mod signs;

pub use hearing::Hearing;
pub use live::Merging;
pub use report::{Hour, Report, Skew};
pub use signs::{Signs, Span};

use crate::{Call, Direction, Outcome, Party, Reach, SourceKind, Sources, Text};
use std::collections::{BTreeMap, BTreeSet};

/// Sources in the order in which they are believed.
const ORDER: &[SourceKind] = &[
    SourceKind::AsteriskAmi,
    SourceKind::AsteriskAmiRecording,
    SourceKind::Webhook,
    SourceKind::AsteriskCel,
    SourceKind::AsteriskQueueLog,
    SourceKind::AsteriskCdr,
    SourceKind::CsvImport,
];

/// Everything that one source has told.
#[derive(Debug)]
pub struct Witness {
    /// Its kind.
    pub kind: SourceKind,
    /// The last version of each call.
    pub calls: BTreeMap<Text, Call>,
    /// What it has seen.
    pub signs: Signs,
}

/// One call as it is believed, and what each source said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    /// The call.
    pub call: Call,
    /// Whose word it is.
    pub by: SourceKind,
    /// The source heard all of it.
    pub is_heard: bool,
    /// What each source that has the call says of it.
    pub said: Vec<Word>,
}

/// What one source says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Which source.
    pub kind: SourceKind,
    /// The outcome that it saw.
    pub outcome: Outcome,
    /// It heard all of the call.
    pub is_heard: bool,
}

impl Reconciled {
    /// A call of the only source.
    #[must_use]
    pub fn alone(kind: SourceKind, call: Call) -> Self {
        Self { call, by: kind, is_heard: true, said: Vec::new() }
    }
}

/// A source with what is known of its hearing.
struct Heard<'a> {
    witness: &'a Witness,
    covers: Span,
    deaf: Vec<Span>,
}

/// Makes one list of calls, in the order of their ids, and tells how the sources agree.
#[must_use]
pub fn reconcile(witnesses: &[Witness]) -> (Vec<Reconciled>, Report) {
    let signs: Vec<&Signs> = witnesses.iter().map(|witness| &witness.signs).collect();
    let mut heard: Vec<Heard<'_>> = witnesses
        .iter()
        .map(|witness| Heard {
            witness,
            covers: witness.signs.covers().unwrap_or((i64::MAX, i64::MIN)),
            deaf: witness.signs.deaf(&signs),
        })
        .collect();
    heard.sort_by_key(|heard| ORDER.iter().position(|kind| *kind == heard.witness.kind));
    let ids: BTreeSet<&Text> = witnesses.iter().flat_map(|witness| witness.calls.keys()).collect();
    let calls: Vec<Reconciled> = ids.into_iter().filter_map(|id| one(id, &heard)).collect();
    let report = Report::new(&calls, &heard_spans(&heard), &signs);
    (calls, report)
}

fn heard_spans(heard: &[Heard<'_>]) -> Vec<(SourceKind, Span, Vec<Span>)> {
    heard.iter().map(|heard| (heard.witness.kind, heard.covers, heard.deaf.clone())).collect()
}

fn one(id: &Text, heard: &[Heard<'_>]) -> Option<Reconciled> {
    let tell: Vec<(&Heard<'_>, &Call)> =
        heard.iter().filter_map(|heard| Some((heard, heard.witness.calls.get(id)?))).collect();
    let (from_us, to_us) = span(&tell)?;
    let leg = id.split_once('/').map_or(&**id, |(_, leg)| leg);
    for source in heard {
        if source.was_deaf(from_us, to_us) {
            continue;
        }
        if let Some(call) = source.witness.calls.get(id) {
            if is_consultation(source, call, leg, heard) {
                return None;
            }
            return Some(believed(source, call, (from_us, to_us), &tell));
        }
        if source.witness.signs.knows(leg) {
            // It knows the leg, and that it is no call: a consultation, a feature code.
            return None;
        }
    }
    let (source, call) = tell.first()?;
    let mut told = believed(source, call, (from_us, to_us), &tell);
    told.call.is_partial = true;
    let answered_before = call.answered_us.is_some_and(|at| !source.was_deaf(from_us, at));
    if !answered_before {
        (told.call.outcome, told.call.reach) = (Outcome::Unknown, Reach::None);
        (told.call.final_reach, told.call.lost_stage) = (Reach::None, None);
    }
    Some(told)
}

/// An extension that calls while it has a caller on hold consults a colleague. A source that was deaf when that caller
/// came does not know: another one that heard everything until then does.
fn is_consultation(source: &Heard<'_>, call: &Call, leg: &str, heard: &[Heard<'_>]) -> bool {
    let doubtful = call.direction == Direction::Internal && source.was_deaf_before(call.arrived_us);
    let knows_better = |other: &Heard<'_>| {
        let witness = other.witness;
        let heard = !other.was_deaf_before(call.arrived_us) && witness.signs.heard_start_of(leg);
        let is_call = witness.calls.get(&call.call_id).is_some_and(|told| told.merged_into.is_none());
        heard && !is_call
    };
    doubtful && heard.iter().any(knows_better)
}

/// When the call was alive, as far as anybody knows.
fn span(tell: &[(&Heard<'_>, &Call)]) -> Option<Span> {
    let from = tell.iter().map(|(_, call)| call.arrived_us).min()?;
    // A source that heard no end does not know when it was.
    let ends = tell.iter().filter_map(|(_, call)| call.ended_us);
    let last = tell.iter().map(|(heard, _)| heard.covers.1).max()?;
    Some((from, ends.max().unwrap_or(last).max(from)))
}

impl Heard<'_> {
    fn was_deaf_before(&self, at_us: i64) -> bool {
        self.deaf.iter().any(|(from, _)| *from <= at_us)
    }

    fn was_deaf(&self, from_us: i64, to_us: i64) -> bool {
        // Whole seconds may lie before the very first word.
        const ROUNDING_US: i64 = 1_000_000;
        let outside = from_us + ROUNDING_US < self.covers.0 || from_us > self.covers.1 + ROUNDING_US;
        outside || self.deaf.iter().any(|(from, to)| *from <= to_us && *to >= from_us)
    }
}

fn believed(source: &Heard<'_>, call: &Call, alive: Span, tell: &[(&Heard<'_>, &Call)]) -> Reconciled {
    let mut call = call.clone();
    for (_, other) in tell {
        fill(&mut call, other);
    }
    call.sources = tell.iter().map(|(heard, _)| heard.witness.kind).collect::<Sources>();
    let word = |(heard, call): &(&Heard<'_>, &Call)| Word {
        kind: heard.witness.kind,
        outcome: call.outcome,
        is_heard: !heard.was_deaf(alive.0, alive.1),
    };
    let is_heard = !source.was_deaf(alive.0, alive.1);
    Reconciled { call, by: source.witness.kind, is_heard, said: tell.iter().map(word).collect() }
}

/// What the believed source cannot know, from another one that does.
fn fill(call: &mut Call, other: &Call) {
    if call.caller == Party::Unknown {
        call.caller.clone_from(&other.caller);
    }
    if call.dialled == Party::Unknown {
        (call.dialled, call.dialled_kind) = (other.dialled.clone(), other.dialled_kind);
        (call.sought, call.unit) = (other.sought.clone(), other.unit.clone());
    }
    if call.outcome == Outcome::Voicemail {
        call.message_left = call.message_left.or(other.message_left);
    }
}
