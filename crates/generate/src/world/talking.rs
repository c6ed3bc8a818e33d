//! Two talk; the operators send callers on.

use super::World;
use super::calls::{Dialled, Stage};
use super::consulting::Chain;
use crate::profile::{OPERATORS, QUEUES};
use crate::tell::Leg;
use call::event::{DialStatus, TransferKind};
use call::{Body, Party, Text};

/// The one who talks to the caller.
#[derive(Debug)]
pub(super) enum Side {
    Person(usize),
    Outside,
    /// A member of a queue.
    Member {
        queue: usize,
        member: usize,
    },
    /// A person whom an operator has asked first.
    Handed {
        person: usize,
        chain: Chain,
    },
}

#[derive(Debug)]
pub(super) struct Talk {
    pub leg: Leg,
    pub bridge: Text,
    pub side: Side,
}

/// Operators send callers of the main number on, and some of the others.
const SENT_OF_MAIN: f64 = 0.72;
const SENT_OF_OTHERS: f64 = 0.30;
/// To a queue rather than a person.
const SENT_TO_QUEUE: f64 = 0.25;
/// To a person after asking.
const ASKED_FIRST: f64 = 0.35;

impl World {
    /// The talk is over: somebody hangs up, or the operator sends the caller on.
    pub(super) fn talked(&mut self, slot: usize, talk: Talk) {
        if let Side::Member { queue: OPERATORS, member } = talk.side
            && self.is_sent_on(slot)
        {
            self.send_on(slot, talk, member);
            return;
        }
        self.hang_up(slot, talk);
    }

    fn is_sent_on(&mut self, slot: usize) -> bool {
        let Some(call) = &self.calls[slot] else { return false };
        if call.was_sent {
            return false;
        }
        let is_main = matches!(call.demand.to, Dialled::Queue(OPERATORS));
        self.chance.happens(if is_main { SENT_OF_MAIN } else { SENT_OF_OTHERS })
    }

    fn hang_up(&mut self, slot: usize, talk: Talk) {
        let Some(call) = &self.calls[slot] else { return };
        let caller = call.leg.clone();
        let by_caller = self.chance.happens(0.6);
        let Talk { leg, bridge, side } = talk;
        if let Side::Handed { person, chain } = side {
            self.hang_up_chain(slot, &caller, &bridge, person, &chain, by_caller);
            return;
        }
        self.teller.tell(if by_caller { &caller } else { &leg }, Body::HangupRequested);
        self.teller.left(&leg, &bridge);
        self.teller.left(&caller, &bridge);
        self.teller.ended(&leg, 16);
        match side {
            Side::Member { queue, member } => self.member_is_done(queue, member),
            Side::Person(person) => {
                self.teller.tell(&caller, Body::DialGaveUp { status: DialStatus::Answer });
                self.people.all[person].is_busy = false;
                self.tell_of_person(person);
            }
            Side::Outside | Side::Handed { .. } => {
                self.teller.tell(&caller, Body::DialGaveUp { status: DialStatus::Answer });
            }
        }
        self.end(slot, 16);
    }

    fn send_on(&mut self, slot: usize, talk: Talk, member: usize) {
        if let Some(call) = &mut self.calls[slot] {
            call.was_sent = true;
        }
        if self.chance.happens(SENT_TO_QUEUE)
            && let Some(queue) = self.queue_to_send_to()
        {
            self.transfer_blind(slot, &talk, member, Party::Own(QUEUES[queue].number.into()));
            self.enter_queue(slot, queue);
            return;
        }
        let person = self.chance.by_weight(&self.people.weights);
        if self.chance.happens(ASKED_FIRST) {
            if self.people.all[person].is_busy {
                // The operator sees it, and takes a message.
                let in_us = self.chance.length_us(QUEUES[OPERATORS].talk);
                self.stage(slot, Stage::Talking(talk), in_us);
            } else {
                self.consult(slot, talk, member, person);
            }
            return;
        }
        let to = Party::Own(self.people.all[person].extension.clone());
        self.transfer_blind(slot, &talk, member, to);
        self.seek(slot, person);
    }

    /// A group whose members are there.
    fn queue_to_send_to(&mut self) -> Option<usize> {
        let queue = 1 + self.chance.below(QUEUES.len() - 2);
        (self.serving(queue) > 0).then_some(queue)
    }

    fn transfer_blind(&mut self, slot: usize, talk: &Talk, member: usize, to: Party) {
        let Some(call) = &mut self.calls[slot] else { return };
        call.truth.transfers += 1;
        let caller = call.leg.clone();
        let Talk { leg, bridge, .. } = talk;
        let (transferer, transferee) = (Some(leg.id.clone()), Some(caller.id.clone()));
        self.teller.tell(
            &caller,
            Body::Transferred {
                kind: TransferKind::Blind,
                succeeded: true,
                transferer,
                second: None,
                transferee,
                target: None,
                to,
            },
        );
        self.teller.left(leg, bridge);
        self.teller.ended(leg, 16);
        self.teller.left(&caller, bridge);
        self.member_is_done(OPERATORS, member);
    }
}
