//! Callers on hold, and callers in a parking space.

use super::Assembler;
use super::live::{Human, Live, Stage};
use crate::event::Endpoint;
use crate::{Reach, Text};

/// A second line that began so shortly before the hold belongs to it.
const SECOND_LINE_US_MAX: i64 = 1_000_000;

impl Assembler {
    pub(super) fn set_held(&mut self, leg: &str, held: bool) {
        self.touch(leg);
        if let Some(leg) = self.legs.get_mut(leg) {
            leg.held = held;
        }
        if held {
            self.consultation_had_begun(leg);
        }
    }

    /// The phone's second line may be told a moment before the hold that makes it a consultation.
    fn consultation_had_begun(&mut self, held: &str) {
        let since_us = self.step.at_us - SECOND_LINE_US_MAX;
        let Some(into) = self.legs.get(held).map(|leg| leg.group) else { return };
        let Some(device) = self.legs.get(held).and_then(|leg| leg.device().cloned()) else { return };
        if self.plan.trunks.contains(&device) || !self.groups.get(&into).is_some_and(|live| live.counts()) {
            return;
        }
        let begun = |id: &&Text| {
            let other = self.legs.get(id).filter(|leg| leg.group != into);
            let live = other.and_then(|leg| self.groups.get(&leg.group));
            let caller = live.and_then(|live| live.caller.as_ref()).filter(|caller| caller.leg == **id);
            caller.is_some_and(|caller| caller.arrived_us >= since_us)
        };
        let second = self.legs.of_device(&device).iter().find(begun).and_then(|id| self.legs.get(id));
        if let Some(from) = second.map(|leg| leg.group) {
            self.absorb(from, into);
        }
    }

    pub(super) fn parked(&mut self, leg: &str) {
        if let Some(leg) = self.legs.get_mut(leg) {
            (leg.parked, leg.unparked) = (true, false);
        }
        let Some(live) = self.touch(leg) else { return };
        if live.caller_leg() == Some(leg) && live.human.is_none() {
            live.goes_on(Stage::Held);
            self.change(leg);
        }
    }

    pub(super) fn unparked(&mut self, leg: &str) {
        if let Some(leg) = self.legs.get_mut(leg).filter(|leg| leg.parked) {
            (leg.parked, leg.unparked) = (false, true);
        }
        let Some(live) = self.touch(leg) else { return };
        if live.stage == Stage::Held {
            live.goes_on(Stage::Menu);
            self.change(leg);
        }
        self.taken_from_parking(leg);
    }

    /// Whoever dialled the parking space speaks to the caller who stood there. `leg` is one of the two.
    pub(super) fn taken_from_parking(&mut self, leg: &str) {
        let was_parked = |id: &&Text| self.legs.get(id).is_some_and(|leg| leg.unparked);
        let leg: Text = leg.into();
        let Some(caller) = std::iter::once(&leg).chain(self.bridges.beside(&leg)).find(was_parked).cloned()
        else {
            return;
        };
        let takes = |id: &Text| self.legs.get(id).filter(|leg| leg.incoming).and_then(|leg| leg.device());
        let taker = self.partners(&caller).into_iter().find_map(|id| Some((takes(id)?.clone(), id.clone())));
        let Some((device, taker)) = taker.filter(|(device, _)| !self.plan.trunks.contains(device)) else {
            return;
        };
        self.touch(&taker);
        if let (Some(serving), Some(parked)) = (self.legs.get(&taker), self.legs.get(&caller)) {
            let (from, into) = (serving.group, parked.group);
            if !self.groups.get(&from).is_some_and(|live| live.counts()) {
                self.absorb(from, into);
            }
        }
        self.speaks_to(&caller, &taker, &device);
    }

    fn speaks_to(&mut self, caller: &str, taker: &str, device: &Text) {
        let at_us = self.step.at_us;
        if let Some(leg) = self.legs.get_mut(caller) {
            leg.unparked = false;
        }
        if let Some(leg) = self.legs.get_mut(taker) {
            leg.answered_us.get_or_insert(at_us);
        }
        let sought = self.touch(caller).and_then(|live| live.sought_now.clone());
        let reach = self.reach_of(device, sought.as_deref());
        let Some(live) = self.change(caller).filter(|live| live.caller_leg() == Some(caller)) else { return };
        live.seeks();
        live.goes_on(Stage::Talking);
        if live.human.is_none() {
            live.human = Some(Human { at_us, by: Some(device.clone()), ring_us: None, reach });
        }
        live.last_spoken = Some((device.clone(), reach));
        if reach == Reach::Operator {
            live.operator.get_or_insert_with(|| device.clone());
        }
    }

    /// A phone that was dialled for the caller is connected to the caller: it has answered, though the event is lost.
    pub(super) fn answered_unheard(&mut self, leg: &str) {
        let Some(live) = self.legs.get(leg).and_then(|leg| self.groups.get(&leg.group)) else { return };
        let Some(caller) = live.caller_leg().filter(|_| live.human.is_none()).map(Text::from) else { return };
        let partners: Vec<Text> = self.partners(&caller).into_iter().cloned().collect();
        for id in partners {
            let Some(partner) = self.legs.get(&id).filter(|leg| leg.answered_us.is_none()) else { continue };
            let Some(dialler) = partner.dialled_by.clone() else { continue };
            let endpoint = partner.endpoint.clone();
            self.dial_ended(Some(&dialler), &id, &endpoint, crate::event::DialStatus::Answer);
        }
    }

    /// Whether the caller of a call, whose leg this is, hears nobody because the others want it so. Only legs of the same call
    /// tell it: a bridge of parked callers holds other calls' legs as well.
    pub(super) fn is_on_hold(&self, leg: &str) -> bool {
        let Some(here) = self.legs.get(leg) else { return false };
        let Some(live) = self.groups.get(&here.group).filter(|live| live.caller_leg() == Some(leg)) else {
            return false;
        };
        let holds = |id: &&Text| self.legs.get(id).is_some_and(|leg| leg.held && leg.group == here.group);
        here.parked || self.partners(leg).iter().any(holds) || self.is_left_alone(leg, live)
    }

    /// Nobody is connected to the caller, and somebody of the call holds, or speaks to others meanwhile: by keys of the phone
    /// the PBX takes the one who asks a colleague out of the caller's bridge.
    fn is_left_alone(&self, leg: &str, live: &Live) -> bool {
        let is_ours = |id: &Text| live.legs.contains(id);
        let accompanied = |id: &str| self.bridges.beside(id).any(|other| &**other != id && is_ours(other));
        if accompanied(leg) {
            return false;
        }
        let waits_in_bridge = live.human.is_some() && self.bridges.beside(leg).next().is_some();
        let is_elsewhere = |id: &Text| {
            let other = self.legs.get(id).filter(|other| matches!(other.endpoint, Endpoint::Device(_)));
            other.is_some_and(|other| if accompanied(id) { waits_in_bridge } else { other.held })
        };
        live.legs.iter().any(|id| &**id != leg && is_elsewhere(id))
    }
}

impl Live {
    /// The caller is gone, from hold or not.
    pub(super) fn caller_left(&mut self, on_hold: bool) {
        let began_on_hold = self.caller.as_ref().is_some_and(|caller| caller.hung_up_on_hold);
        if !on_hold && !began_on_hold {
            return;
        }
        match self.stage {
            _ if self.human.is_some() => self.left_on_hold = true,
            Stage::Menu | Stage::Ringing | Stage::RangOut(_) => self.stage = Stage::Held,
            Stage::Queue(_)
            | Stage::Mailbox
            | Stage::Talking
            | Stage::Outside
            | Stage::Refused
            | Stage::Held => {}
        }
    }
}
