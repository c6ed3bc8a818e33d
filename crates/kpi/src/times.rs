//! Exact times: what percentiles of calls are made from.

use std::collections::BTreeMap;

/// Exact quantiles of a set of times, µs: `sorted[floor(q × n)]`, the same as ClickHouse's `quantileExact`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quantiles {
    /// How many.
    pub n: u64,
    /// Mean, rounded down to whole µs.
    pub mean_us: Option<i64>,
    /// Median.
    pub median_us: Option<i64>,
    /// 90th percentile.
    pub p90_us: Option<i64>,
    /// 95th percentile.
    pub p95_us: Option<i64>,
    /// 99th percentile.
    pub p99_us: Option<i64>,
    /// The longest.
    pub max_us: Option<i64>,
}

/// Times and how often each occurs: exact, and no larger than there are different times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Times {
    counts: BTreeMap<i64, u64>,
    n: u64,
    sum_us: i64,
}

impl Times {
    /// Counts one.
    pub fn add(&mut self, us: i64) {
        *self.counts.entry(us).or_default() += 1;
        self.n += 1;
        self.sum_us = self.sum_us.saturating_add(us);
    }

    /// Adds others.
    pub fn combine(&mut self, other: &Self) {
        for (us, count) in &other.counts {
            *self.counts.entry(*us).or_default() += count;
        }
        self.n += other.n;
        self.sum_us = self.sum_us.saturating_add(other.sum_us);
    }

    /// How many of them hold.
    #[must_use]
    pub fn count_where(&self, holds: impl Fn(i64) -> bool) -> i64 {
        let count: u64 = self.counts.iter().filter(|(us, _)| holds(**us)).map(|(_, count)| count).sum();
        i64::try_from(count).unwrap_or(i64::MAX)
    }

    /// The time at `sorted[rank]`.
    fn at(&self, rank: u64) -> Option<i64> {
        let mut passed = 0;
        self.counts.iter().find_map(|(us, count)| {
            passed += count;
            (passed > rank).then_some(*us)
        })
    }

    /// Mean, percentiles and the longest.
    #[must_use]
    pub fn quantiles(&self) -> Quantiles {
        let at = |percent: u64| self.at(self.n * percent / 100);
        let mean_us = i64::try_from(self.n).ok().filter(|n| *n > 0).map(|n| self.sum_us / n);
        let max_us = self.counts.last_key_value().map(|(us, _)| *us);
        Quantiles {
            n: self.n,
            mean_us,
            median_us: at(50),
            p90_us: at(90),
            p95_us: at(95),
            p99_us: at(99),
            max_us,
        }
    }
}
