//! How long a minute stays open for revisions.

use crate::{Watermark, minute_of};

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
        minute < self.closed_before(watermark)
    }

    /// Every minute before this one is past revision. Keep the highest that was seen: a longer lateness in the
    /// configuration must not open a minute again.
    #[must_use]
    pub fn closed_before(self, watermark: Watermark) -> i64 {
        minute_of(watermark.at_us().saturating_sub(self.allowed_us))
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
