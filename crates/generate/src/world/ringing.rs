//! A phone rings outside of any queue.

use super::World;
use super::calls::Stage;
use super::talking::{Side, Talk};
use crate::chance::{Length, us};
use crate::incidents::IncidentKind;
use crate::profile::PICK_UP;
use crate::tell::{Leg, phone};
use call::event::{DialStatus, Endpoint};
use call::{Body, Direction, LostStage, Outcome, Party, Reach};

/// Whose phone it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Sought,
    Colleague,
    /// Somebody whom a phone of the municipality calls.
    Outside,
    /// A diversion's number outside.
    Mobile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Answered,
    RangOut,
    GivenUp,
}

#[derive(Debug)]
pub(super) struct Ringing {
    leg: Leg,
    endpoint: Endpoint,
    person: usize,
    target: Target,
    ends: Ends,
}

/// The PBX rings so long, s.
const RINGS_S: f64 = 20.0;
/// Callers who hang up while it rings: a share, and after how long.
const GIVES_UP: f64 = 0.25;
const GIVES_UP_AFTER: Length = Length { median: 15.0, sigma: 0.5 };
/// Calls out that are answered.
const ANSWERED_OUTSIDE: f64 = 0.78;

impl World {
    pub(super) fn ring(&mut self, slot: usize, person: usize, target: Target, is_there: bool) {
        let Some(call) = &self.calls[slot] else { return };
        let of = call.leg.clone();
        let leg = self.teller.leg(Some(&of));
        let extension = self.people.all[person].extension.clone();
        let endpoint = phone(&extension);
        self.people.all[person].is_busy = true;
        self.teller.started(&leg, endpoint.clone(), false, Party::Own(extension), Party::Unknown);
        self.dials(&of, &leg, &endpoint);
        self.tell_of_person(person);
        let answers_us = self.chance.length_us(PICK_UP);
        let (ends, in_us) = match answers_us < us(RINGS_S) && is_there {
            true => (Ends::Answered, answers_us),
            false => (Ends::RangOut, us(RINGS_S)),
        };
        self.rings(slot, Ringing { leg, endpoint, person, target, ends }, in_us);
    }

    fn dials(&mut self, of: &Leg, leg: &Leg, endpoint: &Endpoint) {
        let dest = leg.id.clone();
        self.teller.tell(of, Body::DialStarted { dest: dest.clone(), endpoint: endpoint.clone() });
        self.teller.tell(of, Body::DialRinging { dest });
    }

    fn rings(&mut self, slot: usize, ringing: Ringing, in_us: i64) {
        let gives_up_us = self.chance.length_us(GIVES_UP_AFTER);
        if self.chance.happens(GIVES_UP) && gives_up_us < in_us {
            self.stage(slot, Stage::Ringing(Ringing { ends: Ends::GivenUp, ..ringing }), gives_up_us);
        } else {
            self.stage(slot, Stage::Ringing(ringing), in_us);
        }
    }

    /// The phone was occupied: nothing rings.
    pub(super) fn busy(&mut self, slot: usize, person: usize, target: Target) {
        let Some(call) = &self.calls[slot] else { return };
        let of = call.leg.clone();
        let leg = self.teller.leg(Some(&of));
        let extension = self.people.all[person].extension.clone();
        let (endpoint, dest) = (phone(&extension), leg.id.clone());
        self.teller.started(&leg, endpoint.clone(), false, Party::Own(extension), Party::Unknown);
        self.teller.tell(&of, Body::DialStarted { dest: dest.clone(), endpoint: endpoint.clone() });
        self.teller.tell(&of, Body::DialEnded { dest, endpoint, status: DialStatus::Busy });
        self.teller.ended(&leg, 17);
        self.teller.tell(&of, Body::DialGaveUp { status: DialStatus::Busy });
        self.not_reached(slot, person, target, DialStatus::Busy);
    }

    /// A call out.
    pub(super) fn ring_outside(&mut self, slot: usize, number: u64) {
        let Some(call) = &self.calls[slot] else { return };
        let (of, person) = (call.leg.clone(), call.demand.from.unwrap_or_default());
        if self.is_active(IncidentKind::TrunkFailure).is_some() {
            self.trunk_fails(slot, &of);
            return;
        }
        let to = self.outside(number);
        let is_answered = self.chance.happens(ANSWERED_OUTSIDE);
        let in_us =
            if is_answered { self.chance.length_us(PICK_UP) } else { us(self.chance.between(15.0, 45.0)) };
        let ends = if is_answered { Ends::Answered } else { Ends::GivenUp };
        let ringing = self.ring_trunk(&of, person, Target::Outside, to, ends);
        self.stage(slot, Stage::Ringing(ringing), in_us);
    }

    fn trunk_fails(&mut self, slot: usize, of: &Leg) {
        let leg = self.teller.leg(Some(of));
        let endpoint = Endpoint::Device(self.site.trunk.clone());
        let (dest, status) = (leg.id.clone(), DialStatus::Congestion);
        self.teller.started(&leg, endpoint.clone(), false, Party::Unknown, Party::Unknown);
        self.teller.tell(of, Body::DialStarted { dest: dest.clone(), endpoint: endpoint.clone() });
        self.teller.tell(of, Body::DialEnded { dest, endpoint, status });
        self.teller.ended(&leg, 34);
        self.teller.tell(of, Body::DialGaveUp { status });
        self.lost(slot, Outcome::Failed, LostStage::Ringing);
        self.end(slot, 34);
    }

    /// The diversion leads to a mobile phone, which somebody or its own mailbox answers.
    pub(super) fn ring_mobile(&mut self, slot: usize) {
        let Some(call) = &self.calls[slot] else { return };
        let of = call.leg.clone();
        let ringing = self.ring_trunk(&of, 0, Target::Mobile, Party::Unknown, Ends::Answered);
        let in_us = us(self.chance.between(5.0, 20.0));
        self.rings(slot, ringing, in_us);
    }

    fn ring_trunk(&mut self, of: &Leg, person: usize, target: Target, to: Party, ends: Ends) -> Ringing {
        let leg = self.teller.leg(Some(of));
        let endpoint = Endpoint::Device(self.site.trunk.clone());
        // The PBX makes channels without a dialled number; what was dialled is the caller's.
        self.teller.started(&leg, endpoint.clone(), false, to, Party::Unknown);
        self.dials(of, &leg, &endpoint);
        Ringing { leg, endpoint, person, target, ends }
    }

    pub(super) fn rang(&mut self, slot: usize, ringing: Ringing) {
        let Some(call) = &self.calls[slot] else { return };
        let of = call.leg.clone();
        let Ringing { leg, endpoint, person, target, ends } = ringing;
        let is_inside = matches!(target, Target::Sought | Target::Colleague);
        let ended = |status| Body::DialEnded { dest: leg.id.clone(), endpoint: endpoint.clone(), status };
        match ends {
            Ends::Answered => {
                self.teller.tell(&of, Body::DialGaveUp { status: DialStatus::Answer });
                self.teller.tell(&of, ended(DialStatus::Answer));
                self.answers(slot, &of, leg, person, target);
            }
            Ends::RangOut => {
                self.teller.tell(&of, ended(DialStatus::NoAnswer));
                self.teller.tell(&of, Body::DialGaveUp { status: DialStatus::NoAnswer });
                self.teller.ended(&leg, 0);
                self.frees(person, is_inside);
                self.not_reached(slot, person, target, DialStatus::NoAnswer);
            }
            Ends::GivenUp => {
                self.teller.tell(&of, Body::HangupRequested);
                self.teller.tell(&of, ended(DialStatus::Cancel));
                self.teller.ended(&leg, 0);
                self.frees(person, is_inside);
                self.lost(slot, Outcome::Abandoned, LostStage::Ringing);
                self.end(slot, 0);
            }
        }
    }

    fn answers(&mut self, slot: usize, of: &Leg, leg: Leg, person: usize, target: Target) {
        let bridge = self.teller.bridged([&leg, of]);
        let is_inside = matches!(target, Target::Sought | Target::Colleague);
        let is_out =
            self.calls[slot].as_ref().is_some_and(|call| call.truth.direction == Direction::Outgoing);
        match target {
            Target::Mobile => self.flowed_out(slot),
            Target::Outside if is_out => self.answered_outside(slot),
            _ => {
                let extension = self.people.all[person].extension.clone();
                let reach = if target == Target::Sought { Reach::SoughtPerson } else { Reach::SameFunction };
                self.answered(slot, &extension, reach);
            }
        }
        let in_us = self.talk_length_us(slot);
        let side = if is_inside { Side::Person(person) } else { Side::Outside };
        self.stage(slot, Stage::Talking(Talk { leg, bridge, side }), in_us);
    }

    /// Somebody outside, whom nobody of the municipality knows.
    fn answered_outside(&mut self, slot: usize) {
        let now_us = self.now_us();
        let Some(call) = &mut self.calls[slot] else { return };
        call.truth.answered_us = Some(now_us);
        (call.truth.outcome, call.truth.reach) = (Outcome::Answered, Reach::None);
    }

    fn frees(&mut self, person: usize, is_inside: bool) {
        if is_inside {
            self.people.all[person].is_busy = false;
            self.tell_of_person(person);
        }
    }
}
