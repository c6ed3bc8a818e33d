//! Time as a port, so that every run can be repeated.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Tells the time and lets it pass.
pub trait Clock: Send + Sync {
    /// Microseconds since 1970-01-01 00:00 UTC. May step back when the machine's clock is set.
    fn now_us(&self) -> i64;

    /// Since a moment before the first question, always the same one. Never steps back: how long something takes is the
    /// difference of two.
    fn monotonic(&self) -> Duration;

    /// Returns after so long.
    fn sleep(&self, so_long: Duration);
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port's one real implementation")]
    fn now_us(&self) -> i64 {
        match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |us| -us),
        }
    }

    fn monotonic(&self) -> Duration {
        BEGINNING.elapsed()
    }

    fn sleep(&self, so_long: Duration) {
        std::thread::sleep(so_long);
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

    #[test]
    fn time_passes_while_it_sleeps() {
        let (before, pause) = (SystemClock.monotonic(), Duration::from_millis(3));
        SystemClock.sleep(pause);
        assert!(SystemClock.monotonic() - before >= pause);
    }
}
