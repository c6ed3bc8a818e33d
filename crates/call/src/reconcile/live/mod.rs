//! The calls of several sources as one list, while they come in.
//!
//! The best source that has spoken is the first one: what it heard all of, it tells alone. A call that it did not hear all of is told by
//! another one, as soon as that has it, and stays open for [`RESOLVE_US`], so that a file that is read late can still tell
//! it. While the first source is silent for longer than [`SILENT_US`], the others speak for it.
//!
//! Everything here follows from the events alone, in their order; [`Merging::take_changes`] and [`Merging::restored`] keep it.

mod verdict;

use super::believe::believed;
use super::hearing::Hearing;
use crate::{Call, Event, SourceKind, Text};
use std::collections::{BTreeMap, BTreeSet};
pub(super) use verdict::tells_of_channels;
use verdict::{BEHIND_US, Verdict, over_us};

/// A source that says nothing for so long, while others do, is not heard.
pub const SILENT_US: i64 = 60_000_000;
/// So long after its end, or after the gap that it lies in, a call may still be told by another source.
pub const RESOLVE_US: i64 = 1_200_000_000;
const MINUTE_US: i64 = 60_000_000;
/// Nothing is kept for longer.
const REMEMBER_US: i64 = 24 * 60 * MINUTE_US;
/// What stands for the call that a consultation served, when only that is known: that it was no caller's call.
const PART_OF_SOME_CALL: &str = "-";
/// Whose word the last version is: kept beside those of the sources, so that nothing is told after it.
const TOLD: SourceKind = SourceKind::Collector;

/// One call in the words of each source that has it.
pub type Versions = BTreeMap<SourceKind, Call>;

/// Which source speaks for a kind: a PBX's live voices are one.
#[must_use]
pub const fn voice(kind: SourceKind) -> SourceKind {
    match kind {
        SourceKind::AsteriskAmi
        | SourceKind::AsteriskAmiRecording
        | SourceKind::Webhook
        | SourceKind::Collector => SourceKind::AsteriskAmi,
        SourceKind::AsteriskQueueLog
        | SourceKind::AsteriskCel
        | SourceKind::AsteriskCdr
        | SourceKind::CsvImport => kind,
    }
}

/// Calls that more than one source may tell of.
#[derive(Debug, Default)]
pub struct Merging {
    /// Voices that the site is configured to have.
    expected: BTreeSet<SourceKind>,
    heard: BTreeMap<SourceKind, Hearing>,
    alone: Option<Alone>,
    calls: BTreeMap<Text, Versions>,
    /// Since when something is kept of each call, by the collector's clock.
    since_us: BTreeMap<Text, i64>,
    now_us: i64,
    looked_minute: i64,
    changed: BTreeSet<(Text, SourceKind)>,
}

/// The source that was the only one at first: what had come and gone until then was told by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alone {
    /// Which.
    pub kind: SourceKind,
    /// Until a second one spoke, µs UTC; none while it is alone.
    pub until_us: Option<i64>,
}

/// What is to be kept of a call, by its id and the source.
pub type Change = ((Text, SourceKind), Option<Call>);

impl Merging {
    /// For a site that is configured to have these sources; others may speak, too.
    #[must_use]
    pub fn new(sources: &BTreeSet<SourceKind>) -> Self {
        Self { expected: sources.iter().copied().map(voice).collect(), ..Self::default() }
    }

    /// As it was kept.
    #[must_use]
    pub fn restored(
        self,
        heard: BTreeMap<SourceKind, Hearing>,
        alone: Option<Alone>,
        (now_us, looked_minute): (i64, i64),
    ) -> Self {
        Self { heard, alone, now_us, looked_minute, ..self }
    }

    /// Whether a call may be told by more than one source.
    #[must_use]
    pub fn is_of_several(&self) -> bool {
        self.listening().count() > 1
    }

    /// Sources that tell what happens while it happens, or as soon as they are read. An imported list is none of them.
    fn listening(&self) -> impl Iterator<Item = &SourceKind> {
        let others = self.heard.keys().filter(|kind| !self.expected.contains(kind));
        self.expected.iter().chain(others).filter(|kind| **kind != SourceKind::CsvImport)
    }

    /// Whether the site has sources beside imported lists.
    #[must_use]
    pub fn has_listening(&self) -> bool {
        self.listening().next().is_some()
    }

    /// The first word of the first source that listens, µs UTC; none while none has spoken. What was before is known from lists
    /// alone.
    #[must_use]
    pub fn listens_since_us(&self) -> Option<i64> {
        self.listening().filter_map(|kind| self.heard.get(kind)).map(|hearing| hearing.first_us).min()
    }

    /// Who was the only source at first.
    #[must_use]
    pub const fn alone(&self) -> Option<Alone> {
        self.alone
    }

    /// A version as it was kept.
    pub fn restore(&mut self, kind: SourceKind, call: Call) {
        self.since_us.insert(call.call_id.clone(), self.received_us());
        self.calls.entry(call.call_id.clone()).or_default().insert(kind, call);
    }

    /// What each source has heard.
    #[must_use]
    pub const fn heard(&self) -> &BTreeMap<SourceKind, Hearing> {
        &self.heard
    }

    /// The newest time that any source told, and the minute of the last look.
    #[must_use]
    pub const fn times(&self) -> (i64, i64) {
        (self.now_us, self.looked_minute)
    }

    /// Ids of the calls that are kept.
    pub fn ids(&self) -> impl Iterator<Item = &Text> {
        self.calls.keys()
    }

    /// How many calls the first source did not hear all of, and are not told to their end.
    #[must_use]
    pub fn doubtful(&self) -> usize {
        self.calls.values().filter(|versions| versions.get(&TOLD).is_some_and(|told| !told.is_final)).count()
    }

    /// Takes note of an event before its calls; `at_us` is its time, as far as it can be believed. True when a second source has
    /// spoken for the first time: the calls that the first one told, and that are not over, are to be [adopted](Self::adopt).
    pub fn hear(&mut self, event: &Event, at_us: i64) -> bool {
        let kind = voice(event.origin.kind);
        let is_second = self.is_second(kind);
        // A live connection that was away, and did not say so.
        let was_silent = kind == SourceKind::AsteriskAmi && self.is_silent();
        if let Some(live) =
            self.heard.get_mut(&kind).filter(|live| was_silent && live.last_us + SILENT_US < at_us)
        {
            live.gaps.push((live.last_us, at_us));
        }
        self.now_us = self.now_us.max(at_us);
        self.heard.entry(kind).or_default().note(&event.body, at_us, event.received_us);
        is_second
    }

    /// A second source speaks of which the configuration did not tell.
    fn is_second(&mut self, kind: SourceKind) -> bool {
        if self.expected.len() > 1 || kind == SourceKind::CsvImport {
            return false;
        }
        let now_us = self.now_us;
        let alone = self.alone.get_or_insert(Alone { kind, until_us: None });
        let is_second = alone.kind != kind && alone.until_us.is_none();
        if is_second {
            alone.until_us = Some(now_us);
        }
        is_second
    }

    /// A call that the only source had told when a second one spoke.
    pub fn adopt(&mut self, call: &Call) {
        if let Some(alone) = self.alone.filter(|_| !self.calls.contains_key(&call.call_id)) {
            self.put(&call.call_id, alone.kind, call.clone());
            if self.first() != Some(alone.kind) {
                self.put(&call.call_id, TOLD, call.clone());
            }
        }
    }

    /// Whether event time follows this source: the first one, or, while that is silent, any.
    #[must_use]
    pub fn drives(&self, kind: SourceKind) -> bool {
        self.first() == Some(kind) || self.is_silent()
    }

    /// Takes a version of one source's call; gives what is to be told, if anything is.
    pub fn take(&mut self, kind: SourceKind, call: Call) -> Option<Call> {
        if !self.is_of_several() {
            return Some(call);
        }
        let id = call.call_id.clone();
        if !self.calls.contains_key(&id) && self.is_past(kind, &call) {
            return None;
        }
        self.put(&id, kind, call);
        if self.calls.get(&id)?.get(&TOLD).is_some_and(|told| told.is_final) {
            self.slim(&id);
        }
        let versions = self.calls.get(&id)?;
        let told = match self.verdict(versions) {
            Verdict::Heard if self.first() == Some(kind) => self.first_version(versions)?,
            Verdict::Doubtful => Call { is_final: false, ..self.believe(versions)? },
            Verdict::Heard | Verdict::TooEarly | Verdict::NoCall | Verdict::Told => return None,
        };
        self.tell(&id, told)
    }

    /// Remembers what is told, so that nothing is told after the last version, and nothing that was told is left hanging. The first
    /// source's own versions are remembered from the last one on.
    fn tell(&mut self, id: &Text, told: Call) -> Option<Call> {
        let before = self.calls.get(id).and_then(|versions| versions.get(&TOLD));
        let by_first =
            self.calls.get(id).is_some_and(|versions| matches!(self.verdict(versions), Verdict::Heard));
        if before == Some(&told) {
            return None;
        }
        if told.is_final || !by_first {
            self.put(id, TOLD, told.clone());
        }
        if told.is_final {
            self.slim(id);
        }
        Some(told)
    }

    /// Of a call that is told to its end nothing more is needed than which sources still go on about it.
    fn slim(&mut self, id: &Text) {
        let Some(versions) = self.calls.get_mut(id) else { return };
        for (kind, call) in versions.iter_mut().filter(|(kind, _)| **kind != TOLD) {
            *call = stub(call);
            self.changed.insert((id.clone(), *kind));
        }
    }

    /// Once in each minute: what has become clear meanwhile. In the order of ids.
    pub fn look(&mut self) -> Vec<Call> {
        let minute = self.now_us.div_euclid(MINUTE_US);
        if minute <= self.looked_minute || !self.is_of_several() {
            return Vec::new();
        }
        self.looked_minute = minute;
        for hearing in self.heard.values_mut() {
            hearing.forget_before(self.now_us - REMEMBER_US);
        }
        let ids: Vec<Text> = self.calls.keys().cloned().collect();
        ids.into_iter().filter_map(|id| self.look_at(&id)).collect()
    }

    fn look_at(&mut self, id: &Text) -> Option<Call> {
        let versions = self.calls.get(id)?;
        match self.verdict(versions) {
            Verdict::Told | Verdict::NoCall => {
                if let Some(told) = versions.get(&TOLD).filter(|told| !told.is_final) {
                    let merged_into = Some(format!("{}/{PART_OF_SOME_CALL}", told.site).into());
                    return self.tell(id, Call { merged_into, is_final: true, ..told.clone() });
                }
                if self.is_done(id, versions) {
                    self.forget(id);
                }
                None
            }
            Verdict::Heard | Verdict::TooEarly => None,
            Verdict::Doubtful => {
                let told = self.believe(versions)?;
                let is_final = over_us(&told).is_some() && self.is_closed(&told);
                self.tell(id, Call { is_final, ..told })
            }
        }
    }

    /// Nothing that still comes could tell it anew: who tells of channels has said the last word of it, the first source was heard
    /// well after it, and no gap is near in which it could seem to lie.
    fn is_done(&self, id: &Text, versions: &Versions) -> bool {
        let Some(call) = versions.get(&TOLD).cloned().or_else(|| believed(versions, &self.heard)) else {
            return true;
        };
        let over_us = over_us(&call).unwrap_or(call.arrived_us);
        let goes_on = |call: &Call| !call.is_final;
        let ages = self.since_us.get(id).is_none_or(|since_us| since_us + REMEMBER_US < self.received_us());
        // A second late source must not tell it again; and where the first source does not know all calls, none may.
        let asks_again = self.first().is_none_or(|first| !tells_of_channels(first)) && !self.is_closed(&call);
        let near_gap = self.was_missed(&call) || asks_again;
        // Every source: one that comes late must not tell from its beginning what another has told to its end.
        let is_past =
            |kind: &SourceKind| self.heard.get(kind).is_some_and(|heard| heard.last_us > over_us + BEHIND_US);
        let heard_after = self.expected.iter().chain(self.heard.keys()).all(is_past);
        let a_while_ago = self.now_us > over_us + SILENT_US + BEHIND_US;
        ages || (heard_after && a_while_ago && !near_gap && !versions.values().any(goes_on))
    }

    fn put(&mut self, id: &Text, kind: SourceKind, call: Call) {
        let received_us = self.received_us();
        self.since_us.entry(id.clone()).or_insert(received_us);
        self.changed.insert((id.clone(), kind));
        self.calls.entry(id.clone()).or_default().insert(kind, call);
    }

    /// What is to be kept since the last time.
    pub fn take_changes(&mut self) -> Vec<Change> {
        let changed = std::mem::take(&mut self.changed);
        let now = |(id, kind): (Text, SourceKind)| {
            let call = self.calls.get(&id).and_then(|versions| versions.get(&kind)).cloned();
            ((id, kind), call)
        };
        changed.into_iter().map(now).collect()
    }

    /// How much of a span at least one source heard, µs.
    #[must_use]
    pub fn covered_us(&self, from_us: i64, to_us: i64) -> i64 {
        let heard = self.heard.values().flat_map(|hearing| hearing.spans(from_us, to_us)).collect();
        super::signs::joined(heard).into_iter().map(|(from, to)| to - from).sum()
    }

    fn forget(&mut self, id: &Text) {
        self.since_us.remove(id);
        for (kind, _) in self.calls.remove(id).unwrap_or_default() {
            self.changed.insert((id.clone(), kind));
        }
    }
}

fn stub(call: &Call) -> Call {
    let (call_id, version, is_final, ended_us) =
        (call.call_id.clone(), call.version, call.is_final, call.ended_us);
    let arrived_us = call.arrived_us;
    Call { call_id, version, is_final, arrived_us, ended_us, ..Call::unknown(&call.site) }
}
