//! How the sources agree, hour by hour.

use super::{Reconciled, Signs, Span, Word};
use crate::{Outcome, SourceKind};
use std::collections::BTreeMap;

const HOUR_US: i64 = 3_600_000_000;

/// The sources beside each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// One for each hour (UTC) in which a call arrived, in order.
    pub hours: Vec<Hour>,
    /// Of each source: when it spoke, and the spans of it in which it was deaf.
    pub heard: Vec<(SourceKind, Span, Vec<Span>)>,
    /// Clocks against the first source's.
    pub skews: Vec<Skew>,
}

/// The difference of two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew {
    /// Whose clock.
    pub kind: SourceKind,
    /// Against whose.
    pub against: SourceKind,
    /// How much later, microseconds; the median.
    pub late_us: i64,
    /// Of how many signs that both saw.
    pub signs: usize,
}

/// The calls that arrived in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hour {
    /// When it begins, microseconds UTC.
    pub from_us: i64,
    /// How many there are.
    pub calls: u64,
    /// How many each source has.
    pub by_source: BTreeMap<SourceKind, u64>,
    /// Calls that more than one source has, with the same outcome.
    pub agreeing: u64,
    /// `(source, its outcome, the believed outcome)` → calls.
    pub disagreeing: BTreeMap<(SourceKind, Outcome, Outcome), u64>,
    /// Calls taken from another source than the first because that one had not heard all of them.
    pub filled: u64,
    /// Calls of which no source heard all.
    pub unheard: u64,
}

impl Hour {
    /// The share of its calls that one source heard wholly and no other contradicts; none without calls.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no hour has 2^52 calls")]
    pub fn confidence(&self) -> Option<f64> {
        let doubtful = (self.unheard + self.disagreeing.values().sum::<u64>()).min(self.calls);
        (self.calls > 0).then(|| (self.calls - doubtful) as f64 / self.calls as f64)
    }
}

impl Report {
    pub(super) fn new(
        calls: &[Reconciled],
        heard: &[(SourceKind, Span, Vec<Span>)],
        signs: &[&Signs],
    ) -> Self {
        let mut hours: BTreeMap<i64, Hour> = BTreeMap::new();
        let first = heard.first().map(|(kind, ..)| *kind);
        for told in calls.iter().filter(|told| told.call.merged_into.is_none()) {
            let from_us = told.call.arrived_us.div_euclid(HOUR_US) * HOUR_US;
            let hour = hours.entry(from_us).or_insert_with(|| Hour { from_us, ..Hour::default() });
            hour.count(told, first);
        }
        let of = |kind: SourceKind| signs.iter().find(|signs| signs.kind() == kind);
        let skews = heard.iter().skip(1).filter_map(|(kind, ..)| {
            let against = first?;
            let (late_us, signs) = of(*kind)?.skew_us(of(against)?)?;
            Some(Skew { kind: *kind, against, late_us, signs })
        });
        Self { hours: hours.into_values().collect(), skews: skews.collect(), heard: heard.to_vec() }
    }
}

impl Hour {
    fn count(&mut self, told: &Reconciled, first: Option<SourceKind>) {
        self.calls += 1;
        for word in &told.said {
            *self.by_source.entry(word.kind).or_default() += 1;
        }
        if !told.is_heard {
            self.unheard += 1;
        } else if Some(told.by) != first && told.said.iter().any(|word| Some(word.kind) == first) {
            self.filled += 1;
        }
        // A source that says that it does not know does not disagree; nor does one that was deaf on the way.
        let knows = |word: &&Word| {
            word.is_heard
                && !matches!(word.outcome, Outcome::Unknown | Outcome::InProgress)
                && word.kind != told.by
        };
        let mut agree = false;
        for word in told.said.iter().filter(knows) {
            agree = word.outcome == told.call.outcome;
            if !agree {
                *self.disagreeing.entry((word.kind, word.outcome, told.call.outcome)).or_default() += 1;
                break;
            }
        }
        self.agreeing += u64::from(agree);
    }
}
