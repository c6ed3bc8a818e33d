//! What several sources of one PBX can all see, and what one of them has not seen.

use crate::event::{Body, CallRecord, DialStatus, Event};
use crate::{SourceKind, Text};
use std::collections::HashMap;

/// Something that happened to a leg and that sources of different kinds tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Sign {
    Started,
    Ended,
    Answered,
    Bridged,
    Queued,
    TakenByMember,
    Diversion,
    Mailbox,
}

impl Sign {
    fn of(body: &Body) -> Option<Self> {
        Some(match body {
            Body::LegStarted { .. } => Self::Started,
            Body::LegEnded { .. } => Self::Ended,
            Body::DialEnded { status: DialStatus::Answer, .. } => Self::Answered,
            Body::BridgeEntered { .. } => Self::Bridged,
            Body::QueueJoined { .. } | Body::QueueEntered { .. } => Self::Queued,
            Body::MemberConnected { .. } | Body::QueueAnswered { .. } => Self::TakenByMember,
            Body::Diverted { .. } | Body::NotDiverted { .. } => Self::Diversion,
            Body::MailboxEntered => Self::Mailbox,
            _ => return None,
        })
    }

    /// Whether a source of this kind never leaves such a sign out.
    fn is_told_by(self, kind: SourceKind) -> bool {
        match kind {
            SourceKind::AsteriskAmi | SourceKind::AsteriskAmiRecording | SourceKind::Webhook => true,
            // It infers the rest.
            SourceKind::AsteriskCel => matches!(self, Self::Started | Self::Ended),
            SourceKind::AsteriskQueueLog => matches!(self, Self::Queued | Self::TakenByMember),
            SourceKind::AsteriskCdr | SourceKind::CsvImport | SourceKind::Collector => false,
        }
    }
}

/// A span of time, in microseconds UTC, both ends included.
pub type Span = (i64, i64);

/// Two sources tell of the same thing if their clocks are this close.
const SAME_US: i64 = 2_000_000;

/// Everything that one source has seen.
#[derive(Debug)]
pub struct Signs {
    kind: SourceKind,
    /// When each was seen, in the order in which it was told.
    seen: HashMap<(Sign, Text), Vec<i64>>,
    /// When it said anything.
    moments: Vec<i64>,
    /// Spans that it says itself it knows nothing of.
    gaps: Vec<Span>,
}

impl Signs {
    /// Of a source of this kind.
    #[must_use]
    pub fn new(kind: SourceKind) -> Self {
        Self { kind, seen: HashMap::new(), moments: Vec::new(), gaps: Vec::new() }
    }

    /// Of what kind of source they are.
    #[must_use]
    pub const fn kind(&self) -> SourceKind {
        self.kind
    }

    /// Takes note of an event.
    pub fn note(&mut self, event: &Event) {
        if let Body::Gap { from_us, to_us, .. } = event.body {
            return self.gaps.push((from_us, to_us));
        }
        self.moments.push(event.at_us);
        let Some(leg) = &event.leg else { return };
        if let Body::CallRecorded(record) = &event.body {
            let is_caller = event.linked.as_ref().is_none_or(|linked| linked == leg);
            return self.note_record(leg, is_caller, event.at_us, record);
        }
        if let Some(sign) = Sign::of(&event.body) {
            self.seen.entry((sign, leg.clone())).or_default().push(event.at_us);
        }
    }

    /// Several records tell of one leg: it began with the first of them, and ended with the last.
    fn note_record(&mut self, leg: &Text, is_caller: bool, at_us: i64, record: &CallRecord) {
        self.moments.extend(record.ended_us);
        let mut once = |sign: Sign, at_us: i64| {
            let seen = self.seen.entry((sign, leg.clone())).or_default();
            let before = seen.pop().unwrap_or(at_us);
            seen.push(if sign == Sign::Ended { at_us.max(before) } else { at_us.min(before) });
        };
        once(Sign::Started, at_us);
        if let Some(ended_us) = record.ended_us {
            once(Sign::Ended, ended_us);
        }
        if is_caller && record.status == DialStatus::Answer && record.target.is_some() {
            // When it is not told, any moment of the call does.
            once(Sign::Answered, record.answered_us.unwrap_or(at_us));
        }
    }

    /// Whether it has heard this leg begin.
    #[must_use]
    pub fn heard_start_of(&self, leg: &str) -> bool {
        self.seen.contains_key(&(Sign::Started, leg.into()))
    }

    /// Whether it has heard of this leg.
    #[must_use]
    pub fn knows(&self, leg: &str) -> bool {
        [Sign::Started, Sign::Queued].iter().any(|sign| self.seen.contains_key(&(*sign, leg.into())))
    }

    /// First and last moment at which it said anything.
    #[must_use]
    pub fn covers(&self) -> Option<Span> {
        Some((*self.moments.iter().min()?, *self.moments.iter().max()?))
    }

    /// How much later this source dates the same signs than `other`: the median in microseconds, and of how many. Whole
    /// seconds are half a second early on average.
    #[must_use]
    pub fn skew_us(&self, other: &Self) -> Option<(i64, usize)> {
        let both = self.seen.iter().filter_map(|(sign, at)| Some((at, other.seen.get(sign)?)));
        let equal = both.filter(|(mine, theirs)| mine.len() == theirs.len());
        let mut late: Vec<i64> =
            equal.flat_map(|(mine, theirs)| mine.iter().zip(theirs).map(|(m, t)| m - t)).collect();
        if late.is_empty() {
            return None;
        }
        late.sort_unstable();
        let rounding = |signs: &Self| if signs.has_whole_seconds() { 500_000 } else { 0 };
        Some((late[late.len() / 2] + rounding(self) - rounding(other), late.len()))
    }

    const fn has_whole_seconds(&self) -> bool {
        matches!(self.kind, SourceKind::AsteriskQueueLog | SourceKind::AsteriskCdr)
    }

    /// When this source was deaf, as far as the others show it: they saw what it would have told. Sorted, without overlap.
    #[must_use]
    pub fn deaf(&self, others: &[&Self]) -> Vec<Span> {
        let mut moments = self.moments.clone();
        moments.sort_unstable();
        let mut spans = self.gaps.clone();
        for other in others.iter().filter(|other| other.kind != self.kind) {
            let skew_us = other.skew_us(self).map_or(0, |(skew, _)| skew);
            for (sign, times) in other.seen.iter().filter(|(sign, _)| sign.0.is_told_by(self.kind)) {
                let mine = self.seen.get(sign).map_or(&[][..], Vec::as_slice);
                let records = other.kind == SourceKind::AsteriskCdr || other.kind == SourceKind::CsvImport;
                let missed = missed(times, mine, skew_us, if records { i64::MAX } else { SAME_US });
                spans.extend(missed.filter_map(|at| around(&moments, at)));
            }
        }
        joined(spans)
    }
}

/// The moments of `theirs`, by my clock, at which I saw nothing of the kind.
fn missed(theirs: &[i64], mine: &[i64], skew_us: i64, same_us: i64) -> impl Iterator<Item = i64> {
    let mut mine = mine.to_vec();
    theirs.iter().map(move |at| at - skew_us).filter(move |at| {
        let nearest = (0..mine.len()).min_by_key(|place| (mine[*place] - at).abs());
        let found = nearest.filter(|place| (mine[*place] - at).abs() <= same_us);
        found.map(|place| mine.swap_remove(place)).is_none()
    })
}

/// From the last moment before to the first one after; none outside of the moments.
fn around(moments: &[i64], at_us: i64) -> Option<Span> {
    let next = moments.partition_point(|moment| *moment <= at_us);
    let (before, after) = (moments.get(next.checked_sub(1)?)?, moments.get(next)?);
    Some((*before, *after))
}

pub(super) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut whole: Vec<Span> = Vec::new();
    for (from, to) in spans {
        match whole.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => whole.push((from, to)),
        }
    }
    whole
}
