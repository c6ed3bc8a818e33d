//! Calls that are handed over or picked up.

use super::Assembler;
use super::live::Reason;
use crate::event::{Body, Event, TransferKind};
use crate::{Party, Reach, Text};

impl Assembler {
    pub(super) fn transferred(&mut self, event: &Event) {
        let Body::Transferred { kind, succeeded, transferer, second, transferee, target, to } = &event.body
        else {
            return;
        };
        for leg in [transferer, second, transferee, target].into_iter().flatten() {
            self.touch(leg);
        }
        if !succeeded {
            return;
        }
        let of_call = transferee.as_deref().or(transferer.as_deref());
        match kind {
            TransferKind::Blind => self.sent_on(of_call, to),
            TransferKind::Attended => {
                let meant_for = self.consulted(second.as_deref(), target.as_deref());
                if let (Some(second), Some(first)) = (second.as_deref(), transferer.as_deref()) {
                    self.consultation_joins(second, first);
                }
                self.handed_over(of_call, target.as_deref(), meant_for);
            }
        }
    }

    /// Sent on without a word: whoever is dialled next is whom the transferer meant.
    fn sent_on(&mut self, leg: Option<&str>, to: &Party) {
        let extension = to.own().filter(|digits| self.plan.is_extension(digits)).map(Text::from);
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
            .filter_map(|leg| self.legs.get(leg)?.dialled.own())
            .find(|digits| self.plan.is_extension(digits))
            .map(Into::into)
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
        if !self.groups.get(&from).is_some_and(super::Live::counts) {
            self.absorb(from, into);
        }
    }
}
