//! How much is called when.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use org::opening::{eves, public_holidays};

/// Of a day's calls on working days, by hour.
const OFFICE: [f64; 24] = [
    0.01, 0.01, 0.01, 0.01, 0.01, 0.03, 0.10, 0.45, 1.00, 1.32, 1.28, 0.95, 0.62, 1.10, 1.02, 0.78, 0.36,
    0.10, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01,
];
/// The same of what is served round the clock.
const ALWAYS: [f64; 24] = [
    0.25, 0.22, 0.20, 0.20, 0.22, 0.30, 0.50, 0.90, 1.20, 1.30, 1.25, 1.10, 0.95, 1.05, 1.00, 0.95, 0.95,
    0.90, 0.85, 0.80, 0.75, 0.65, 0.50, 0.35,
];
const MONTHS: [f64; 12] = [1.05, 1.03, 1.04, 1.02, 1.01, 0.92, 0.55, 0.94, 1.10, 1.08, 1.05, 0.90];
const WEEKDAYS: [f64; 5] = [1.18, 1.05, 1.00, 0.98, 0.80];
/// On days that are closed.
const CLOSED: f64 = 0.04;
/// A working day between two free ones.
const BRIDGE: f64 = 0.70;
/// The first working day after a holiday that was no weekend.
const AFTER_HOLIDAY: f64 = 1.15;
const FRIDAY_AFTERNOON: f64 = 0.75;
/// Of a day.
pub const QUARTERS: usize = 96;

/// When calls of a kind come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// On working days.
    Office,
    /// Round the clock.
    Always,
}

/// What a year looks like.
#[derive(Debug, Clone)]
pub struct Calendar {
    first: Date,
    growth_a_year: f64,
    /// Every hour is a Tuesday's busiest, and nobody rests.
    pub is_always_busy: bool,
    office_year: f64,
    always_year: f64,
}

impl Calendar {
    /// Grows from the first day on.
    #[must_use]
    pub fn new(first: Date, growth_a_year: f64, is_always_busy: bool) -> Self {
        let calendar =
            Self { first, growth_a_year, is_always_busy: false, office_year: 1.0, always_year: 1.0 };
        let sum = |shape: Shape| -> f64 {
            first.series(1.day()).take(365).map(|date| calendar.factor(date, shape)).sum()
        };
        let (office, always) = (sum(Shape::Office), sum(Shape::Always));
        Self { is_always_busy, office_year: office, always_year: always, ..calendar }
    }

    /// Nobody works, but for those who always do.
    #[must_use]
    pub fn is_closed(&self, date: Date) -> bool {
        let is_weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        !self.is_always_busy && (is_weekend || is_holiday(date))
    }

    /// Which share of the first year's calls comes on this day; more later, when there are more calls.
    #[must_use]
    pub fn of_day(&self, date: Date, shape: Shape) -> f64 {
        let year = match shape {
            Shape::Office => self.office_year,
            Shape::Always => self.always_year,
        };
        self.grown(date) * self.factor(date, shape) / year
    }

    /// Years since the first day.
    #[must_use]
    pub fn years(&self, date: Date) -> f64 {
        f64::from(date.since(self.first).map_or(0, |span| span.get_days())) / 365.25
    }

    fn grown(&self, date: Date) -> f64 {
        (1.0 + self.growth_a_year).powf(self.years(date))
    }

    fn factor(&self, date: Date, shape: Shape) -> f64 {
        if self.is_always_busy {
            let weights = hours(shape);
            let busiest = weights.iter().copied().fold(0.0, f64::max);
            return 24.0 * busiest / weights.iter().sum::<f64>();
        }
        let month = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
        match shape {
            Shape::Always if self.is_closed(date) => 0.8,
            Shape::Always => 1.0 - 0.1 * f64::from(u8::from(date.month() == 7)),
            Shape::Office if self.is_closed(date) => CLOSED,
            Shape::Office => month * self.working_day(date),
        }
    }

    fn working_day(&self, date: Date) -> f64 {
        let weekday = WEEKDAYS[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs()).min(4)];
        let day = |days: i32| self.is_closed(date.saturating_add(days.days()));
        let special = if day(-1) && day(1) {
            BRIDGE
        } else if is_holiday(date.saturating_add((-1).days())) && date.weekday() != Weekday::Monday {
            AFTER_HOLIDAY
        } else {
            1.0
        };
        weekday * special
    }

    /// Of a day's calls, the share that comes in each quarter of an hour; they add up to one.
    #[must_use]
    pub fn quarters(&self, date: Date, shape: Shape) -> [f64; QUARTERS] {
        let hours = hours(shape);
        let mut quarters = [1.0; QUARTERS];
        if !self.is_always_busy {
            for (quarter, weight) in quarters.iter_mut().enumerate() {
                // Straight lines between the middles of the hours.
                let at = (quarter as f64 + 0.5) / 4.0 - 0.5;
                let (before, part) = (at.rem_euclid(24.0).floor(), at.rem_euclid(1.0));
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 23")]
                let hour = before as usize % 24;
                *weight = hours[hour] * (1.0 - part) + hours[(hour + 1) % 24] * part;
                if shape == Shape::Office && date.weekday() == Weekday::Friday && quarter >= 48 {
                    *weight *= FRIDAY_AFTERNOON;
                }
            }
        }
        let sum: f64 = quarters.iter().sum();
        quarters.map(|weight| weight / sum)
    }
}

fn hours(shape: Shape) -> &'static [f64; 24] {
    match shape {
        Shape::Office => &OFFICE,
        Shape::Always => &ALWAYS,
    }
}

/// Public holidays, and the eves that are free all the same.
fn is_holiday(date: Date) -> bool {
    public_holidays(date.year()).contains(&date) || eves(date.year()).contains(&date)
}
