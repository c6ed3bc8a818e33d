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
        ORDER.iter().copied().find(|kind| self.heard.contains_key(kind) || self.expected.contains(kind))
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

    pub(super) fn is_silent(&self) -> bool {
        let begun_us = || self.heard.values().map(|hearing| hearing.first_us).min();
        let since_us = self.first_hearing().map(|first| first.last_us).or_else(begun_us);
        since_us.is_some_and(|since_us| since_us + SILENT_US < self.now_us)
    }

    /// The first source has come so far that it would have told this call, or it is not waited for any longer.
    pub(super) fn is_closed(&self, told: &Call, over_us: i64) -> bool {
        let first_us = self.first_hearing().map_or(i64::MIN, |first| first.last_us);
        first_us > self.closes_us(told) || self.now_us > over_us + REMEMBER_US
    }

    pub(super) fn verdict(&self, versions: &Versions) -> Verdict {
        let Some(first) = self.first() else { return Verdict::TooEarly };
        let told = versions.get(&TOLD);
        if told.is_some_and(|told| told.is_final) {
            return Verdict::Told;
        }
        if let Some(call) = versions.get(&first) {
            let doubtful = call.is_partial && self.was_missed(call);
            return if doubtful { Verdict::Doubtful } else { Verdict::Heard };
        }
        if let Some(told) = told {
            return if self.knows_better(told) { Verdict::NoCall } else { Verdict::Doubtful };
        }
        // A source does not tell of what was before its time.
        let knows_from_start = |(kind, call): (&SourceKind, &Call)| {
            self.heard.get(kind).is_some_and(|hearing| hearing.first_us <= call.arrived_us + NEAR_US)
        };
        if !versions.iter().any(knows_from_start) {
            return Verdict::NoCall;
        }
        let Some(call) = believed(versions, &self.heard) else { return Verdict::NoCall };
        if !tells_of_channels(first) || self.was_missed(&call) {
            return Verdict::Doubtful;
        }
        let came_so_far = self.first_hearing().is_some_and(|h| h.last_us > call.arrived_us + BEHIND_US);
        if came_so_far { Verdict::NoCall } else { Verdict::TooEarly }
    }

    /// The first source was only behind when another one told this call. It has come so far by now, and has no such call.
    pub(super) fn knows_better(&self, told: &Call) -> bool {
        let over_us = over_us(told).unwrap_or(self.now_us);
        let came_so_far = self.first_hearing().is_some_and(|first| first.last_us > over_us + BEHIND_US);
        came_so_far && self.first().is_some_and(tells_of_channels) && !self.was_missed(told)
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
        told_alone || over_us(call).is_some_and(|over_us| self.is_closed(call, over_us))
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
