//! One call, from the first leg to the last.

use super::{Action, World};
use crate::chance::us;
use crate::incidents::IncidentKind;
use crate::profile::{self, OPERATORS, QUEUES, TRIES_AGAIN, TRIES_AGAIN_AFTER};
use crate::tell::{Leg, phone};
use crate::truth::{TrueStay, Truth};
use call::event::Endpoint;
use call::{Body, Cause, CauseKind, Direction, LostStage, Outcome, PassResult, Reach, Target, Text};

/// What somebody wants.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    /// The caller's own phone; none: from outside.
    pub from: Option<usize>,
    /// Who calls from outside; none: does not show the number.
    pub caller: Option<u64>,
    pub to: Dialled,
    /// How often this caller was lost before.
    pub tries: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Dialled {
    Queue(usize),
    Person(usize),
    Outside(u64),
}

impl Demand {
    pub fn of_phone(from: usize, to: Dialled) -> Self {
        Self { from: Some(from), caller: None, to, tries: 0 }
    }
}

/// A call at one of its steps: what was planned for an earlier step is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CallId {
    pub slot: usize,
    pub leg: u64,
    pub step: u32,
}

/// Where a call stands, and what comes next.
#[derive(Debug)]
pub(super) enum Stage {
    /// Hears that the call was taken.
    Menu(usize),
    /// Hears a message, after which the PBX hangs up.
    Message,
    Ringing(super::ringing::Ringing),
    Waiting(super::queues::Waiting),
    Talking(super::talking::Talk),
    /// The operator asks somebody.
    Consulting(super::consulting::Consultation),
    Mailbox {
        leaves_message: bool,
    },
    /// Between two stages.
    Moving,
}

#[derive(Debug)]
pub(super) struct Call {
    pub leg: Leg,
    pub demand: Demand,
    pub step: u32,
    pub stage: Stage,
    pub is_open: bool,
    /// The operator has sent it to somebody.
    pub was_sent: bool,
    /// Why the operators will get it.
    pub cause: Option<Cause>,
    pub truth: Truth,
}

impl World {
    pub(super) fn arrive(&mut self, demand: Demand) {
        let now_us = self.now_us();
        if demand.from.is_none() && self.is_active(IncidentKind::TrunkFailure).is_some() {
            return;
        }
        let leg = self.teller.leg(None);
        let (endpoint, caller, direction) = match demand.from {
            Some(person) => {
                self.people.all[person].is_busy = true;
                self.tell_of_person(person);
                let extension = self.people.all[person].extension.clone();
                let direction = match demand.to {
                    Dialled::Outside(_) => Direction::Outgoing,
                    _ => Direction::Internal,
                };
                (phone(&extension), call::Party::Own(extension), direction)
            }
            None => {
                let caller = demand.caller.map_or(call::Party::Unknown, |caller| self.outside(caller));
                (Endpoint::Device(self.site.trunk.clone()), caller, Direction::External)
            }
        };
        let (dialled, target) = self.dialled(demand.to);
        self.teller.started(&leg, endpoint, true, caller, dialled);
        let is_open = self.site.plan.is_open(target.as_ref(), now_us);
        let truth = Truth {
            leg: leg.id.clone(),
            direction,
            arrived_us: now_us,
            ended_us: now_us,
            answered_us: None,
            answered_by: None,
            outcome: Outcome::Unknown,
            reach: Reach::None,
            lost_stage: None,
            cause: None,
            transfers: 0,
            message_left: None,
            stays: Vec::new(),
            is_partly_heard: self.teller.is_deaf,
        };
        let to = demand.to;
        let call =
            Call { leg, demand, step: 0, stage: Stage::Moving, is_open, was_sent: false, cause: None, truth };
        let slot = self.keep(call);
        match to {
            Dialled::Queue(queue) if is_open => {
                let in_us = us(self.chance.between(0.4, 0.6));
                self.stage(slot, Stage::Menu(queue), in_us);
            }
            Dialled::Queue(_) => self.hears_message(slot),
            Dialled::Person(person) => self.seek(slot, person),
            Dialled::Outside(number) => self.ring_outside(slot, number),
        }
    }

    fn dialled(&self, to: Dialled) -> (call::Party, Option<Target>) {
        match to {
            Dialled::Queue(queue) => {
                let queue = &QUEUES[queue];
                (call::Party::Own(queue.number.into()), Some(Target::Queue(queue.name.into())))
            }
            Dialled::Person(person) => {
                let extension = self.people.all[person].extension.clone();
                (call::Party::Own(extension.clone()), Some(Target::Extension(extension)))
            }
            Dialled::Outside(number) => (self.outside(number), None),
        }
    }

    fn keep(&mut self, call: Call) -> usize {
        match self.free_slots.pop() {
            Some(slot) => {
                self.calls[slot] = Some(call);
                slot
            }
            None => {
                self.calls.push(Some(call));
                self.calls.len() - 1
            }
        }
    }

    /// The call is in this stage from now on; after `in_us` it goes on.
    pub(super) fn stage(&mut self, slot: usize, stage: Stage, in_us: i64) {
        let Some(call) = &mut self.calls[slot] else { return };
        call.step += 1;
        call.stage = stage;
        let id = CallId { slot, leg: call.leg.number, step: call.step };
        self.plan_in(in_us, Action::Call(id));
    }

    pub(super) fn at(&mut self, id: CallId) -> Option<&mut Call> {
        self.calls.get_mut(id.slot)?.as_mut().filter(|call| call.leg.number == id.leg && call.step == id.step)
    }

    /// Takes the stage out.
    pub(super) fn goes_on(&mut self, id: CallId) {
        let Some(call) = self.at(id) else { return };
        let slot = id.slot;
        match std::mem::replace(&mut call.stage, Stage::Moving) {
            Stage::Menu(queue) => self.enter_queue(slot, queue),
            Stage::Message => self.end(slot, 16),
            Stage::Ringing(ringing) => self.rang(slot, ringing),
            Stage::Waiting(waiting) => self.waited_enough(slot, waiting),
            Stage::Talking(talk) => self.talked(slot, talk),
            Stage::Consulting(consultation) => self.consulted(slot, consultation),
            Stage::Mailbox { leaves_message } => {
                let leg = call.leg.clone();
                if call.truth.answered_us.is_none() {
                    call.truth.outcome = Outcome::Voicemail;
                    call.truth.reach = Reach::PersonalVoicemail;
                }
                call.truth.message_left = Some(leaves_message);
                self.teller.tell(&leg, Body::HangupRequested);
                if leaves_message {
                    self.teller.tell(&leg, Body::MessageLeft);
                }
                self.end(slot, 0);
            }
            Stage::Moving => {}
        }
    }

    pub(super) fn hears_message(&mut self, slot: usize) {
        let in_us = us(self.chance.between(5.0, 12.0));
        self.stage(slot, Stage::Message, in_us);
    }

    /// Why the operators will get this call, if they do.
    pub(super) fn because(
        &mut self,
        slot: usize,
        kind: CauseKind,
        not_diverted: Option<call::NotDiverted>,
        reason: Option<&str>,
    ) {
        let Some(call) = &mut self.calls[slot] else { return };
        let (after_transfer, reason) = (call.was_sent, reason.map(Text::from));
        call.cause = Some(Cause { kind, not_diverted, reason, after_transfer });
    }

    /// It is lost, if nobody has answered.
    pub(super) fn lost(&mut self, slot: usize, outcome: Outcome, stage: LostStage) {
        let Some(call) = &mut self.calls[slot] else { return };
        if call.truth.answered_us.is_some() {
            return;
        }
        (call.truth.outcome, call.truth.reach) = (outcome, Reach::Lost);
        call.truth.lost_stage = Some(stage);
    }

    pub(super) fn answered(&mut self, slot: usize, by: &Text, reach: Reach) {
        let now_us = self.now_us();
        let Some(call) = &mut self.calls[slot] else { return };
        if call.truth.answered_us.is_none() {
            call.truth.answered_us = Some(now_us);
            call.truth.answered_by = Some(by.clone());
            call.truth.outcome = Outcome::Answered;
            call.truth.reach = if call.truth.direction == Direction::Outgoing { Reach::None } else { reach };
        }
    }

    pub(super) fn stayed(
        &mut self,
        slot: usize,
        queue: usize,
        joined_us: i64,
        result: PassResult,
        by: Option<Text>,
    ) {
        let wait_us = self.now_us() - joined_us;
        let Some(call) = &mut self.calls[slot] else { return };
        let stay = TrueStay { queue: QUEUES[queue].name, joined_us, wait_us, result, answered_by: by };
        call.truth.stays.push(stay);
        if queue == OPERATORS && call.truth.cause.is_none() {
            call.truth.cause = call.cause.clone();
        }
    }

    /// The caller's own leg is gone, and with it the call.
    pub(super) fn end(&mut self, slot: usize, cause: u16) {
        let now_us = self.now_us();
        let Some(mut call) = self.calls[slot].take() else { return };
        self.free_slots.push(slot);
        self.teller.ended(&call.leg, cause);
        if let Some(person) = call.demand.from {
            self.people.all[person].is_busy = false;
            self.tell_of_person(person);
        }
        call.truth.ended_us = now_us;
        call.truth.is_partly_heard |= self.teller.is_deaf || self.was_deaf_since(call.truth.arrived_us);
        if !call.is_open && call.truth.direction != Direction::Outgoing {
            call.truth.close();
        }
        self.may_try_again(&call);
        if let Some(truths) = &mut self.truths {
            truths.push(call.truth);
        }
    }

    fn may_try_again(&mut self, call: &Call) {
        let is_lost = call.truth.outcome.is_lost() && call.truth.direction == Direction::External;
        if is_lost
            && call.demand.tries < 4
            && call.demand.caller.is_some()
            && self.chance.happens(TRIES_AGAIN)
        {
            let in_us = self.chance.length_us(TRIES_AGAIN_AFTER);
            let demand = Demand { tries: call.demand.tries + 1, ..call.demand.clone() };
            if self.now_us() + in_us < self.end_us {
                self.plan_in(in_us, Action::CallsAgain(Box::new(demand)));
            }
        }
    }

    pub(super) fn talk_length_us(&mut self, slot: usize) -> i64 {
        let direction = self.calls[slot].as_ref().map(|call| call.truth.direction);
        self.chance.length_us(match direction {
            Some(Direction::Internal) => profile::TALK_INTERNAL,
            Some(Direction::Outgoing) => profile::TALK_OUTGOING,
            _ => profile::TALK_DIRECT,
        })
    }

    pub(super) fn falls_to_operators(&mut self, slot: usize) {
        let is_open = self.calls[slot].as_ref().is_some_and(|call| call.is_open);
        if is_open {
            self.enter_queue(slot, OPERATORS);
        } else {
            self.hears_message(slot);
        }
    }
}

impl Truth {
    /// Nobody was meant to be there.
    fn close(&mut self) {
        if self.answered_us.is_none()
            && self.outcome != Outcome::Voicemail
            && self.outcome != Outcome::FlowedOut
        {
            (self.outcome, self.reach, self.lost_stage) = (Outcome::Closed, Reach::None, None);
        }
    }
}
