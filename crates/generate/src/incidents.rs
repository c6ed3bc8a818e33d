//! What goes wrong in the municipality, and when: the truth that alerts are measured by.

use crate::calendar::Calendar;
use crate::chance::Chance;
use crate::profile::{OPERATORS, QUEUES, UNITS};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IncidentKind {
    /// A part of those who serve a queue is gone.
    StaffingDrop,
    /// Many more calls than usual.
    Surge,
    /// Nobody is logged in to a queue in its hours.
    QueueClosed,
    /// A unit sets few diversions.
    DisciplineCollapse,
    /// The collector hears nothing of the PBX.
    SourceSilent,
    /// No calls come in or go out.
    TrunkFailure,
}

impl IncidentKind {
    /// Each.
    pub const ALL: [Self; 6] = [
        Self::StaffingDrop,
        Self::Surge,
        Self::QueueClosed,
        Self::DisciplineCollapse,
        Self::SourceSilent,
        Self::TrunkFailure,
    ];

    /// As a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::StaffingDrop => "staffing_drop",
            Self::Surge => "surge",
            Self::QueueClosed => "queue_closed",
            Self::DisciplineCollapse => "discipline_collapse",
            Self::SourceSilent => "source_silent",
            Self::TrunkFailure => "trunk_failure",
        }
    }

    /// What should be seen of it.
    #[must_use]
    pub const fn effect(self) -> &'static str {
        match self {
            Self::StaffingDrop => "longer waits and more lost calls in the queue",
            Self::Surge => "more calls, longer waits and more lost calls",
            Self::QueueClosed => "stays of the queue are blocked, and its calls fall to the operators",
            Self::DisciplineCollapse => {
                "more calls of the unit's persons fall to the operators without a diversion"
            }
            Self::SourceSilent => "nothing is heard, and calls of that time are unknown or missing",
            Self::TrunkFailure => "no calls from outside; the municipality's own calls out fail",
        }
    }

    /// How strong one is.
    #[must_use]
    pub const fn usual_strength(self) -> f64 {
        match self {
            Self::StaffingDrop => 0.6,
            Self::Surge => 3.0,
            Self::DisciplineCollapse => 0.25,
            Self::TrunkFailure => 0.0,
            Self::QueueClosed | Self::SourceSilent => 1.0,
        }
    }

    /// How many come in a month.
    const fn a_month(self) -> f64 {
        match self {
            Self::StaffingDrop => 1.3,
            Self::Surge => 1.0,
            Self::QueueClosed => 0.5,
            Self::DisciplineCollapse => 0.25,
            Self::SourceSilent => 0.4,
            Self::TrunkFailure => 0.25,
        }
    }
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// What.
    pub kind: IncidentKind,
    /// Which queue; none: all, or it is about something else.
    pub queue: Option<&'static str>,
    /// Which unit.
    pub unit: Option<&'static str>,
    /// From when, µs UTC.
    pub from_us: i64,
    /// Until when, µs UTC.
    pub to_us: i64,
    /// The share of members that are gone, how many times as many calls come, or which share of the diversions is left.
    pub strength: f64,
}

const WORKING_DAYS_A_MONTH: f64 = 21.0;
const MINUTE_US: i64 = 60_000_000;

/// Those of a span of days: one at most begins on a day.
pub(crate) fn schedule(
    seed: u64,
    days: std::ops::Range<Date>,
    calendar: &Calendar,
    time_zone: &TimeZone,
) -> Vec<Incident> {
    let mut chance = Chance::new(seed, 1);
    let mut incidents: Vec<Incident> = Vec::new();
    let mut day = days.start;
    while day < days.end {
        let draw = chance.unit() * WORKING_DAYS_A_MONTH;
        if !calendar.is_closed(day)
            && let Some(kind) = kind_of(draw)
            && let Ok(start) = time_zone.to_timestamp(day.at(0, 0, 0, 0))
        {
            let day_us = start.as_microsecond();
            incidents.push(one(kind, day_us, &mut chance));
        }
        day = day.saturating_add(1.day());
    }
    incidents
}

fn kind_of(draw: f64) -> Option<IncidentKind> {
    let mut sum = 0.0;
    IncidentKind::ALL.into_iter().find(|kind| {
        sum += kind.a_month();
        draw < sum
    })
}

fn one(kind: IncidentKind, day_us: i64, chance: &mut Chance) -> Incident {
    let minutes = |low: i64, high: i64, chance: &mut Chance| {
        let minutes =
            low + i64::try_from(chance.below(usize::try_from(high - low).unwrap_or(1))).unwrap_or(0);
        minutes * MINUTE_US
    };
    let from_us = day_us + minutes(9 * 60 + 5, 13 * 60 + 30, chance);
    let strength = kind.usual_strength();
    let plain = Incident { kind, queue: None, unit: None, from_us, to_us: from_us, strength };
    let queue = |index: usize| Some(QUEUES[index].name);
    match kind {
        IncidentKind::StaffingDrop => {
            // Mostly the operators.
            let index = if chance.happens(0.6) { OPERATORS } else { 1 + chance.below(5) };
            let to_us = from_us + minutes(40, 180, chance);
            Incident { queue: queue(index), to_us, strength: chance.between(0.5, 0.7), ..plain }
        }
        IncidentKind::Surge => {
            let index = match chance.below(4) {
                0 => None,
                1 => Some(OPERATORS),
                _ => Some(1 + chance.below(5)),
            };
            let to_us = from_us + minutes(60, 180, chance);
            Incident { queue: index.and_then(queue), to_us, strength: chance.between(2.5, 3.5), ..plain }
        }
        IncidentKind::QueueClosed => {
            let index = 1 + chance.below(5);
            Incident { queue: queue(index), to_us: from_us + minutes(30, 180, chance), ..plain }
        }
        IncidentKind::DisciplineCollapse => {
            let unit = Some(UNITS[1 + chance.below(UNITS.len() - 1)].name);
            Incident { unit, to_us: from_us + 7 * 24 * 60 * MINUTE_US, ..plain }
        }
        IncidentKind::SourceSilent => Incident { to_us: from_us + minutes(3, 150, chance), ..plain },
        IncidentKind::TrunkFailure => Incident { to_us: from_us + minutes(10, 60, chance), ..plain },
    }
}
