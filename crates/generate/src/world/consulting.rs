//! The operator asks a person before handing the caller over: with a pair of channels inside the PBX, as it was recorded.

use super::World;
use super::calls::Stage;
use super::talking::{Side, Talk};
use crate::chance::{Length, us};
use crate::profile::{OPERATORS, PICK_UP};
use crate::tell::{Leg, phone};
use call::event::{DialStatus, Endpoint, TransferKind};
use call::{Body, Party, Text};

/// What leads from the caller's bridge to the person.
#[derive(Debug)]
pub(super) struct Chain {
    near: Leg,
    far: Leg,
    person_leg: Leg,
    bridge: Text,
}

#[derive(Debug)]
pub(super) struct Consultation {
    talk: Talk,
    member: usize,
    person: usize,
    near: Leg,
    far: Leg,
    person_leg: Leg,
    /// Of the operator and the near half.
    asking: Text,
    /// Of the far half and the person, when they talk.
    answered: Option<Text>,
}

const ASKS: Length = Length { median: 9.0, sigma: 0.5 };

impl World {
    pub(super) fn consult(&mut self, slot: usize, talk: Talk, member: usize, person: usize) {
        let Some(call) = &self.calls[slot] else { return };
        let caller = call.leg.clone();
        let legs = [(); 3].map(|()| self.teller.leg(Some(&caller)));
        let [near, far, person_leg] = legs;
        let extension = self.people.all[person].extension.clone();
        self.people.all[person].is_busy = true;
        let half = |far| Endpoint::Internal { far };
        self.teller.tell(&talk.leg, Body::Held);
        self.teller.started(&near, half(false), false, Party::Unknown, Party::Unknown);
        self.teller.started(&far, half(true), true, Party::Unknown, Party::Own(extension.clone()));
        self.teller.tell_of(Some(&near), Body::HalvesPaired { near: near.id.clone(), far: far.id.clone() });
        let asking = self.teller.bridge();
        self.teller.tell(&near, Body::BridgeEntered { bridge: asking.clone() });
        self.teller.started(
            &person_leg,
            phone(&extension),
            false,
            Party::Own(extension.clone()),
            Party::Unknown,
        );
        self.teller.left(&talk.leg, &talk.bridge);
        self.teller.tell(&talk.leg, Body::BridgeEntered { bridge: asking.clone() });
        let dest = person_leg.id.clone();
        self.teller.tell(&far, Body::DialStarted { dest: dest.clone(), endpoint: phone(&extension) });
        self.teller.tell_of(Some(&near), Body::DialRinging { dest: near.id.clone() });
        self.teller.tell(&far, Body::DialRinging { dest });
        self.tell_of_person(person);
        let in_us = self.chance.length_us(PICK_UP).min(us(18.0));
        let consultation =
            Consultation { talk, member, person, near, far, person_leg, asking, answered: None };
        self.stage(slot, Stage::Consulting(consultation), in_us);
    }

    pub(super) fn consulted(&mut self, slot: usize, consultation: Consultation) {
        if consultation.answered.is_some() {
            self.hand_over(slot, consultation)
        } else {
            self.person_answers(slot, consultation)
        }
    }

    fn person_answers(&mut self, slot: usize, consultation: Consultation) {
        let Consultation { near, far, person_leg, person, .. } = &consultation;
        let endpoint = phone(&self.people.all[*person].extension);
        let status = DialStatus::Answer;
        self.teller.tell(far, Body::DialGaveUp { status });
        self.teller.tell(far, Body::DialEnded { dest: person_leg.id.clone(), endpoint, status });
        let inside = Endpoint::Internal { far: false };
        self.teller.tell_of(Some(near), Body::DialEnded { dest: near.id.clone(), endpoint: inside, status });
        let answered = Some(self.teller.bridged([person_leg, far]));
        let in_us = self.chance.length_us(ASKS);
        self.stage(slot, Stage::Consulting(Consultation { answered, ..consultation }), in_us);
    }

    fn hand_over(&mut self, slot: usize, consultation: Consultation) {
        let Consultation { talk, member, person, near, far, person_leg, asking, answered } = consultation;
        let Some(call) = &mut self.calls[slot] else { return };
        call.truth.transfers += 1;
        let caller = call.leg.clone();
        let Talk { leg, bridge, .. } = talk;
        self.teller.tell(&leg, Body::HangupRequested);
        self.teller.left(&leg, &asking);
        self.teller.left(&near, &asking);
        self.teller.tell(&near, Body::BridgeEntered { bridge: bridge.clone() });
        self.teller.tell(
            &caller,
            Body::Transferred {
                kind: TransferKind::Attended,
                succeeded: true,
                transferer: Some(leg.id.clone()),
                second: Some(leg.id.clone()),
                transferee: Some(caller.id.clone()),
                target: Some(near.id.clone()),
                to: Party::Unknown,
            },
        );
        self.teller.ended(&leg, 16);
        self.member_is_done(OPERATORS, member);
        let chain = Chain { near: near.clone(), far, person_leg, bridge: answered.unwrap_or_default() };
        let in_us = self.talk_length_us(slot);
        self.stage(
            slot,
            Stage::Talking(Talk { leg: near, bridge, side: Side::Handed { person, chain } }),
            in_us,
        );
    }

    pub(super) fn hang_up_chain(
        &mut self,
        slot: usize,
        caller: &Leg,
        bridge: &Text,
        person: usize,
        chain: &Chain,
        by_caller: bool,
    ) {
        let Chain { near, far, person_leg, bridge: inner } = chain;
        if by_caller {
            self.teller.tell(caller, Body::HangupRequested);
            self.teller.left(caller, bridge);
            self.teller.left(near, bridge);
            self.teller.ended(near, 16);
            self.teller.left(far, inner);
            self.teller.left(person_leg, inner);
            self.teller.ended(far, 16);
            self.teller.ended(person_leg, 16);
        } else {
            self.teller.tell(person_leg, Body::HangupRequested);
            self.teller.left(person_leg, inner);
            self.teller.left(far, inner);
            self.teller.tell(far, Body::DialGaveUp { status: DialStatus::Answer });
            self.teller.tell(near, Body::HangupRequested);
            self.teller.ended(far, 16);
            self.teller.ended(person_leg, 16);
            self.teller.left(near, bridge);
            self.teller.ended(near, 16);
            self.teller.left(caller, bridge);
        }
        self.people.all[person].is_busy = false;
        self.tell_of_person(person);
        self.end(slot, 16);
    }
}
