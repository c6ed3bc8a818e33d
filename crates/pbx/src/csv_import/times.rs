//! Moments and spans of time as lists write them.

use super::{Mapping, Unit};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::AmbiguousOffset;

/// No call is longer than this.
const SPAN_US_MAX: i64 = 30 * 86_400 * 1_000_000;
const DAY_US: i64 = 86_400 * 1_000_000;

/// A moment, µs UTC; of an hour that comes twice, the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub us: i64,
    /// The later one, when clocks were put back.
    pub or_us: Option<i64>,
}

impl Moment {
    /// Not before this one: what follows another moment may be in the hour's second round, and a time of day alone may be
    /// the next day's.
    pub fn after(self, earlier_us: i64, is_time_of_day: bool) -> i64 {
        match self.or_us {
            _ if self.us >= earlier_us => self.us,
            Some(or_us) if or_us >= earlier_us => or_us,
            _ if is_time_of_day && self.us + DAY_US >= earlier_us => self.us + DAY_US,
            _ => self.us,
        }
    }
}

/// A time as the mapping says that they are written.
pub(super) fn moment(mapping: &Mapping, text: &str) -> Result<Moment, &'static str> {
    let moment = match &mapping.time_format {
        Some(format) => {
            let parts = strtime::parse(format, text).map_err(|_| "not a time as import.time_format says")?;
            match parts.offset() {
                Some(_) => exact(parts.to_timestamp().map_err(|_| "no such time")?),
                None => local(mapping, parts.to_datetime().map_err(|_| "no such time")?)?,
            }
        }
        None => match (text.parse::<Timestamp>(), text.parse::<DateTime>()) {
            (Ok(timestamp), _) => exact(timestamp),
            (_, Ok(time)) => local(mapping, time)?,
            _ => return Err("not a time like 2026-11-24 08:15:02 (import.time_format)"),
        },
    };
    if moment.us < 0 { Err("a time before 1970") } else { Ok(moment) }
}

fn exact(timestamp: Timestamp) -> Moment {
    Moment { us: timestamp.as_microsecond(), or_us: None }
}

fn local(mapping: &Mapping, time: DateTime) -> Result<Moment, &'static str> {
    let us = |offset: jiff::tz::Offset| {
        offset.to_timestamp(time).map(Timestamp::as_microsecond).map_err(|_| "no such time")
    };
    match mapping.zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => Ok(Moment { us: us(offset)?, or_us: None }),
        AmbiguousOffset::Fold { before, after } => Ok(Moment { us: us(before)?, or_us: Some(us(after)?) }),
        AmbiguousOffset::Gap { .. } => {
            Err("a time that never was: clocks were put forward over it (import.time_zone)")
        }
    }
}

/// A span of time as µs.
pub(super) fn span_us(text: &str, unit: Unit) -> Result<i64, &'static str> {
    let us = match unit {
        Unit::Seconds => decimal(text, 6),
        Unit::Milliseconds => decimal(text, 3),
        Unit::Clock => clock(text),
    };
    let what = match unit {
        Unit::Seconds => "not seconds, such as 80 or 80.5",
        Unit::Milliseconds => "not milliseconds, such as 80500",
        Unit::Clock => "not hours, minutes and seconds, such as 0:01:20",
    };
    us.filter(|us| *us <= SPAN_US_MAX).ok_or(what)
}

/// `h:mm:ss` or `m:ss`, with or without decimals.
fn clock(text: &str) -> Option<i64> {
    let (rest, seconds) = text.rsplit_once(':')?;
    let (hours, minutes) = rest.rsplit_once(':').unwrap_or(("0", rest));
    let whole = |text: &str| decimal(text, 0).filter(|_| text.len() <= 4);
    let seconds_us = decimal(seconds, 6).filter(|us| *us < 60_000_000)?;
    Some((whole(hours)? * 60 + whole(minutes)?) * 60_000_000 + seconds_us)
}

/// Digits, and decimals behind a point or a comma: × 10 to the `places`; more decimals than that are left out.
fn decimal(text: &str, places: usize) -> Option<i64> {
    let (whole, decimals) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !are_digits(whole) || !are_digits(decimals) {
        return None;
    }
    let decimals: String = decimals.chars().chain(std::iter::repeat('0')).take(places).collect();
    format!("{whole}{decimals}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        let check = |text: &str, unit: Unit, expect: Option<i64>| {
            assert_eq!(span_us(text, unit).ok(), expect, "{text} {unit:?}");
        };
        check("80", Unit::Seconds, Some(80_000_000));
        check("80,5", Unit::Seconds, Some(80_500_000));
        check("0.0000019", Unit::Seconds, Some(1));
        check("-1", Unit::Seconds, None);
        check("1e3", Unit::Seconds, None);
        check("", Unit::Seconds, None);
        check("99999999999", Unit::Seconds, None);
        check("80500", Unit::Milliseconds, Some(80_500_000));
        check("00:01:20", Unit::Clock, Some(80_000_000));
        check("1:20", Unit::Clock, Some(80_000_000));
        check("25:00:00.5", Unit::Clock, Some(90_000_500_000));
        check("0:00:60", Unit::Clock, None);
        check("80", Unit::Clock, None);
        check("::", Unit::Clock, None);
    }
}
