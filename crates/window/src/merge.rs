//! Longer windows, made of minutes by whoever reads them.

use std::ops::Range;

/// What a window counts in: can take another one in, in any order and grouping.
pub trait Merge: Default {
    /// Takes the other one in.
    fn merge(&mut self, other: &Self);
}

/// All the minutes of a range as one window: a quarter, an hour, a local day of 23, 24 or 25 hours.
pub fn merged<'a, A, I>(minutes: I, range: Range<i64>) -> A
where
    A: Merge + 'a,
    I: IntoIterator<Item = (i64, &'a A)>,
{
    let mut all = A::default();
    for (minute, one) in minutes {
        if range.contains(&minute) {
            all.merge(one);
        }
    }
    all
}

/// Windows of `minutes` each, a new one every `every` minutes; tumbling when the two are the same. They begin at
/// multiples of `every` since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hopping {
    minutes: i64,
    every: i64,
}

impl Hopping {
    /// Both at least 1; smaller ones are taken as 1.
    #[must_use]
    pub fn new(minutes: i64, every: i64) -> Self {
        Self { minutes: minutes.max(1), every: every.max(1) }
    }

    /// One after the other, without overlap.
    #[must_use]
    pub fn tumbling(minutes: i64) -> Self {
        Self::new(minutes, minutes)
    }

    /// The windows that a minute lies in, oldest first: none where `every` leaves it out.
    pub fn of(self, minute: i64) -> impl Iterator<Item = Range<i64>> {
        let newest = minute.div_euclid(self.every);
        let oldest = (minute - self.minutes).div_euclid(self.every) + 1;
        (oldest..=newest).map(move |n| n * self.every..n * self.every + self.minutes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minute_of;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Default, Clone, PartialEq, Eq)]
    struct Count {
        n: u64,
        sum: i64,
    }

    impl Merge for Count {
        fn merge(&mut self, other: &Self) {
            self.n += other.n;
            self.sum += other.sum;
        }
    }

    fn one(at_us: i64) -> Count {
        Count { n: 1, sum: at_us }
    }

    fn by_minute(times: &[i64]) -> BTreeMap<i64, Count> {
        let mut minutes: BTreeMap<i64, Count> = BTreeMap::new();
        times.iter().for_each(|at| minutes.entry(minute_of(*at)).or_default().merge(&one(*at)));
        minutes
    }

    fn directly(times: &[i64], range: &Range<i64>) -> Count {
        let mut all = Count::default();
        times.iter().filter(|at| range.contains(&minute_of(**at))).for_each(|at| all.merge(&one(*at)));
        all
    }

    #[test]
    fn windows_of_a_minute() {
        let check = |hopping: Hopping, minute: i64, expect: &[(i64, i64)]| {
            assert_eq!(
                hopping.of(minute).map(|w| (w.start, w.end)).collect::<Vec<_>>(),
                expect,
                "{hopping:?} {minute}"
            );
        };
        check(Hopping::tumbling(15), 14, &[(0, 15)]);
        check(Hopping::tumbling(15), 15, &[(15, 30)]);
        check(Hopping::tumbling(15), -1, &[(-15, 0)]);
        check(Hopping::new(15, 5), 12, &[(0, 15), (5, 20), (10, 25)]);
        check(Hopping::new(2, 5), 4, &[]);
        check(Hopping::new(0, 0), 3, &[(3, 4)]);
    }

    fn times() -> impl Strategy<Value = Vec<i64>> {
        proptest::collection::vec(-6_000_000_000i64..6_000_000_000, 0..60)
    }

    proptest! {
        #[test]
        fn minutes_of_any_span_merge_to_what_a_direct_count_gives(times in times(), from in -120i64..120, length in 0i64..240) {
            let minutes = by_minute(&times);
            let merged: Count = merged(minutes.iter().map(|(m, c)| (*m, c)), from..from + length);
            prop_assert_eq!(merged, directly(&times, &(from..from + length)));
        }

        #[test]
        fn hopping_windows_of_minutes_are_direct_counts(times in times(), minutes in 1i64..90, every in 1i64..90) {
            let hopping = Hopping::new(minutes, every);
            let mut windows: BTreeMap<(i64, i64), Count> = BTreeMap::new();
            for (minute, count) in &by_minute(&times) {
                hopping.of(*minute).for_each(|w| windows.entry((w.start, w.end)).or_default().merge(count));
            }
            for ((start, end), count) in &windows {
                prop_assert_eq!(count, &directly(&times, &(*start..*end)));
                prop_assert!(start.rem_euclid(every) == 0 && end - start == minutes);
            }
            // And none is forgotten: each time is in as many windows as begin within its last `minutes`.
            let counted: u64 = windows.values().map(|count| count.n).sum();
            let begins = |m: i64| ((m - minutes + 1)..=m).filter(|start| start.rem_euclid(every) == 0).count() as u64;
            prop_assert_eq!(counted, times.iter().map(|at| begins(minute_of(*at))).sum::<u64>());
        }
    }
}
