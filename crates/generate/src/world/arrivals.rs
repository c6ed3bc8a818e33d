//! Who calls: for each quarter of an hour as many as chance gives for the rate of that quarter.

use super::calls::Demand;
use super::{Action, World};
use crate::calendar::{QUARTERS, Shape};
use crate::incidents::IncidentKind;
use crate::profile::{DIRECT_SHARE, Hours, INTERNAL_SHARE, OUTGOING_SHARE, QUEUES};
use jiff::ToSpan;
use jiff::civil::Date;

/// Kinds of calls with a rate of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// To a queue's number.
    Queue(usize),
    /// From outside to a person.
    Direct,
    /// From a person to another.
    Internal,
    /// From a person to somebody outside.
    Outgoing,
}

impl Kind {
    fn all() -> impl Iterator<Item = Self> {
        (0..QUEUES.len()).map(Self::Queue).chain([Self::Direct, Self::Internal, Self::Outgoing])
    }

    pub fn share(self) -> f64 {
        match self {
            Self::Queue(queue) => QUEUES[queue].share,
            Self::Direct => DIRECT_SHARE,
            Self::Internal => INTERNAL_SHARE,
            Self::Outgoing => OUTGOING_SHARE,
        }
    }

    pub fn shape(self) -> Shape {
        match self {
            Self::Queue(queue) if QUEUES[queue].hours == Hours::Always => Shape::Always,
            _ => Shape::Office,
        }
    }

    fn is_from_outside(self) -> bool {
        match self {
            Self::Queue(queue) => !QUEUES[queue].is_internal,
            Self::Direct => true,
            Self::Internal | Self::Outgoing => false,
        }
    }
}

/// Of callers from outside, so many do not show their number.
const WITHHELD: f64 = 0.12;
/// So many calls come from those who call often.
const OFTEN: f64 = 0.10;
/// How many they are.
const OFTEN_CALLERS: usize = 250;
/// Some days are busier than others for no reason that anybody knows: the spread of the logarithm.
const DAYS_DIFFER: f64 = 0.06;

impl World {
    pub(super) fn day(&mut self, date: Date) {
        let Ok(start) = self.site.time_zone.to_timestamp(date.at(0, 0, 0, 0)) else { return };
        self.today = date;
        self.day_us = start.as_microsecond();
        self.is_working_day = !self.calendar.is_closed(date);
        let next = date.saturating_add(1.day());
        let Ok(end) = self.site.time_zone.to_timestamp(next.at(0, 0, 0, 0)) else { return };
        let end_us = end.as_microsecond();
        if end_us < self.end_us {
            self.plan_at(end_us, Action::Day(next));
        }
        self.plan_duty();
        let busy = crate::chance::Length { median: 1.0, sigma: DAYS_DIFFER };
        let busy = self.chance.length_us(busy) as f64 / 1e6;
        let spread = end_us - self.day_us;
        for kind in Kind::all() {
            let calls = self.calls_of_day(kind) * busy;
            let quarters = self.calendar.quarters(date, kind.shape());
            for (number, part) in (0..).zip(quarters) {
                let length_us = spread / QUARTERS as i64;
                let from_us = self.day_us + number * length_us;
                let mean = calls * part * self.surge(kind, from_us + length_us / 2);
                self.plan_quarter(kind, mean, from_us, length_us);
            }
        }
    }

    /// How many are expected.
    pub(super) fn calls_of_day(&self, kind: Kind) -> f64 {
        self.parameters.calls_a_year * kind.share() * self.calendar.of_day(self.today, kind.shape())
    }

    fn plan_quarter(&mut self, kind: Kind, mean: f64, from_us: i64, length_us: i64) {
        for _ in 0..self.chance.poisson(mean) {
            let at_us = from_us + (self.chance.unit() * length_us as f64) as i64;
            if (self.start_us..self.end_us).contains(&at_us) && at_us >= self.now_us() {
                self.plan_at(at_us, Action::Calls(kind));
            }
        }
    }

    /// How many times as many calls come.
    fn surge(&self, kind: Kind, at_us: i64) -> f64 {
        let factor = |incident: &crate::Incident| {
            let holds = (incident.from_us..incident.to_us).contains(&at_us);
            let concerns = match (incident.kind, kind) {
                (IncidentKind::TrunkFailure, _) => kind.is_from_outside(),
                (IncidentKind::Surge, Kind::Queue(queue)) => {
                    kind.is_from_outside() && incident.queue.is_none_or(|name| name == QUEUES[queue].name)
                }
                _ => false,
            };
            if holds && concerns { incident.strength } else { 1.0 }
        };
        let near = self.incidents.partition_point(|incident| incident.from_us <= at_us);
        self.incidents[near.saturating_sub(8)..near].iter().map(factor).product()
    }

    pub(super) fn somebody_calls(&mut self, kind: Kind) {
        if kind.is_from_outside() && self.is_active(IncidentKind::TrunkFailure).is_some() {
            return;
        }
        let demand = match kind {
            Kind::Queue(queue) if QUEUES[queue].is_internal => {
                // Colleagues know when it is served.
                let target = call::Target::Queue(QUEUES[queue].name.into());
                if !self.site.plan.is_open(Some(&target), self.now_us()) {
                    return;
                }
                let Some(from) = self.somebody_free() else { return };
                Demand::of_phone(from, super::calls::Dialled::Queue(queue))
            }
            Kind::Queue(queue) => self.outsider(super::calls::Dialled::Queue(queue)),
            Kind::Direct => {
                let to = self.chance.by_weight(&self.people.weights);
                self.outsider(super::calls::Dialled::Person(to))
            }
            Kind::Internal => {
                let to = self.chance.by_weight(&self.people.weights);
                let Some(from) = self.somebody_free().filter(|from| *from != to) else { return };
                Demand::of_phone(from, super::calls::Dialled::Person(to))
            }
            Kind::Outgoing => {
                let number = self.caller();
                let Some(from) = self.somebody_free() else { return };
                Demand::of_phone(from, super::calls::Dialled::Outside(number))
            }
        };
        self.arrive(demand);
    }

    fn outsider(&mut self, to: super::calls::Dialled) -> Demand {
        let caller = if self.chance.happens(WITHHELD) { None } else { Some(self.caller()) };
        Demand { from: None, caller, to, tries: 0 }
    }

    /// A person outside.
    fn caller(&mut self) -> u64 {
        if self.chance.happens(OFTEN) {
            self.chance.below(OFTEN_CALLERS) as u64
        } else {
            let people = self.parameters.inhabitants as usize * 3 / 2;
            (OFTEN_CALLERS + self.chance.below(people)) as u64
        }
    }

    /// Somebody of the municipality, but for the operators, whose phone is free.
    fn somebody_free(&mut self) -> Option<usize> {
        (0..8).find_map(|_| {
            let person = self.chance.by_weight(&self.people.weights);
            (!self.people.all[person].is_busy).then_some(person)
        })
    }
}
