//! What is known after nothing was known.

use super::Assembler;
use super::live::{Ending, Stage};
use crate::event::{Endpoint, Event};
use crate::{CallKey, Text};
use std::collections::BTreeSet;

impl Assembler {
    fn touch_all(&mut self) {
        self.step.touched.extend(self.groups.keys().copied());
    }

    /// Whatever is alive now may have done anything in between.
    pub(super) fn gap(&mut self) {
        self.touch_all();
        let counting: Vec<CallKey> =
            self.groups.iter().filter(|(_, live)| live.counts()).map(|(key, _)| *key).collect();
        for live in self.groups.values_mut() {
            live.is_partial = true;
        }
        self.step.dirty.extend(counting);
    }

    pub(super) fn snapshot_started(&mut self) {
        self.touch_all();
        self.snapshot = Some(BTreeSet::new());
    }

    pub(super) fn leg_seen(&mut self, event: &Event, endpoint: &Endpoint, age_us: i64, bridge: Option<&str>) {
        let Some(id) = event.leg.as_deref() else { return };
        if let Some(seen) = &mut self.snapshot {
            seen.insert(id.into());
        }
        let at_us = self.step.at_us;
        if !self.legs.contains(id) {
            let linked = event.linked.as_deref();
            if linked.is_none_or(|linked| linked == id) {
                self.leg_born_late(id, endpoint, at_us.saturating_sub(age_us));
            } else {
                self.leg_implied(id, linked, endpoint);
            }
        }
        self.touch(id);
        if let Some(bridge) = bridge {
            self.bridges.enter(id, bridge);
        }
    }

    pub(super) fn queue_caller_seen(&mut self, leg: &str, queue: &str, wait_us: i64) {
        let joined_us = self.step.at_us.saturating_sub(wait_us);
        let waiting = self.touch(leg).is_some_and(|live| live.open_pass(leg).is_some());
        if !waiting {
            let now_us = std::mem::replace(&mut self.step.at_us, joined_us);
            self.queue_joined(leg, queue);
            self.step.at_us = now_us;
        }
    }

    pub(super) fn snapshot_ended(&mut self) {
        self.touch_all();
        let Some(seen) = self.snapshot.take() else { return };
        for leg in self.legs.ids().into_iter().filter(|leg| !seen.contains(leg)) {
            self.end_unseen(&leg, Ending::NotSeen);
        }
    }

    pub(super) fn all_gone(&mut self, ending: Ending) {
        self.snapshot = None;
        for leg in self.legs.ids() {
            self.end_unseen(&leg, ending);
        }
    }

    fn end_unseen(&mut self, leg: &Text, ending: Ending) {
        if let Some(live) = self.touch(leg) {
            live.is_partial = true;
            if live.stage == Stage::Ringing && live.caller_leg() != Some(leg) {
                // The phone's fate is unknown; the caller's own leg decides.
                live.stage = Stage::Menu;
            }
        }
        self.end_leg(leg, ending);
    }
}
