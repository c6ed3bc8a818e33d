//! Counts by bin, with an exact sum beside them.

/// Up to here one bin is one second.
const LINEAR_SECONDS: i64 = 120;
const LINEAR_US: i64 = LINEAR_SECONDS * 1_000_000;
/// Above, each doubling is cut into so many equal bins: less than 1 % apart.
const BINS_PER_OCTAVE: i64 = 128;

/// `(bin, count)` and the exact sum of what was counted. For times the bins are those of [`bin_of_us`]; for ring signals
/// the bin is the number of signals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// How many, by bin.
    pub bins: Bins,
    /// The exact sum: µs, or signals.
    pub sum: i64,
}

/// Counts by bin, ascending, never a zero count. Most panes have a bin or two: a list takes less time and memory than a tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bins(Vec<(u16, i64)>);

impl Bins {
    /// Counts `count` more in a bin; a bin that comes to nothing is gone.
    pub fn add(&mut self, bin: u16, count: i64) {
        match self.place(bin) {
            Ok(place) => {
                self.0[place].1 += count;
                if self.0[place].1 == 0 {
                    self.0.remove(place);
                }
            }
            Err(place) if count != 0 => self.0.insert(place, (bin, count)),
            Err(_) => {}
        }
    }

    /// Mostly the last one, or behind it: whoever reads or merges comes in order.
    fn place(&self, bin: u16) -> Result<usize, usize> {
        match self.0.last() {
            Some((last, _)) if *last >= bin => self.0.binary_search_by_key(&bin, |(bin, _)| *bin),
            Some(_) | None => Err(self.0.len()),
        }
    }

    /// `(bin, count)`, ascending.
    pub fn iter(&self) -> std::iter::Copied<std::slice::Iter<'_, (u16, i64)>> {
        self.0.iter().copied()
    }

    /// How many bins have a count.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Bins {
    type Item = (u16, i64);
    type IntoIter = std::iter::Copied<std::slice::Iter<'a, (u16, i64)>>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<(u16, i64)> for Bins {
    fn from_iter<I: IntoIterator<Item = (u16, i64)>>(counts: I) -> Self {
        let mut bins = Self::default();
        counts.into_iter().for_each(|(bin, count)| bins.add(bin, count));
        bins
    }
}

/// The bin of a time: whole seconds below 120 s, then 128 bins for each doubling. Integers only, so that the same function
/// in SQL (`svarstid_bin`) gives the same bin. Negative times are in bin 0.
#[must_use]
pub fn bin_of_us(us: i64) -> u16 {
    if us < LINEAR_US {
        return u16::try_from(us.max(0) / 1_000_000).unwrap_or(0);
    }
    let octave = (us / LINEAR_US).ilog2();
    let base = LINEAR_US << octave;
    let bin = LINEAR_SECONDS + BINS_PER_OCTAVE * i64::from(octave) + (us - base) / (base / BINS_PER_OCTAVE);
    u16::try_from(bin).unwrap_or(u16::MAX)
}

/// The smallest time in a bin, µs.
#[must_use]
pub fn low_edge_us(bin: u16) -> i64 {
    let bin = i64::from(bin);
    if bin < LINEAR_SECONDS {
        return bin * 1_000_000;
    }
    let (octave, step) = ((bin - LINEAR_SECONDS) / BINS_PER_OCTAVE, (bin - LINEAR_SECONDS) % BINS_PER_OCTAVE);
    // Beyond 36 octaves a time no longer fits i64.
    let base = LINEAR_US << octave.min(36);
    base.saturating_add(step * (base / BINS_PER_OCTAVE))
}

impl Histogram {
    /// Counts one time.
    pub fn add_us(&mut self, us: i64) {
        self.count_us(us, 1);
    }

    /// Counts a time `times` times: −1 takes one away.
    pub(crate) fn count_us(&mut self, us: i64, times: i64) {
        self.count_bin(bin_of_us(us), us, times);
    }

    /// Counts a call's signals `times` times.
    pub(crate) fn count_signals(&mut self, signals: u32, times: i64) {
        self.count_bin(u16::try_from(signals).unwrap_or(u16::MAX), i64::from(signals), times);
    }

    fn count_bin(&mut self, bin: u16, value: i64, times: i64) {
        self.bins.add(bin, times);
        self.sum = self.sum.saturating_add(times.saturating_mul(value));
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.bins.iter().map(|(_, count)| count).sum()
    }

    /// Adds another one, `times` times: 1 merges, −1 takes away.
    pub fn combine(&mut self, other: &Self, times: i64) {
        other.bins.iter().for_each(|(bin, count)| self.bins.add(bin, times * count));
        self.sum += times * other.sum;
    }

    /// The bin of the time at `sorted[floor(n × percent / 100)]`, as exact quantiles take it, of 100 the longest; none of
    /// nothing.
    #[must_use]
    pub fn quantile_bin(&self, percent: u32) -> Option<u16> {
        let rank = (self.count() * i64::from(percent.min(100)) / 100).min(self.count() - 1);
        let mut passed = 0;
        self.bins.iter().find_map(|(bin, count)| {
            passed += count;
            (passed > rank).then_some(bin)
        })
    }

    /// The same as a time: the middle of the bin, so at most half a second off below 120 s and 0.4 % above.
    #[must_use]
    pub fn quantile_us(&self, percent: u32) -> Option<i64> {
        let bin = self.quantile_bin(percent)?;
        let low = low_edge_us(bin);
        Some(low + (low_edge_us(bin.saturating_add(1)) - low) / 2)
    }

    /// How many are below a whole number of seconds up to 120.
    #[must_use]
    pub fn count_below_s(&self, seconds: u16) -> i64 {
        self.bins.iter().take_while(|(bin, _)| *bin < seconds).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(times: &[i64]) -> Histogram {
        let mut histogram = Histogram::default();
        times.iter().for_each(|us| histogram.add_us(*us));
        histogram
    }

    #[test]
    fn a_quantile_of_nothing_is_nothing() {
        assert_eq!(Histogram::default().quantile_us(50), None);
        assert_eq!(of(&[5_000_000, 7_000_000]).quantile_us(50), Some(7_500_000));
    }

    #[test]
    fn edges() {
        let check = |us: i64, bin: u16| assert_eq!(bin_of_us(us), bin, "{us}");
        check(-5, 0);
        check(999_999, 0);
        check(1_000_000, 1);
        check(119_999_999, 119);
        check(120_000_000, 120);
        check(120_937_499, 120);
        check(120_937_500, 121);
        check(239_999_999, 247);
        check(240_000_000, 248);
        check(i64::MAX, 120 + 128 * 36 + 15);
    }

    proptest! {
        #[test]
        fn a_time_lies_in_its_bin_and_bins_are_narrow(us in 0i64..10_000_000_000_000) {
            let bin = bin_of_us(us);
            let (low, high) = (low_edge_us(bin), low_edge_us(bin + 1));
            prop_assert!(low <= us && us < high);
            prop_assert!(us < LINEAR_US || (high - low) * 100 <= low);
        }

        #[test]
        fn a_quantile_is_in_the_bin_of_the_exact_one(times in proptest::collection::vec(0i64..1_000_000_000, 1..80), percent in 0u32..100) {
            let histogram = of(&times);
            let mut sorted = times;
            sorted.sort_unstable();
            let exact = sorted[sorted.len() * percent as usize / 100];
            prop_assert_eq!(histogram.quantile_bin(percent), Some(bin_of_us(exact)));
            prop_assert_eq!(histogram.quantile_us(percent).map(bin_of_us), Some(bin_of_us(exact)));
        }

        #[test]
        fn a_quantile_is_half_a_second_or_one_percent_off(times in proptest::collection::vec(0i64..3_600_000_000, 1..200), percent in 0u32..100) {
            let found = of(&times).quantile_us(percent).unwrap();
            let mut sorted = times;
            sorted.sort_unstable();
            let exact = sorted[sorted.len() * percent as usize / 100];
            let allowed = if exact < LINEAR_US { 500_000 } else { exact / 100 };
            prop_assert!((found - exact).abs() <= allowed, "{found} for {exact}");
        }

        #[test]
        fn counts_below_a_second_are_exact(times in proptest::collection::vec(0i64..200_000_000, 0..60), seconds in 0u16..=120) {
            let below = times.iter().filter(|us| **us < i64::from(seconds) * 1_000_000).count() as i64;
            prop_assert_eq!(of(&times).count_below_s(seconds), below);
        }

        #[test]
        fn merging_is_adding(a in proptest::collection::vec(0i64..1_000_000_000, 0..40), b in proptest::collection::vec(0i64..1_000_000_000, 0..40)) {
            let mut merged = of(&a);
            merged.combine(&of(&b), 1);
            prop_assert_eq!(&merged, &of(&[a.clone(), b.clone()].concat()));
            merged.combine(&of(&b), -1);
            prop_assert_eq!(merged, of(&a));
        }
    }
}
