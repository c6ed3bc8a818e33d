//! Internal callers who are taken while external ones have waited longer.
//!
//! Who serves which queue is not told while calls come in, but operator queues are the operators': whoever takes a caller
//! from one of them could have taken the others.

use super::live::LivePass;
use super::{Assembler, CallKey};
use crate::{Direction, SitePlan};

impl Assembler {
    /// `leg`'s call has joined a queue: an internal caller may be taken before this one.
    pub(super) fn note_waiting(&mut self, leg: &str) {
        let Some(key) = self.legs.get(leg).map(|leg| leg.group) else { return };
        if self.is_waiting(key) {
            self.waiting.insert(key);
        }
    }

    /// A caller was taken from the queue of this pass.
    pub(super) fn note_overtaking(&mut self, leg: &str, index: usize) {
        let at_us = self.step.at_us;
        let Some(key) = self.legs.get(leg).map(|leg| leg.group) else { return };
        let Some(taken) = self.taken_before_others(key, index) else { return };
        let (joined_us, plan) = (taken.joined_us, self.plan.clone());
        let mut overtook = 0;
        for other in &self.waiting {
            let Some(live) = self.groups.get_mut(other) else { continue };
            let longer = |pass: &&mut LivePass| stands(pass, &plan) && pass.joined_us < joined_us;
            for pass in live.passes.iter_mut().filter(longer) {
                pass.overtaken_from_us.get_or_insert(at_us);
                overtook += 1;
                self.step.touched.insert(*other);
            }
        }
        if let Some(pass) = self.groups.get_mut(&key).and_then(|live| live.passes.get_mut(index)) {
            pass.overtook = overtook;
        }
    }

    /// The pass, if it is an internal caller's in an operator queue.
    fn taken_before_others(&self, key: CallKey, index: usize) -> Option<&LivePass> {
        let live = self.groups.get(&key)?;
        let pass = live.passes.get(index)?;
        let internal = live.caller.as_ref().is_some_and(|caller| caller.direction == Direction::Internal);
        Some(pass).filter(|pass| internal && self.plan.operator_queues.contains(&pass.queue))
    }

    pub(super) fn forget_who_waits_no_longer(&mut self, touched: &[CallKey]) {
        if self.waiting.is_empty() {
            return;
        }
        for key in touched {
            if self.waiting.contains(key) && !self.is_waiting(*key) {
                self.waiting.remove(key);
            }
        }
    }

    fn is_waiting(&self, key: CallKey) -> bool {
        let Some(live) = self.groups.get(&key) else { return false };
        let external = live.caller.as_ref().is_some_and(|caller| caller.direction == Direction::External);
        external && live.passes.iter().any(|pass| stands(pass, &self.plan))
    }
}

fn stands(pass: &LivePass, plan: &SitePlan) -> bool {
    pass.waits() && plan.operator_queues.contains(&pass.queue)
}

impl LivePass {
    /// How long the pass went on after the first internal caller had been taken before it.
    pub(super) fn overtaken_us(&self) -> Option<i64> {
        let (from, left) = self.overtaken_from_us.zip(self.left_us)?;
        Some((left - from).max(0))
    }
}
