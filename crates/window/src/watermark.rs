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

    #[test]
    fn it_never_goes_back() {
        let mut mark = Watermark::new(10);
        assert_eq!(mark.at_us(), i64::MIN);
        for (seen, expect) in [(100, 90), (95, 90), (50, 90), (101, 91)] {
            mark.observe(seen);
            assert_eq!(mark.at_us(), expect);
        }
    }
}
