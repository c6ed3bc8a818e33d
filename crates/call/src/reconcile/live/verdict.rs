//! What is known of a call by now, and what follows for who may tell it.

use super::super::believe::believed;
use super::super::{Hearing, ORDER};
use super::{Merging, REMEMBER_US, RESOLVE_US, SILENT_US, TOLD, Versions};
use crate::{Call, SourceKind};

/// Clocks of sources differ, and some tell whole seconds.
const NEAR_US: i64 = 2_000_000;
/// A word that the first source has not said so long after another one said it does not come any more.
pub(super) const BEHIND_US: i64 = 5_000_000;

/// What the sources know of a call by now.
pub(super) enum Verdict {
    /// The first source heard all of it.
    Heard,
    /// Another source tells it, or nobody heard all of it.
    Doubtful,
    /// The first source has not come so far.
    TooEarly,
    /// The first source was there, and knows that it is no call.
    NoCall,
    /// Its last version was told.
    Told,
}

impl Merging {
    pub(super) fn first(&self) -> Option<SourceKind> {
        // One that was taken out of the configuration is not waited for for ever.
        let still_speaks =
            |hearing: &Hearing| hearing.received_us.saturating_add(REMEMBER_US) > self.received_us();
        let counts = |kind: &SourceKind| {
            self.expected.contains(kind) || self.heard.get(kind).is_some_and(still_speaks)
        };
        ORDER.iter().copied().find(counts)
    }

    pub(super) fn first_hearing(&self) -> Option<&Hearing> {
        self.heard.get(&self.first()?)
    }

    /// The first version's own words, with the names of all who tell of it.
    pub(super) fn first_version(&self, versions: &Versions) -> Option<Call> {
        let call = versions.get(&self.first()?)?.clone();
        let others = versions.values().map(|other| other.sources);
        let sources = others.fold(call.sources, crate::Sources::and);
        Some(Call { sources, ..call })
    }

    /// When the collector got the last word of any source. Silence is judged by its clock: what is read late is not silent.
    pub(super) fn received_us(&self) -> i64 {
        self.heard.values().map(|hearing| hearing.received_us).max().unwrap_or(i64::MIN)
    }

    /// For how long nothing has come from the first source, while others spoke.
    fn silence_us(&self) -> i64 {
        let begun_us = || self.heard.values().map(|hearing| hearing.first_received_us).min();
        let since_us = self.first_hearing().map(|first| first.received_us).or_else(begun_us);
        since_us.map_or(0, |since_us| self.received_us() - since_us)
    }

    pub(super) fn is_silent(&self) -> bool {
        self.silence_us() > SILENT_US
    }

    /// The first source has come so far that it would have told this call, or it is not waited for any longer.
    pub(super) fn is_closed(&self, told: &Call) -> bool {
        let first_us = self.first_hearing().map_or(i64::MIN, |first| first.last_us);
        first_us > self.closes_us(told) || self.silence_us() > REMEMBER_US
    }

    pub(super) fn verdict(&self, versions: &Versions) -> Verdict {
        let Some(first) = self.first() else { return Verdict::TooEarly };
        let told = versions.get(&TOLD);
        if told.is_some_and(|told| told.is_final) {
            return Verdict::Told;
        }
        if let Some(call) = versions.get(&first) {
            let cut_off = !call.is_final && self.is_silent();
            let doubtful = (call.is_partial || cut_off) && self.was_missed(call);
            return if doubtful { Verdict::Doubtful } else { Verdict::Heard };
        }
        if let Some(told) = told {
            return if self.is_none_of_theirs(versions, told) { Verdict::NoCall } else { Verdict::Doubtful };
        }
        // A source does not tell of what was before its time.
        let knows_from_start = |(kind, call): (&SourceKind, &Call)| {
            self.heard.get(kind).is_some_and(|hearing| hearing.first_us <= call.arrived_us + NEAR_US)
        };
        if !versions.iter().any(knows_from_start) {
            return Verdict::NoCall;
        }
        let Some(call) = self.believe(versions) else { return Verdict::NoCall };
        if self.is_none_of_theirs(versions, &call) {
            return Verdict::NoCall;
        }
        if !tells_of_channels(first) || self.was_missed(&call) {
            return Verdict::Doubtful;
        }
        let came_so_far = self.first_hearing().is_some_and(|h| h.last_us > call.arrived_us + BEHIND_US);
        if came_so_far { Verdict::NoCall } else { Verdict::TooEarly }
    }

    /// A source that hears of every call was there all the time, has come so far, and does not have this one.
    fn is_none_of_theirs(&self, versions: &Versions, call: &Call) -> bool {
        let (from_us, to_us) = (call.arrived_us - NEAR_US, over_us(call).unwrap_or(self.now_us) + NEAR_US);
        let heard_all =
            |hearing: &Hearing| hearing.last_us > to_us + BEHIND_US && !hearing.missed(from_us, to_us);
        self.heard.iter().any(|(kind, hearing)| {
            tells_of_channels(*kind) && !versions.contains_key(kind) && heard_all(hearing)
        })
    }

    /// The call as it is believed by now. What the first source has not heard to its end while it is silent is not all of it.
    pub(super) fn believe(&self, versions: &Versions) -> Option<Call> {
        let first = self.first().filter(|_| self.is_silent());
        let cut_off =
            first.and_then(|first| Some((first, versions.get(&first).filter(|call| !call.is_final)?)));
        let Some((first, call)) = cut_off else { return believed(versions, &self.heard) };
        let mut versions = versions.clone();
        versions.insert(first, Call { is_partial: true, ..call.clone() });
        believed(&versions, &self.heard)
    }

    /// The first source did not hear all of this call.
    pub(super) fn was_missed(&self, call: &Call) -> bool {
        let Some(first) = self.first_hearing() else { return self.is_silent() };
        let to_us = over_us(call).unwrap_or(self.now_us);
        let silent = self.is_silent() && to_us > first.last_us;
        silent || first.missed(call.arrived_us - NEAR_US, to_us + NEAR_US)
    }

    /// A call of which nothing is kept, and that was told to its end, or is none: what is still said of it comes too late.
    pub(super) fn is_past(&self, kind: SourceKind, call: &Call) -> bool {
        let told_alone = self.alone.is_some_and(|alone| {
            alone.kind != kind && alone.until_us.is_some_and(|until_us| call.arrived_us <= until_us)
        });
        let is_firsts = self.first() == Some(kind);
        let is_over = over_us(call).is_some();
        told_alone || (is_over && !is_firsts && self.is_closed(call) && !self.was_missed(call))
    }

    /// After this time nothing more is expected of a call.
    pub(super) fn closes_us(&self, call: &Call) -> i64 {
        let over_us = over_us(call).unwrap_or(self.now_us);
        let gaps =
            self.first_hearing().map(|first| first.gap_ends(call.arrived_us - NEAR_US, over_us + NEAR_US));
        gaps.flatten().unwrap_or(over_us).max(over_us) + RESOLVE_US
    }
}

/// Whether it hears of every call.
pub const fn tells_of_channels(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::AsteriskAmi | SourceKind::AsteriskCel)
}

/// When a call was over, as far as its source tells: some logs tell no end.
pub(super) fn over_us(call: &Call) -> Option<i64> {
    call.ended_us.or(call.is_final.then_some(call.arrived_us))
}
