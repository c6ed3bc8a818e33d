//! Times as text, and back.

use anyhow::Context;
use jiff::tz::TimeZone;

/// µs UTC → `2026-11-23T22:21:28.836012Z`.
pub fn rfc3339(us: i64) -> String {
    match jiff::Timestamp::from_microsecond(us) {
        Ok(time) => format!("{time:.6}"),
        Err(_) => us.to_string(),
    }
}

/// Wall clock of a time zone.
pub fn local(zone: &str, us: i64) -> String {
    match (jiff::Timestamp::from_microsecond(us), TimeZone::get(zone)) {
        (Ok(time), Ok(zone)) => time.to_zoned_datetime(zone).strftime("%F %T %Z").to_string(),
        _ => us.to_string(),
    }
}

/// A moment as a person writes it → µs UTC: RFC 3339, or a day or a wall-clock time of a time zone.
pub fn moment(text: &str, zone: &str) -> anyhow::Result<i64> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time.as_microsecond());
    }
    let zone = TimeZone::get(zone).with_context(|| format!("time zone {zone}"))?;
    let wall: jiff::civil::DateTime = text.parse().with_context(|| {
        format!("`{text}` is no time; write 2026-11-23, \"2026-11-23 22:21\" (the site's clock) or 2026-11-23T22:21:00Z")
    })?;
    Ok(wall.to_zoned_datetime(zone)?.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_as_people_write_them() {
        let check = |text: &str, expect: &str| {
            assert_eq!(rfc3339(moment(text, "Europe/Stockholm").unwrap()), expect, "{text}");
        };
        check("2026-11-23T22:21:28Z", "2026-11-23T22:21:28.000000Z");
        check("2026-11-23T22:21:28+01:00", "2026-11-23T21:21:28.000000Z");
        check("2026-11-23 22:21", "2026-11-23T21:21:00.000000Z");
        check("2026-07-01", "2026-06-30T22:00:00.000000Z");
        let error = moment("yesterday", "Europe/Stockholm").unwrap_err().to_string();
        assert!(error.contains("`yesterday` is no time; write"), "{error}");
    }
}
