//! `[[opening_hours]]`

use crate::check::{Checked, wrong};
use crate::{Config, ConfigError, Queue};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use org::opening::{Day, Span};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One span of hours; several for a queue add up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningHours {
    /// Queues whose numbers it is for; none: all other numbers.
    #[serde(default)]
    pub queues: Vec<String>,
    /// Weekdays: `mon-fri`, `mon,wed,fri`, `sat`.
    pub days: String,
    /// `HH:MM`, local time.
    pub from: String,
    /// `HH:MM`, local time; `24:00` is midnight.
    pub to: String,
    /// Days that are closed all the same.
    #[serde(default)]
    pub closed_on: ClosedOn,
    /// More of them, by date.
    #[serde(default)]
    pub closed_dates: Vec<String>,
}

/// Which days of the calendar are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedOn {
    /// None.
    #[default]
    Nothing,
    /// Sweden's public holidays.
    PublicHolidays,
    /// And the eves of midsummer, Christmas and the new year.
    PublicHolidaysAndEves,
}

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Config {
    pub(crate) fn check_opening_hours(&self) -> Checked {
        let known: BTreeSet<&String> = self.queues.iter().map(|queue| &queue.name).collect();
        for (index, hours) in self.opening_hours.iter().enumerate() {
            if let Some(queue) = hours.queues.iter().find(|queue| !known.contains(queue)) {
                return wrong(&place(index, "queues"), format!("queue `{queue}` is not among [[queues]]"));
            }
        }
        Ok(())
    }

    /// The queues whose hours a unit goes by: its own, or every one if it has none. Without a unit, the whole site: every one.
    #[must_use]
    pub fn queues_of_hours(&self, unit: Option<&str>) -> Vec<&Queue> {
        let own: Vec<&Queue> =
            self.queues.iter().filter(|queue| unit.is_some() && queue.unit.as_deref() == unit).collect();
        if own.is_empty() { self.queues.iter().collect() } else { own }
    }

    /// All of `[[opening_hours]]`, read.
    ///
    /// # Errors
    /// One is impossible.
    pub fn opening_spans(&self) -> Result<Vec<Span>, ConfigError> {
        self.opening_hours.iter().enumerate().map(|(index, hours)| hours.span(index)).collect()
    }

    /// None: always open.
    pub(crate) fn opening(&self) -> Result<Option<Arc<dyn call::OpeningHours>>, ConfigError> {
        if self.opening_hours.is_empty() {
            return Ok(None);
        }
        let spans = self.opening_spans()?;
        let time_zone = TimeZone::get(&self.site.time_zone)
            .map_err(|error| ConfigError::new("site.time_zone", error.to_string()))?;
        Ok(Some(Arc::new(org::opening::OpeningHours::new(spans, time_zone))))
    }
}

impl OpeningHours {
    fn span(&self, index: usize) -> Result<Span, ConfigError> {
        let from = time(&place(index, "from"), &self.from)?;
        let to = match self.to.as_str() {
            "24:00" => None,
            text => Some(time(&place(index, "to"), text)?),
        };
        if to.is_some_and(|to| to <= from) {
            let what = "`to` is not later than `from`; hours past midnight are two entries, one to \"24:00\"";
            return wrong(&place(index, "to"), what);
        }
        Ok(Span {
            queues: self.queues.iter().map(|queue| queue.as_str().into()).collect(),
            days: days(&place(index, "days"), &self.days)?,
            from,
            to,
            closed_on: match self.closed_on {
                ClosedOn::Nothing => org::opening::ClosedOn::Nothing,
                ClosedOn::PublicHolidays => org::opening::ClosedOn::PublicHolidays,
                ClosedOn::PublicHolidaysAndEves => org::opening::ClosedOn::PublicHolidaysAndEves,
            },
            closed_dates: dates(&place(index, "closed_dates"), &self.closed_dates)?,
        })
    }
}

fn place(index: usize, key: &str) -> String {
    format!("opening_hours (entry {}), {key}", index + 1)
}

pub(crate) fn time(place: &str, text: &str) -> Result<Time, ConfigError> {
    let read = || {
        let (hour, minute) =
            text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2)?;
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    };
    read().ok_or_else(|| {
        ConfigError::new(place, format!("`{text}` is no time of day; write for example \"08:00\""))
    })
}

fn dates(place: &str, texts: &[String]) -> Result<BTreeSet<Date>, ConfigError> {
    let date = |text: &String| {
        text.parse().map_err(|_| {
            ConfigError::new(place, format!("`{text}` is no date; write for example \"2026-12-23\""))
        })
    };
    texts.iter().map(date).collect()
}

fn days(place: &str, text: &str) -> Result<BTreeSet<Day>, ConfigError> {
    let number = |word: &str| DAYS.iter().position(|(name, _)| *name == word.trim());
    let of = |part: &str| match part.split_once('-') {
        Some((first, last)) => Some(number(first)?..=number(last)?).filter(|range| !range.is_empty()),
        None => number(part).map(|day| day..=day),
    };
    let mut days = BTreeSet::new();
    for part in text.split(',') {
        let Some(range) = of(part) else {
            let what = format!(
                "`{}` is no weekday or range of them; write for example \"mon-fri\" or \"mon,wed,sat-sun\"",
                part.trim()
            );
            return wrong(place, what);
        };
        days.extend(DAYS[range].iter().map(|(_, weekday)| Day::of(*weekday)));
    }
    Ok(days)
}
