//! What always holds, with the ids of ARCHITECTURE.md: one definition for tests, metrics and dashboards.

use std::collections::BTreeMap;

/// An invariant that the running processor or `svarstid audit` checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// Offered = the sum of the eleven outcomes, whichever way the calls of a pane are split up.
    CallsConserved,
    /// Entered = the sum of the nine results; none is negative.
    PassesConserved,
    /// A call counts once, its versions grow, and none follows the final one.
    OneOutcome,
    /// A site's watermark never goes back.
    WatermarkMonotone,
    /// A closed minute is never revised.
    ClosedIsClosed,
    /// A restored processor has the live calls that it had when it committed.
    SameAnswer,
    /// What went into a topic is in its table, or was replaced by what came later, or is rejected with its reason.
    NothingVanishes,
    /// What a transaction wrote is there wholly and once, and the transactions cover the input wholly and once.
    TransactionsWhole,
}

impl Invariant {
    /// Every one of them.
    pub const ALL: [Self; 8] = [
        Self::CallsConserved,
        Self::PassesConserved,
        Self::OneOutcome,
        Self::WatermarkMonotone,
        Self::ClosedIsClosed,
        Self::SameAnswer,
        Self::NothingVanishes,
        Self::TransactionsWhole,
    ];

    /// The id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::CallsConserved => "calls_conserved",
            Self::PassesConserved => "passes_conserved",
            Self::OneOutcome => "one_outcome",
            Self::WatermarkMonotone => "watermark_monotone",
            Self::ClosedIsClosed => "closed_is_closed",
            Self::SameAnswer => "same_answer",
            Self::NothingVanishes => "nothing_vanishes",
            Self::TransactionsWhole => "transactions_whole",
        }
    }
}

/// How often each invariant was broken. A breach is counted and logged and never stops the pipeline: a wrong figure that
/// is seen does less harm than no figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breaches(BTreeMap<Invariant, u64>);

impl Breaches {
    /// Counts a breach unless it `holds`.
    pub fn check(&mut self, invariant: Invariant, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            tracing::error!(invariant = invariant.id(), "{}", what());
            *self.0.entry(invariant).or_default() += 1;
        }
    }

    /// Adds those of another place.
    pub fn add(&mut self, other: Self) {
        for (invariant, count) in other.0 {
            *self.0.entry(invariant).or_default() += count;
        }
    }

    /// Those that were broken, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Invariant, u64)> + '_ {
        self.0.iter().map(|(invariant, count)| (*invariant, *count))
    }

    /// Nothing was broken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_breaches_are_counted() {
        let mut breaches = Breaches::default();
        breaches.check(Invariant::OneOutcome, true, String::new);
        assert!(breaches.is_empty());
        breaches.check(Invariant::OneOutcome, false, || "call a: version 1 after 2".into());
        let mut sum = Breaches::default();
        sum.add(breaches.clone());
        sum.add(breaches);
        assert_eq!(sum.iter().collect::<Vec<_>>(), [(Invariant::OneOutcome, 2)]);
    }
}
