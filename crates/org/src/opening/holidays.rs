//! Sweden's public holidays, by rule (lag 1989:253), and the eves that are free all the same (semesterlagen 3 a §).

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// Easter Sunday of the Gregorian calendar, by the rule that Meeus, Jones and Butcher gave.
#[must_use]
pub fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let days = h + l - 7 * m + 114;
    let (month, day) = (days / 31, days % 31 + 1);
    let number = |value: i32| i8::try_from(value).unwrap_or(1);
    Date::new(year, number(month), number(day)).unwrap_or_else(|_| date(year, 4, 1))
}

/// The thirteen of a year.
#[must_use]
pub fn public_holidays(year: i16) -> [Date; 13] {
    let easter = easter(year);
    let after_easter = |days: i32| easter.saturating_add(days.days());
    [
        date(year, 1, 1),
        date(year, 1, 6),
        after_easter(-2),
        easter,
        after_easter(1),
        date(year, 5, 1),
        // Ascension Day and Whit Sunday.
        after_easter(39),
        after_easter(49),
        date(year, 6, 6),
        midsummer(year),
        // All Saints' Day.
        saturday_from(date(year, 10, 31)),
        date(year, 12, 25),
        date(year, 12, 26),
    ]
}

/// Of midsummer, Christmas and the new year.
#[must_use]
pub fn eves(year: i16) -> [Date; 3] {
    [midsummer(year).saturating_sub(1.day()), date(year, 12, 24), date(year, 12, 31)]
}

/// The Saturday between 20 and 26 June.
fn midsummer(year: i16) -> Date {
    saturday_from(date(year, 6, 20))
}

fn saturday_from(first: Date) -> Date {
    let days = i32::from(first.weekday().until(Weekday::Saturday));
    first.saturating_add(days.days())
}
