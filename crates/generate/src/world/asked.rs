//! A call to a person, and what the PBX does when the person is not there.

use super::World;
use super::calls::Stage;
use super::ringing::Target;
use crate::incidents::IncidentKind;
use crate::people::Way;
use crate::profile::UNITS;
use call::event::{DialStatus, DiversionKind};
use call::{Body, CauseKind, NotDiverted, Outcome, Party, Reach};

/// Callers who come to a mailbox and leave a message.
const LEAVES_MESSAGE: f64 = 0.55;

impl World {
    /// The caller gets this person, or whoever stands in.
    pub(super) fn seek(&mut self, slot: usize, person: usize) {
        let diverts = self.discipline(self.people.all[person].unit);
        let (date, minute, works) = (self.today, self.minute(), self.is_working_day);
        match self.people.way(person, date, minute, works, diverts) {
            Way::Diverted(kind, reason) => self.divert(slot, person, kind, reason),
            _ if self.people.all[person].is_busy => self.busy(slot, person, Target::Sought),
            Way::Here => self.ring(slot, person, Target::Sought, true),
            Way::Away => self.ring(slot, person, Target::Sought, false),
            Way::Off => {
                let Some(call) = &self.calls[slot] else { return };
                let leg = call.leg.clone();
                self.teller.tell(&leg, Body::DialGaveUp { status: DialStatus::Unavailable });
                self.not_diverted(slot, person, DialStatus::Unavailable);
            }
        }
    }

    /// Of this unit's absences, so many have a diversion now.
    fn discipline(&self, unit: usize) -> f64 {
        let UnitNow { name, discipline, a_year } = UnitNow::of(unit);
        let collapse = |incident: &&crate::Incident| {
            incident.kind == IncidentKind::DisciplineCollapse && incident.unit == Some(name)
        };
        let left = self
            .active
            .iter()
            .map(|number| &self.incidents[*number])
            .find(collapse)
            .map_or(1.0, |i| i.strength);
        (discipline + a_year * self.calendar.years(self.today)).clamp(0.05, 0.97) * left
    }

    fn divert(&mut self, slot: usize, person: usize, kind: DiversionKind, reason: &'static str) {
        let Some(call) = &self.calls[slot] else { return };
        let leg = call.leg.clone();
        let colleague = self.people.colleague(person);
        let sought = Party::Own(self.people.all[person].extension.clone());
        let to = match kind {
            DiversionKind::Colleague => Party::Own(self.people.all[colleague].extension.clone()),
            DiversionKind::Other => self.outside(u64::MAX - person as u64),
            DiversionKind::Voicemail | DiversionKind::Operator => Party::Unknown,
        };
        self.teller.tell(&leg, Body::Diverted { sought, kind, reason: reason.into(), to });
        match kind {
            DiversionKind::Operator => {
                self.because(slot, CauseKind::DivertedToOperator, None, Some(reason));
                self.falls_to_operators(slot);
            }
            DiversionKind::Voicemail => {
                self.teller.tell(&leg, Body::MailboxEntered);
                let leaves_message = self.chance.happens(LEAVES_MESSAGE);
                let (low, high) = if leaves_message { (15.0, 60.0) } else { (4.0, 14.0) };
                let in_us = crate::chance::us(self.chance.between(low, high));
                self.stage(slot, Stage::Mailbox { leaves_message }, in_us);
            }
            DiversionKind::Colleague if self.people.all[colleague].is_busy => {
                self.busy(slot, colleague, Target::Colleague);
            }
            DiversionKind::Colleague => {
                let is_there = self.chance.happens(0.75);
                self.ring(slot, colleague, Target::Colleague, is_there);
            }
            DiversionKind::Other => self.ring_mobile(slot),
        }
    }

    /// Nobody has answered.
    pub(super) fn not_reached(&mut self, slot: usize, person: usize, target: Target, status: DialStatus) {
        match target {
            Target::Sought => self.not_diverted(slot, person, status),
            Target::Colleague => {
                self.because(slot, CauseKind::ColleagueNoAnswer, None, None);
                self.falls_to_operators(slot);
            }
            Target::Outside | Target::Mobile => {}
        }
    }

    fn not_diverted(&mut self, slot: usize, person: usize, status: DialStatus) {
        let Some(call) = &self.calls[slot] else { return };
        let leg = call.leg.clone();
        let sought = Party::Own(self.people.all[person].extension.clone());
        self.teller.tell(&leg, Body::NotDiverted { sought, status });
        let why = match status {
            DialStatus::Busy => NotDiverted::Busy,
            DialStatus::Unavailable => NotDiverted::Unavailable,
            _ => NotDiverted::NoAnswer,
        };
        self.because(slot, CauseKind::NotDiverted, Some(why), None);
        self.falls_to_operators(slot);
    }

    /// Somebody outside who stands in has answered: not of this municipality.
    pub(super) fn flowed_out(&mut self, slot: usize) {
        let Some(call) = &mut self.calls[slot] else { return };
        if call.truth.answered_us.is_none() {
            (call.truth.outcome, call.truth.reach) = (Outcome::FlowedOut, Reach::None);
        }
    }
}

struct UnitNow {
    name: &'static str,
    discipline: f64,
    a_year: f64,
}

impl UnitNow {
    fn of(unit: usize) -> Self {
        let unit = &UNITS[unit];
        Self { name: unit.name, discipline: unit.discipline, a_year: unit.discipline_a_year }
    }
}
