//! Counts by bin, with an exact sum beside them.

use std::collections::BTreeMap;

/// `(bin, count)` and the exact sum of what was counted. For times the bins are those of [`bin_of_us`]; for ring signals
/// the bin is the number of signals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// How many, by bin; never a zero count.
    pub bins: BTreeMap<u16, i64>,
    /// The exact sum: µs, or signals.
    pub sum: i64,
}
