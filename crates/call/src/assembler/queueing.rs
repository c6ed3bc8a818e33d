//! Stays in queues.

use super::Assembler;
use super::live::{Ending, Live, LivePass, Reason, Stage};
use crate::event::{DialStatus, Endpoint, QueueStatus};
use crate::{Cause, CauseKind, DialledKind, NotDiverted, PassResult, SitePlan, Target, Text};

impl Assembler {
    pub(super) fn queue_joined(&mut self, leg: &str, queue: &str) {
        let at_us = self.step.at_us;
        let plan = self.plan.clone();
        // A consulting operator's leg is not on the caller's path: its visit is nobody's waiting.
        let Some(live) = self.caller_of(leg) else { return };
        if live.stands_in(leg, queue, at_us) {
            return;
        }
        live.seeks();
        live.queued_us.get_or_insert(at_us);
        live.goes_on(Stage::Queue(live.passes.len()));
        live.push_pass(leg, queue, at_us, &plan);
        self.note_waiting(leg);
    }

    pub(super) fn queue_abandoned(&mut self, leg: &str, queue: &str) {
        let Some(live) = self.touch(leg) else { return };
        live.waits_after_all(leg, queue);
        let in_queue = matches!(live.stage, Stage::Queue(_));
        let Some(pass) = live.passes.iter_mut().rfind(|pass| &*pass.leg == leg && &*pass.queue == queue)
        else {
            return;
        };
        match pass.result {
            PassResult::InProgress => pass.gave_up = true,
            // The two events of one moment came the other way round: it was no key.
            PassResult::FlowedOut if in_queue => {
                pass.gave_up = true;
                pass.result = PassResult::InProgress;
                self.change(leg);
            }
            _ => {}
        }
    }

    pub(super) fn queue_left(&mut self, leg: &str, queue: &str) {
        let at_us = self.step.at_us;
        let Some(live) = self.touch(leg) else { return };
        live.waits_after_all(leg, queue);
        let Some(index) = live.open_pass(leg) else { return };
        let pass = &mut live.passes[index];
        pass.left_us = Some(at_us);
        if !pass.gave_up {
            // Neither answered nor given up: the caller pressed a key that leads elsewhere.
            pass.result = PassResult::FlowedOut;
            self.change(leg);
        }
    }

    pub(super) fn queue_exited(&mut self, leg: &str, status: QueueStatus) {
        let at_us = self.step.at_us;
        let plan = self.plan.clone();
        let result = match status {
            QueueStatus::Timeout => PassResult::TimedOut,
            QueueStatus::Full => PassResult::Saturated,
            QueueStatus::JoinEmpty
            | QueueStatus::JoinUnavailable
            | QueueStatus::LeaveEmpty
            | QueueStatus::LeaveUnavailable => PassResult::Blocked,
            QueueStatus::Withdrawn => PassResult::Withdrawn,
            QueueStatus::Continue => return,
        };
        let refused =
            matches!(status, QueueStatus::Full | QueueStatus::JoinEmpty | QueueStatus::JoinUnavailable);
        let Some(live) = self.caller_of(leg) else { return };
        if refused && let Some(queue) = live.refusing_queue(&plan) {
            // The queue let nobody in: no other event tells of it.
            live.seeks();
            live.goes_on(Stage::Queue(live.passes.len()));
            live.push_pass(leg, &queue, at_us, &plan);
        }
        let Some(index) = live.passes.iter().rposition(|pass| &*pass.leg == leg) else { return };
        let pass = &mut live.passes[index];
        if pass.result == PassResult::Answered {
            return;
        }
        pass.left_us.get_or_insert(at_us);
        pass.result = result;
        if !plan.operator_queues.contains(&pass.queue) {
            live.reason = Reason::Group;
        }
    }

    /// The event before has told that the member answered; if it was lost, this one tells.
    pub(super) fn member_connected(&mut self, leg: &str, queue: &str, dest: &str) {
        let Some(endpoint) = self.legs.get(dest).map(|leg| leg.endpoint.clone()) else { return };
        if !matches!(endpoint, Endpoint::Device(_)) {
            return;
        }
        let Some(live) = self.touch(leg) else { return };
        live.waits_after_all(leg, queue);
        let of_queue = |pass: &&mut LivePass| &*pass.leg == leg && &*pass.queue == queue;
        let Some(pass) = live.passes.iter_mut().rfind(of_queue) else { return };
        match pass.result {
            PassResult::InProgress => {}
            PassResult::FlowedOut => pass.result = PassResult::InProgress,
            _ => return,
        }
        self.dial_ended(Some(leg), dest, &endpoint, DialStatus::Answer);
    }

    /// The open pass that `leg` acts in, its own or one nearer to the caller, and its queue.
    pub(super) fn pass_on_path(&mut self, leg: &str) -> Option<(usize, Text)> {
        let key = self.legs.get(leg)?.group;
        let live = self.groups.get_mut(&key)?;
        let index = self.legs.path(leg).find_map(|id| live.open_pass(id))?;
        Some((index, live.passes[index].queue.clone()))
    }
}

impl Live {
    /// The event of joining has come a second time. A stay whose end was never told has ended somehow.
    fn stands_in(&mut self, leg: &str, queue: &str, joined_us: i64) -> bool {
        let Some(index) = self.open_pass(leg) else { return false };
        let pass = &mut self.passes[index];
        if &*pass.queue == queue && pass.joined_us == joined_us {
            return true;
        }
        if pass.left_us.is_none() {
            (pass.left_us, pass.result) = (Some(joined_us.max(pass.joined_us)), PassResult::Unknown);
        }
        false
    }

    fn push_pass(&mut self, leg: &str, queue: &str, joined_us: i64, plan: &SitePlan) {
        let cause = plan.operator_queues.contains(queue).then(|| self.cause());
        self.passes.push(LivePass {
            leg: leg.into(),
            queue: queue.into(),
            joined_us,
            left_us: None,
            gave_up: false,
            result: PassResult::InProgress,
            answered_by: None,
            cause,
            overtook: 0,
            overtaken_from_us: None,
            is_unseen: false,
        });
    }

    pub(super) fn pass_answered(&mut self, index: usize, at_us: i64, by: &str) {
        let pass = &mut self.passes[index];
        (pass.result, pass.left_us, pass.answered_by) = (PassResult::Answered, Some(at_us), Some(by.into()));
    }

    /// The queue that refused this caller: where the dialled number leads, or the operators' if there is one.
    fn refusing_queue(&self, plan: &SitePlan) -> Option<Text> {
        match self.caller.as_ref().and_then(|caller| caller.target.as_ref()) {
            Some(Target::Queue(queue)) if self.passes.is_empty() => Some(queue.clone()),
            _ => plan.operator_queues.first().cloned(),
        }
    }

    /// The leg is gone; whether a pass ended with it.
    pub(super) fn pass_ends_with(&mut self, leg: &str, at_us: i64, ending: Ending) -> bool {
        let Some(index) = self.open_pass(leg) else { return false };
        let pass = &mut self.passes[index];
        pass.left_us.get_or_insert(at_us);
        pass.result = match ending {
            Ending::HungUp(_) => PassResult::Abandoned,
            Ending::PbxStopped => PassResult::Withdrawn,
            Ending::NotSeen | Ending::TooOld => PassResult::Unknown,
        };
        pass.is_unseen = ending == Ending::NotSeen;
        true
    }

    /// Why the operators get this call now.
    fn cause(&self) -> Cause {
        let kind = self.caller.as_ref().map(|caller| caller.kind);
        let (kind, not_diverted, reason) = match &self.reason {
            Reason::Dialled if kind == Some(DialledKind::Main) => (CauseKind::MainNumber, None, None),
            Reason::Dialled | Reason::Elsewhere => (CauseKind::Unknown, None, None),
            Reason::NotDiverted(why) => (CauseKind::NotDiverted, *why, None),
            Reason::ToOperator(reason) => (CauseKind::DivertedToOperator, None, Some(reason.clone())),
            Reason::ToColleague => (CauseKind::ColleagueNoAnswer, None, None),
            Reason::Group => (CauseKind::GroupTimeout, None, None),
            Reason::Transferred => (CauseKind::Transferred, None, None),
        };
        let not_diverted: Option<NotDiverted> = not_diverted;
        let reason = reason.filter(|reason| !reason.is_empty());
        Cause { kind, not_diverted, reason, after_transfer: self.after_transfer }
    }
}
