//! Opening hours as a condition of SQL, at the moment that Grafana asks about.

use super::questions::quoted;
use config::{Config, Queue};
use jiff::civil::Time;
use org::opening::{ClosedOn, Day, Span, eves, public_holidays, spans_of};
use pipeline::{Clock, SystemClock};
use std::collections::BTreeSet;

/// Holidays stand in the rules by date, for this year and so many more.
pub const YEARS: i16 = 5;

/// True while this queue of the site is open.
pub fn queue_is_open(config: &Config, queue: &str) -> anyhow::Result<String> {
    let spans = config.opening_spans()?;
    let chosen = spans_of(&spans, Some(queue));
    if chosen.is_empty() {
        return Ok("true".to_owned());
    }
    let now = jiff::Timestamp::from_microsecond(SystemClock.now_us())?;
    let year = now.to_zoned_datetime(jiff::tz::TimeZone::UTC).date().year();
    let zone = quoted(&config.site.time_zone);
    let conditions: Vec<String> = chosen.iter().map(|span| holds(span, &zone, year)).collect();
    Ok(format!("({})", conditions.join(" OR ")))
}

/// True while any queue is open whose hours the unit, or the whole site, goes by.
pub fn any_is_open(config: &Config, unit: Option<&str>) -> anyhow::Result<String> {
    let conditions = conditions(config, &config.queues_of_hours(unit))?;
    if conditions.is_empty() || conditions.contains("true") {
        return Ok("true".to_owned());
    }
    Ok(format!("({})", conditions.into_iter().collect::<Vec<_>>().join(" OR ")))
}

/// True while all of these queues are open.
pub fn all_are_open(config: &Config, queues: &[&Queue]) -> anyhow::Result<String> {
    Ok(conditions(config, queues)?.into_iter().collect::<Vec<_>>().join(" AND "))
}

fn conditions(config: &Config, queues: &[&Queue]) -> anyhow::Result<BTreeSet<String>> {
    queues.iter().map(|queue| queue_is_open(config, &queue.name)).collect()
}

fn holds(span: &Span, zone: &str, year: i16) -> String {
    let days: Vec<String> = (1..=7)
        .filter(|day| {
            let weekday = jiff::civil::Weekday::from_monday_one_offset(*day);
            weekday.is_ok_and(|weekday| span.days.contains(&Day::of(weekday)))
        })
        .map(|day| day.to_string())
        .collect();
    let minute = |time: Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
    let now = format!("toHour($__toTime, {zone}) * 60 + toMinute($__toTime, {zone})");
    let mut text = format!(
        "toDayOfWeek($__toTime, 0, {zone}) IN ({}) AND {now} >= {}",
        days.join(", "),
        minute(span.from)
    );
    if let Some(to) = span.to {
        text += &format!(" AND {now} < {}", minute(to));
    }
    let closed = closed_days(span, year);
    if !closed.is_empty() {
        text += &format!(" AND toDate($__toTime, {zone}) NOT IN ({})", closed.join(", "));
    }
    format!("({text})")
}

/// Dates on which it is closed though its weekday is open.
fn closed_days(span: &Span, year: i16) -> Vec<String> {
    let mut dates = span.closed_dates.clone();
    for year in year..=year.saturating_add(YEARS) {
        match span.closed_on {
            ClosedOn::Nothing => {}
            ClosedOn::PublicHolidays => dates.extend(public_holidays(year)),
            ClosedOn::PublicHolidaysAndEves => {
                dates.extend(public_holidays(year));
                dates.extend(eves(year));
            }
        }
    }
    let on_weekday = |date: &jiff::civil::Date| span.days.contains(&Day::of(date.weekday()));
    dates.into_iter().filter(on_weekday).map(|date| format!("'{date}'")).collect()
}
