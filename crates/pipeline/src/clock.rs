//! The wall clock as a port, so that every run can be repeated.

/// Tells the time of day.
pub trait Clock: Send + Sync {
    /// Microseconds since 1970-01-01 00:00 UTC. May step back when the machine's clock is set.
    fn now_us(&self) -> i64;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port's one real implementation")]
    fn now_us(&self) -> i64 {
        match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |us| -us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_counts_microseconds_since_1970() {
        let us_of_2020 = 1_577_836_800_000_000;
        assert!(SystemClock.now_us() > us_of_2020);
    }
}
