//! What is known after nothing was known.

use super::Assembler;
use super::live::{Ending, Live, Stage};
use crate::event::{Endpoint, Event};
use crate::{CallKey, PassResult, Text};
use std::collections::BTreeSet;

/// Calls are ended for their age once a minute, and the PBX tells ages in whole seconds.
const AGE_MARGIN_US: i64 = 65_000_000;

impl Assembler {
    /// Marks the calls of the node as touched by this event.
    fn touch_node(&mut self) -> BTreeSet<CallKey> {
        let groups = self.legs.groups_of_node(&self.step.node);
        self.step.touched.extend(groups.iter().copied());
        groups
    }

    /// Whatever is alive now may have done anything in between. `lost`: records of it were lost.
    pub(super) fn gap(&mut self, lost: bool) {
        for key in self.touch_node() {
            let Some(live) = self.groups.get_mut(&key) else { continue };
            live.is_partial = true;
            live.is_untold |= lost && live.human.is_none() && live.stage != Stage::Mailbox;
            if live.counts() {
                self.step.dirty.insert(key);
            }
        }
    }

    pub(super) fn snapshot_started(&mut self) {
        self.touch_node();
        self.looks.insert(self.step.node.clone(), BTreeSet::new());
    }

    pub(super) fn leg_seen(&mut self, event: &Event, endpoint: &Endpoint, age_us: i64, bridge: Option<&str>) {
        let Some(id) = event.leg.as_deref() else { return };
        if let Some(seen) = self.looks.get_mut(&self.step.node) {
            seen.insert(id.into());
        }
        self.is_back(id);
        let at_us = self.step.at_us;
        if !self.legs.contains(id) {
            let linked = event.linked.as_deref();
            let started_us = at_us.saturating_sub(age_us);
            if linked.is_some_and(|linked| linked != id) && !self.was_of_ended(id) {
                self.leg_implied(id, linked, endpoint);
            } else if self.is_too_old(started_us) || self.is_known_to_be_over(id) {
                return;
            } else {
                self.leg_born_late(id, endpoint, started_us);
            }
        }
        self.touch(id);
        if let Some(bridge) = bridge {
            self.bridges.enter(id, bridge);
        }
    }

    /// Its call has been ended for its age, or will be at once: it must not become another one.
    fn is_too_old(&self, started_us: i64) -> bool {
        let max_us = self.plan.max_call_age_us;
        max_us > 0 && started_us < self.step.at_us.saturating_sub(max_us).saturating_add(AGE_MARGIN_US)
    }

    pub(super) fn queue_caller_seen(&mut self, leg: &str, queue: &str, wait_us: i64) {
        let joined_us = self.step.at_us.saturating_sub(wait_us);
        if self.touch(leg).is_some_and(|live| live.open_pass(leg).is_some()) {
            return;
        }
        if self.touch(leg).is_some_and(|live| live.waits_after_all(leg, queue)) {
            self.change(leg);
            self.note_waiting(leg);
        } else {
            let now_us = std::mem::replace(&mut self.step.at_us, joined_us);
            self.queue_joined(leg, queue);
            self.step.at_us = now_us;
        }
    }

    pub(super) fn snapshot_ended(&mut self) {
        self.touch_node();
        let Some(seen) = self.looks.remove(&self.step.node) else { return };
        for leg in self.legs.of_node(&self.step.node).into_iter().filter(|leg| !seen.contains(leg)) {
            if !self.miss(&leg) {
                self.end_unseen(&leg, Ending::NotSeen);
            }
        }
    }

    /// The caller of a call was not shown. One answer of the PBX may be garbled: the call is unknown from here on, but its last
    /// version waits until nothing can come of it any more. True if that is all there is to do.
    fn miss(&mut self, leg: &Text) -> bool {
        let at_us = self.step.at_us;
        let can_age = self.plan.max_call_age_us > 0;
        let Some(live) = self.touch(leg) else { return true };
        if !can_age || !live.counts() || live.caller_leg() != Some(leg) {
            return false;
        }
        let already = live.caller.as_ref().is_some_and(|caller| caller.ended.is_some());
        if !already {
            live.is_partial = true;
            live.pass_ends_with(leg, at_us, Ending::NotSeen);
            if let Some(caller) = &mut live.caller {
                caller.ended = Some((at_us, Ending::NotSeen));
            }
            self.change(leg);
            self.bridges.leave(leg);
        }
        if let Some(leg) = self.legs.get_mut(leg) {
            leg.held = false;
        }
        self.missed.insert(leg.clone());
        true
    }

    /// An event of a leg that a look at the whole PBX had not shown.
    pub(super) fn heard_of_again(&mut self, event: &Event) {
        if let Some(leg) = event.leg.as_deref() {
            self.is_back(leg);
        }
    }

    fn is_back(&mut self, id: &str) {
        if self.missed.is_empty() || !self.missed.remove(id) {
            return;
        }
        if let Some(seen) = self.looks.get_mut(&self.step.node) {
            seen.insert(id.into());
        }
        if let Some(caller) = self.change(id).and_then(|live| live.caller.as_mut()) {
            caller.ended = None;
        }
    }

    pub(super) fn all_gone(&mut self, ending: Ending) {
        self.looks.remove(&self.step.node);
        for leg in self.legs.of_node(&self.step.node) {
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

impl Live {
    /// The queue tells of a caller whom a look at the PBX did not show: it is the same stay.
    pub(super) fn waits_after_all(&mut self, leg: &str, queue: &str) -> bool {
        let Some(pass) = self.passes.last_mut().filter(|pass| pass.is_unseen) else { return false };
        if &*pass.leg != leg || &*pass.queue != queue {
            return false;
        }
        (pass.result, pass.left_us, pass.is_unseen) = (PassResult::InProgress, None, false);
        true
    }
}
