//! When the site's numbers are served: weekdays and hours of the site's own time zone, without holidays.

mod holidays;

pub use holidays::{easter, eves, public_holidays};

use call::{Target, Text};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

/// Days that are closed though their weekday is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClosedOn {
    /// None but those named by date.
    #[default]
    Nothing,
    /// Sweden's public holidays.
    PublicHolidays,
    /// And the three eves that working life holds for holidays: of midsummer, of Christmas, of the new year.
    PublicHolidaysAndEves,
}

/// One span of hours on some weekdays, for some queues or for everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Whose numbers; none: every number's that no other span names the queue of.
    pub queues: BTreeSet<Text>,
    /// On which weekdays.
    pub days: BTreeSet<Day>,
    /// From this time of day on.
    pub from: Time,
    /// Until before this one; none: until midnight.
    pub to: Option<Time>,
    /// Which days are closed all the same.
    pub closed_on: ClosedOn,
    /// And these.
    pub closed_dates: BTreeSet<Date>,
}

/// A weekday, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i8);

impl Day {
    /// Of the calendar.
    #[must_use]
    pub fn of(weekday: Weekday) -> Self {
        Self(weekday.to_monday_one_offset())
    }

    /// 1 is Monday, 7 Sunday.
    #[must_use]
    pub const fn number(self) -> i8 {
        self.0
    }
}

/// All spans of a site.
#[derive(Debug, Clone)]
pub struct OpeningHours {
    spans: Vec<Span>,
    time_zone: TimeZone,
}

impl OpeningHours {
    /// Of a site in this time zone. No spans: always open.
    #[must_use]
    pub fn new(spans: Vec<Span>, time_zone: TimeZone) -> Self {
        Self { spans, time_zone }
    }
}

/// The spans that a queue goes by: those that name it, or else those that name none. Without a queue, as the operators and every person.
#[must_use]
pub fn spans_of<'a>(spans: &'a [Span], queue: Option<&str>) -> Vec<&'a Span> {
    let is_named =
        |span: &&Span| queue.is_some_and(|queue| span.queues.iter().any(|named| **named == *queue));
    let own: Vec<&Span> = spans.iter().filter(is_named).collect();
    if own.is_empty() { spans.iter().filter(|span| span.queues.is_empty()).collect() } else { own }
}

impl call::OpeningHours for OpeningHours {
    fn is_open(&self, target: Option<&Target>, at_us: i64) -> bool {
        let queue = match target {
            Some(Target::Queue(queue)) => Some(&**queue),
            Some(Target::Extension(_)) | None => None,
        };
        let spans = spans_of(&self.spans, queue);
        let Ok(at) = Timestamp::from_microsecond(at_us) else { return true };
        let local = self.time_zone.to_datetime(at);
        spans.is_empty() || spans.iter().any(|span| span.holds(local))
    }
}

impl Span {
    /// Local times of day: on the two odd days of the year, too, eight is when the clock shows eight.
    fn holds(&self, local: DateTime) -> bool {
        let (date, time) = (local.date(), local.time());
        self.days.contains(&Day::of(date.weekday()))
            && self.from <= time
            && self.to.is_none_or(|to| time < to)
            && !self.closed_dates.contains(&date)
            && !self.closed_on.includes(date)
    }
}

impl ClosedOn {
    fn includes(self, date: Date) -> bool {
        let year = date.year();
        match self {
            Self::Nothing => false,
            Self::PublicHolidays => public_holidays(year).contains(&date),
            Self::PublicHolidaysAndEves => {
                public_holidays(year).contains(&date) || eves(year).contains(&date)
            }
        }
    }
}

#[cfg(test)]
mod tests;
