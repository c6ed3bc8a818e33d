//! Where persons are, and what their diversions say. Follows from the seed without a memory.

use crate::chance::{mixed, share};
use crate::profile::UNITS;
use call::Text;
use call::event::DiversionKind;
use jiff::civil::Date;

/// A phone and whose it is.
#[derive(Debug)]
pub(crate) struct Person {
    pub extension: Text,
    /// Which of the units.
    pub unit: usize,
    /// Speaks or rings.
    pub is_busy: bool,
}

/// What becomes of a call to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The phone rings, and somebody is there.
    Here,
    /// The phone rings, and nobody is there.
    Away,
    /// The phone is off.
    Off,
    /// A diversion is set.
    Diverted(DiversionKind, &'static str),
}

/// Everybody.
#[derive(Debug)]
pub(crate) struct People {
    seed: u64,
    pub all: Vec<Person>,
    /// How often each is called: growing sums.
    pub weights: Vec<f64>,
}

impl People {
    pub fn new(seed: u64) -> Self {
        let (mut all, mut weights, mut sum) = (Vec::new(), Vec::new(), 0.0);
        for (number, unit) in UNITS.iter().enumerate() {
            for extension in unit.first..=unit.last {
                all.push(Person { extension: extension.to_string().into(), unit: number, is_busy: false });
                // Few are called much, and most are called little.
                let rank = f64::from(extension - unit.first) + 1.0;
                sum += unit.weight / rank.powf(0.4);
                weights.push(sum);
            }
        }
        Self { seed, all, weights }
    }

    pub fn index(&self, extension: u32) -> usize {
        let extension = extension.to_string();
        self.all.iter().position(|person| *person.extension == *extension).unwrap_or(0)
    }

    /// Somebody else of the same unit.
    pub fn colleague(&self, of: usize) -> usize {
        let unit = self.all[of].unit;
        if self.all.get(of + 1).is_some_and(|next| next.unit == unit) { of + 1 } else { of.saturating_sub(1) }
    }

    /// What becomes of a call to this person at this minute of the day. `diverts`: of 100 absences so many have a diversion.
    pub fn way(&self, person: usize, date: Date, minute: i64, is_working_day: bool, diverts: f64) -> Way {
        let day = self.day(person, date);
        let reason = if is_working_day { self.absence(person, date, minute) } else { Some("gone") };
        let Some(reason) = reason else {
            return match share(day, 1, u64::try_from(minute).unwrap_or(0)) {
                draw if draw < 0.86 => Way::Here,
                draw if draw < 0.985 => Way::Away,
                _ => Way::Off,
            };
        };
        let absence = mixed(day, 2, reason.len() as u64);
        if share(absence, 0, 0) >= diverts {
            return Way::Away;
        }
        let kind = match share(absence, 1, 0) {
            draw if draw < 0.45 => DiversionKind::Operator,
            draw if draw < 0.75 => DiversionKind::Voicemail,
            draw if draw < 0.95 => DiversionKind::Colleague,
            _ => DiversionKind::Other,
        };
        Way::Diverted(kind, reason)
    }

    fn day(&self, person: usize, date: Date) -> u64 {
        let date = i64::from(date.year()) * 400 + i64::from(date.day_of_year());
        mixed(self.seed, person as u64, date.unsigned_abs())
    }

    /// Why the person is not there on a working day.
    fn absence(&self, person: usize, date: Date, minute: i64) -> Option<&'static str> {
        let day = self.day(person, date);
        let draw = |what: u64| share(day, 3, what);
        if self.is_on_holiday(person, date) {
            return Some("holiday");
        }
        let is_winter = matches!(date.month(), 1..=3 | 10..=12);
        match draw(0) {
            draw if draw < if is_winter { 0.05 } else { 0.03 } => return Some("sick"),
            draw if draw > 0.965 => return Some("trip"),
            _ => {}
        }
        let within = |from: f64, length: f64| (from..from + length).contains(&(minute as f64));
        let (comes, goes) = (440.0 + 60.0 * draw(1), 950.0 + 75.0 * draw(2));
        if !within(comes, goes - comes) {
            return Some("gone");
        }
        if within(675.0 + 60.0 * draw(3), 50.0) {
            return Some("lunch");
        }
        let morning = draw(4) < 0.35 && within(540.0 + 60.0 * (draw(5) * 2.0).floor(), 60.0);
        let afternoon = draw(6) < 0.30 && within(780.0 + 60.0 * (draw(7) * 2.0).floor(), 90.0);
        (morning || afternoon).then_some("meeting")
    }

    /// Four weeks in summer, one in autumn or winter.
    fn is_on_holiday(&self, person: usize, date: Date) -> bool {
        let year = mixed(self.seed, 7_000 + person as u64, u64::from(date.year().unsigned_abs()));
        let week = u64::from(date.iso_week_date().week().unsigned_abs());
        let summer = 25 + mixed(year, 0, 0) % 5;
        let other = [8, 44, 52][usize::try_from(mixed(year, 1, 0) % 3).unwrap_or(0)];
        (summer..summer + 4).contains(&week) || week == other
    }
}
