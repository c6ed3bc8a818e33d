//! The wall clock. Everything else asks a clock that is handed to it, so that a run can be repeated.

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl SystemClock {
    /// Microseconds since 1970-01-01 00:00 UTC; negative before, clamped where an `i64` ends.
    #[must_use]
    pub fn now_us(&self) -> i64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one adapter between the Clock port and the machine"
        )]
        let now = std::time::SystemTime::now();
        match now.duration_since(std::time::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |us| -us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SystemClock;

    #[test]
    fn tells_microseconds_of_this_century() {
        let year_2020_us = 1_577_836_800_000_000;
        let year_2120_us = 4_733_510_400_000_000;
        assert!((year_2020_us..year_2120_us).contains(&SystemClock.now_us()));
    }
}
