//! Ring signals.

const SECOND_US: i64 = 1_000_000;

/// Seconds from the start of one ring signal to the next (Sweden: 6; 1 s on, 5 s off).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// Whole seconds, at least 1.
    pub seconds: u32,
}

impl Cadence {
    /// Signals heard after `us` of ringing: `floor(t / cadence) + 1`.
    #[must_use]
    pub fn signals(self, us: i64) -> u32 {
        u32::try_from(us.max(0) / self.period_us()).unwrap_or(u32::MAX - 1) + 1
    }

    fn period_us(self) -> i64 {
        i64::from(self.seconds.max(1)) * SECOND_US
    }
}

/// What "answered within N signals" means. Agreements differ, and say so seldom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignalReading {
    /// Before signal N + 1 begins: t < 6N. At most N signals were heard.
    #[default]
    BeforeTheNext,
    /// Before signal N has ended: t ≤ 6(N−1) + 1.
    DuringTheLast,
    /// Five seconds a signal whatever the cadence: t ≤ 5N (Luleå: 3 signals = 15 s).
    FiveSecondsEach,
}

impl SignalReading {
    /// Whether an answer after `us` came within `signals`.
    #[must_use]
    pub fn is_within(self, us: i64, signals: u32, cadence: Cadence) -> bool {
        let n = i64::from(signals);
        if n == 0 {
            return false;
        }
        match self {
            Self::BeforeTheNext => us < n * cadence.period_us(),
            Self::DuringTheLast => us <= (n - 1) * cadence.period_us() + SECOND_US,
            Self::FiveSecondsEach => us <= n * 5 * SECOND_US,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SWEDEN: Cadence = Cadence { seconds: 6 };

    #[test]
    fn signals_heard() {
        let check = |us: i64, expect: u32| assert_eq!(SWEDEN.signals(us), expect, "{us}");
        check(-1, 1);
        check(0, 1);
        check(5_999_999, 1);
        check(6_000_000, 2);
        check(17_999_999, 3);
        check(i64::MAX, u32::MAX);
        assert_eq!(Cadence { seconds: 0 }.signals(2_500_000), 3, "a cadence of nothing is one of a second");
    }

    #[test]
    fn three_readings_of_within_three_signals() {
        let check = |us: i64, expect: [bool; 3]| {
            use SignalReading::{BeforeTheNext, DuringTheLast, FiveSecondsEach};
            let got = [BeforeTheNext, DuringTheLast, FiveSecondsEach].map(|r| r.is_within(us, 3, SWEDEN));
            assert_eq!(got, expect, "{us}");
        };
        check(0, [true, true, true]);
        check(13_000_000, [true, true, true]);
        check(13_000_001, [true, false, true]);
        check(15_000_000, [true, false, true]);
        check(15_000_001, [true, false, false]);
        check(17_999_999, [true, false, false]);
        check(18_000_000, [false, false, false]);
        assert!(!SignalReading::FiveSecondsEach.is_within(0, 0, SWEDEN), "nothing is within no signal");
    }

    proptest! {
        #[test]
        fn the_default_reading_counts_signals_heard(us in 0i64..200_000_000, n in 1u32..20, seconds in 1u32..10) {
            let cadence = Cadence { seconds };
            prop_assert_eq!(SignalReading::default().is_within(us, n, cadence), cadence.signals(us) <= n);
        }
    }
}
