//! Calls that are handed over or picked up.

use super::Assembler;
use super::live::{Reason, Stage};
use crate::event::{Body, Endpoint, Event, TransferKind};
use crate::{Reach, Text};

impl Assembler {
    pub(super) fn transferred(&mut self, event: &Event) {
        let Body::Transferred { kind, succeeded, transferer, second, transferee, target, to } = &event.body
        else {
            return;
        };
        for leg in [transferer, second, transferee, target].into_iter().flatten() {
            self.touch(leg);
        }
        let of_call = transferee.as_deref().or(transferer.as_deref());
        let meant_for = match kind {
            TransferKind::Blind => to.own().and_then(|digits| self.plan.extension_behind(digits)),
            TransferKind::Attended => self.consulted(second.as_deref(), target.as_deref()),
        };
        let by = transferer.as_deref().or(second.as_deref());
        if let (Some(of_call), Some(extension)) = (of_call, &meant_for) {
            let by = by.and_then(|leg| self.legs.get(leg)?.device().cloned());
            self.note_asked_for(of_call, by, extension);
        }
        if !succeeded || self.is_repeated(of_call) {
            return;
        }
        // The transferer has let go.
        for leg in [transferer, second].into_iter().flatten() {
            if let Some(leg) = self.legs.get_mut(leg) {
                leg.held = false;
            }
        }
        match kind {
            TransferKind::Blind => self.sent_on(of_call, meant_for),
            TransferKind::Attended => {
                if let (Some(second), Some(first)) = (second.as_deref(), transferer.as_deref()) {
                    self.consultation_joins(second, first);
                }
                self.handed_over(of_call, target.as_deref(), meant_for);
            }
        }
    }

    /// The same event came once more: two transfers of one caller are not told in one moment.
    fn is_repeated(&mut self, leg: Option<&str>) -> bool {
        let at_us = self.step.at_us;
        let live = leg.and_then(|leg| self.touch(leg));
        live.is_some_and(|live| live.transferred_us.replace(at_us) == Some(at_us))
    }

    /// Sent on without a word: whoever is dialled next is whom the transferer meant.
    fn sent_on(&mut self, leg: Option<&str>, extension: Option<Text>) {
        let Some(live) = leg.and_then(|leg| self.change(leg)) else { return };
        live.transfers += 1;
        live.after_transfer = true;
        live.reason = Reason::Transferred;
        live.sought_now = extension;
    }

    /// Handed over after a talk, or while the target still rings.
    fn handed_over(&mut self, leg: Option<&str>, target: Option<&str>, meant_for: Option<Text>) {
        let Some(live) = leg.and_then(|leg| self.change(leg)) else { return };
        live.transfers += 1;
        live.after_transfer = true;
        live.reason = Reason::Transferred;
        if let Some(meant_for) = meant_for {
            // The two may have been connected before the PBX told of the transfer.
            if let Some((_, reach)) = live.last_spoken.as_mut().filter(|(by, _)| *by == meant_for) {
                *reach = Reach::SoughtPerson;
            }
            live.sought_now = Some(meant_for);
        }
        if let Some(leg) = leg.or(target) {
            self.note_who_speaks(leg);
        }
    }

    /// The extension that the transferer asked for: what the consulting leg, or the internal pair, dialled.
    fn consulted(&self, second: Option<&str>, target: Option<&str>) -> Option<Text> {
        let twin = target.and_then(|target| self.legs.get(target)?.twin.as_deref());
        [twin, target, second]
            .into_iter()
            .flatten()
            .find_map(|leg| self.plan.extension_behind(self.legs.get(leg)?.dialled.own()?))
    }

    /// A leg of the operator who answered the call dials while it goes on: that is whom the caller asked for.
    pub(super) fn operator_consults(&mut self, id: &str) {
        let Some(leg) = self.legs.get(id).filter(|leg| leg.incoming) else { return };
        let Some(live) = self.groups.get(&leg.group) else { return };
        if live.operator.is_none() || live.caller_leg() == Some(id) {
            return;
        }
        // The PBX dials on behalf of who speaks (a key in the talk) by a pair of its own; so it does for queues and diversions, but
        // not while the caller talks.
        let by = match &leg.endpoint {
            Endpoint::Device(device) => Some(device.clone()),
            Endpoint::Internal { far: true } if live.stage == Stage::Talking && live.transfers == 0 => None,
            Endpoint::Internal { .. } => return,
        };
        let extension = leg.dialled.own().and_then(|digits| self.plan.extension_behind(digits));
        if let Some(extension) = extension {
            self.note_asked_for(id, by, &extension);
        }
    }

    /// `by`, or else whoever speaks to the caller, asks for this extension.
    fn note_asked_for(&mut self, leg: &str, by: Option<Text>, extension: &Text) {
        let Some(live) = self.legs.get(leg).and_then(|leg| self.groups.get(&leg.group)) else { return };
        let by = by.or_else(|| live.last_spoken.as_ref().map(|(device, _)| device.clone()));
        if by.is_none() || by != live.operator || live.asked_for.is_some() || by.as_ref() == Some(extension) {
            return;
        }
        if let Some(live) = self.change(leg) {
            live.asked_for = Some(extension.clone());
        }
    }

    /// The transferer's second leg had been taken for a call of its own: it was a consultation.
    fn consultation_joins(&mut self, second: &str, first: &str) {
        let (Some(consulting), Some(serving)) = (self.legs.get(second), self.legs.get(first)) else { return };
        let (from, into) = (consulting.group, serving.group);
        let placed_by_transferer =
            self.groups.get(&from).is_some_and(|live| live.caller_leg() == Some(second));
        if placed_by_transferer {
            self.absorb(from, into);
        } else {
            self.join_groups(from, into);
        }
    }

    /// A colleague took what rang at `target`: the colleague's leg serves that call.
    pub(super) fn picked_up(&mut self, picker: &str, target: &str) {
        let (Some(picking), Some(rung)) = (self.legs.get(picker), self.legs.get(target)) else { return };
        let (from, into) = (picking.group, rung.group);
        self.touch(target);
        if !self.groups.get(&from).is_some_and(|live| live.counts()) {
            self.absorb(from, into);
        }
    }
}
