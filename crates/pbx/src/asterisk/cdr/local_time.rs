//! Local times without a zone → UTC.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SECOND_US: i64 = 1_000_000;
/// Every zone's difference to UTC is a multiple of this.
const STEP_US: i64 = 900 * SECOND_US;
/// A first attempt begins so soon after its channel was made.
const SOON_US: i64 = 3 * SECOND_US;

/// The difference between local time and UTC, as the records show it.
#[derive(Debug, Default)]
pub(super) struct LocalTime {
    /// Local minus UTC.
    ahead_us: Option<i64>,
    /// Another difference that the last record showed.
    other_us: Option<i64>,
    /// Where the last record stands that showed the difference which is believed.
    learnt_at: Option<u64>,
}

impl LocalTime {
    /// Learns from a record: when it began by local time, and when its channel was made. A later attempt of a long call
    /// may show a false difference, so a new one is believed when two records in a row show it. The record stands at `offset`.
    pub fn learn(&mut self, start: &str, born_us: i64, offset: u64) {
        let Some(local_us) = local_us(start) else { return };
        let apart_us = local_us - born_us;
        let ahead_us = (apart_us + SOON_US).div_euclid(STEP_US) * STEP_US;
        if !(0..=SOON_US).contains(&(apart_us - ahead_us)) {
            self.other_us = None;
        } else if self.ahead_us.is_none_or(|known| known == ahead_us) || self.other_us == Some(ahead_us) {
            (self.ahead_us, self.other_us, self.learnt_at) = (Some(ahead_us), None, Some(offset));
        } else {
            self.other_us = Some(ahead_us);
        }
    }

    /// Whoever begins to learn at this record knows the same afterwards.
    pub fn learnt_at(&self) -> Option<u64> {
        self.learnt_at
    }

    /// A local time as µs UTC; none if it is no time, or nothing is known of the difference.
    pub fn utc_us(&self, local: &str) -> Option<i64> {
        Some(local_us(local)? - self.ahead_us?)
    }
}

/// `2026-11-23 22:21:17` as if it were UTC.
fn local_us(text: &str) -> Option<i64> {
    let time: DateTime = text.parse().ok()?;
    Some(TimeZone::UTC.to_timestamp(time).ok()?.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BORN_US: i64 = 1_795_472_477 * SECOND_US;

    #[test]
    fn the_difference_is_learnt_from_the_first_record() {
        let mut time = LocalTime::default();
        assert_eq!(time.utc_us("2026-11-23 23:21:17"), None);
        time.learn("2026-11-23 23:21:17", BORN_US, 100);
        assert_eq!(time.utc_us("2026-11-23 23:21:20"), Some(BORN_US + 3 * SECOND_US));
        assert_eq!(time.utc_us("23:21:20"), None);
    }

    #[test]
    fn one_late_attempt_does_not_move_the_clock_and_two_records_do() {
        let mut time = LocalTime::default();
        time.learn("2026-11-23 23:21:17", BORN_US, 200);
        // An hour after its channel was made, to the second.
        time.learn("2026-11-24 00:21:17", BORN_US, 300);
        assert_eq!(time.utc_us("2026-11-23 23:21:17"), Some(BORN_US));
        // Daylight saving ends: the clock shows an hour less than before.
        time.learn("2026-11-23 22:21:18", BORN_US, 400);
        time.learn("2026-11-23 22:21:20", BORN_US + 2 * SECOND_US, 500);
        assert_eq!(time.utc_us("2026-11-23 22:21:17"), Some(BORN_US));
        assert_eq!(time.learnt_at(), Some(500));
    }
}
