//! Partitions of the tables: months of UTC.

use super::RowError;

/// A time must lie below this to fit every column (`DateTime` ends in 2106).
const END_US: i64 = (u32::MAX as i64) * 1_000_000;

/// The time, if a table can hold it.
pub(crate) fn checked(what: &'static str, at_us: i64) -> Result<i64, RowError> {
    if (0..END_US).contains(&at_us) { Ok(at_us) } else { Err(RowError::Time { what, at_us }) }
}

/// Year × 100 + month: ClickHouse's `toYYYYMM`. An insert that stays within one is atomic.
#[must_use]
pub fn month_of(at_us: i64) -> u32 {
    let Ok(at) = jiff::Timestamp::from_microsecond(at_us) else { return 0 };
    let date = jiff::tz::TimeZone::UTC.to_datetime(at);
    u32::from(date.year().unsigned_abs()) * 100 + u32::from(date.month().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months() {
        let check = |at_s: i64, month: u32| assert_eq!(month_of(at_s * 1_000_000), month, "{at_s}");
        check(0, 197_001);
        check(951_782_399, 200_002);
        check(951_868_799, 200_002);
        check(951_868_800, 200_003);
        check(1_764_547_199, 202_511);
        check(1_764_547_200, 202_512);
        check(1_767_225_600, 202_601);
        check(i64::from(u32::MAX), 210_602);
    }

    #[test]
    fn what_no_table_can_hold() {
        assert_eq!(checked("t", 5), Ok(5));
        assert_eq!(checked("t", -1), Err(RowError::Time { what: "t", at_us: -1 }));
        assert_eq!(checked("t", i64::MAX), Err(RowError::Time { what: "t", at_us: i64::MAX }));
    }
}
