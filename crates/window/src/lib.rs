//! Event time and windows. Knows no calls.
//!
//! The smallest window is a minute of UTC; every longer one (quarter, hour, a local day of 23 or 25 hours, hopping ones)
//! is a merge of minutes, made by the reader.

mod lateness;
mod merge;
mod watermark;

pub use lateness::Lateness;
pub use merge::{Hopping, Merge, merged};
pub use watermark::Watermark;

/// Microseconds in a minute.
pub const MINUTE_US: i64 = 60_000_000;

/// The minute that a time lies in: minutes since 1970-01-01 00:00 UTC.
#[must_use]
pub fn minute_of(at_us: i64) -> i64 {
    at_us.div_euclid(MINUTE_US)
}

/// When a minute begins, µs UTC.
#[must_use]
pub fn start_of(minute: i64) -> i64 {
    minute.saturating_mul(MINUTE_US)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_time_lies_in_its_minute(at_us in -4_000_000_000_000_000i64..4_000_000_000_000_000) {
            let minute = minute_of(at_us);
            prop_assert!(start_of(minute) <= at_us && at_us < start_of(minute + 1));
        }
    }
}
