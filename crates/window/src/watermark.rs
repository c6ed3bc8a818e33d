//! How far event time has come.

/// No event older than this is expected any more. Never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watermark {
    at_us: i64,
    disorder_us: i64,
}

impl Watermark {
    /// Events may arrive so much out of order, µs.
    #[must_use]
    pub fn new(disorder_us: i64) -> Self {
        Self { at_us: i64::MIN, disorder_us: disorder_us.max(0) }
    }

    /// Where it was, for a restored processor.
    #[must_use]
    pub fn restored(at_us: i64, disorder_us: i64) -> Self {
        Self { at_us, ..Self::new(disorder_us) }
    }

    /// An event, or a heartbeat, with this time was seen.
    pub fn observe(&mut self, at_us: i64) {
        self.at_us = self.at_us.max(at_us.saturating_sub(self.disorder_us));
    }

    /// Microseconds UTC; `i64::MIN` before anything was seen.
    #[must_use]
    pub fn at_us(self) -> i64 {
        self.at_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_never_goes_back() {
        let mut mark = Watermark::new(10);
        assert_eq!(mark.at_us(), i64::MIN);
        for (seen, expect) in [(100, 90), (95, 90), (50, 90), (101, 91)] {
            mark.observe(seen);
            assert_eq!(mark.at_us(), expect);
        }
    }

    proptest! {
        #[test]
        fn it_is_the_same_whatever_the_order_and_restart(mut seen in proptest::collection::vec(-1_000i64..1_000, 1..30), disorder in 0i64..50, cut in 0usize..30) {
            let newest = seen.iter().copied().max().unwrap_or(0);
            let mut straight = Watermark::new(disorder);
            let mut before = i64::MIN;
            for at in &seen {
                straight.observe(*at);
                prop_assert!(straight.at_us() >= before);
                before = straight.at_us();
            }
            prop_assert_eq!(straight.at_us(), newest - disorder);
            seen.sort_unstable();
            let mut resumed = Watermark::new(disorder);
            for (n, at) in seen.iter().enumerate() {
                if n == cut {
                    resumed = Watermark::restored(resumed.at_us(), disorder);
                }
                resumed.observe(*at);
            }
            prop_assert_eq!(resumed, straight);
        }
    }
}
