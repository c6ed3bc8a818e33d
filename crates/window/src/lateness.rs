//! How long a minute stays open for revisions.

use crate::{Watermark, start_of};

/// The allowed lateness, µs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lateness {
    /// After the end of the minute.
    pub allowed_us: i64,
}

impl Lateness {
    /// Whether the minute is past revision: from here on only corrections.
    #[must_use]
    pub fn is_over(self, minute: i64, watermark: Watermark) -> bool {
        watermark.at_us() >= start_of(minute + 1).saturating_add(self.allowed_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_closes_when_the_lateness_has_passed() {
        let lateness = Lateness { allowed_us: 5 };
        let check =
            |watermark, over| assert_eq!(lateness.is_over(0, Watermark::restored(watermark, 0)), over);
        check(i64::MIN, false);
        check(60_000_004, false);
        check(60_000_005, true);
    }

    #[test]
    fn a_lateness_beyond_time_keeps_everything_open() {
        let lateness = Lateness { allowed_us: i64::MAX };
        assert!(!lateness.is_over(0, Watermark::restored(i64::MAX - 1, 0)));
    }
}
