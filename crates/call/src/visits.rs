//! Calls from a source that knows queues alone (Asterisk's `queue_log`).
//!
//! What it cannot know stays unknown: what was dialled, why the operator got the call, whether somebody had answered
//! before the queue, what the dialplan did when a group had not answered. Times are whole seconds there. Every such
//! call is partial. A consulting operator's visit looks like a caller's: it is none when the caller is an operator, a
//! part of another call when its number is speaking to a member at that moment, and of unknown outcome when its number
//! was handed over shortly before.

use crate::assembler::{CallKey, Transition};
use crate::event::{Body, Event, QueueStatus};
use crate::{
    Call, Cause, CauseKind, Direction, LostStage, Outcome, Party, Pass, PassResult, Reach, SitePlan, Sources,
    Target, Text,
};
use std::collections::HashMap;
use std::sync::Arc;

/// A visit that is over may still go on elsewhere and come back.
const LINGER_US: i64 = 600_000_000;
const MINUTE_US: i64 = 60_000_000;
/// Whoever came to a queue later than this after arriving may have spoken to somebody before.
const BEFORE_QUEUE_US_MAX: i64 = 60_000_000;

/// All callers that a queue log tells of, by their leg.
#[derive(Debug)]
pub struct VisitAssembler {
    site: Text,
    plan: Arc<SitePlan>,
    visits: HashMap<Text, Visit>,
    /// Legs of the same caller.
    by_caller: HashMap<Party, Vec<Text>>,
    next_key: u64,
    looked_minute: i64,
    /// Only last versions are told.
    keeps_back: bool,
}

#[derive(Debug)]
struct Visit {
    key: CallKey,
    /// As it was told last. Apart, so that looking through all visits reads no more than it must.
    call: Box<Call>,
    last_us: i64,
    /// When nothing more will come of it, if it stays as it is.
    over_us: i64,
    /// Speaking to a member.
    is_talking: bool,
    /// Handed over to somebody; the log does not tell for how long they speak.
    was_sent_on: bool,
    /// Its number was handed over shortly before: it may be the same caller, whom somebody takes to a colleague.
    may_be_consultation: bool,
    /// A group did not answer.
    group_gave_up: bool,
}

impl VisitAssembler {
    /// An empty one.
    #[must_use]
    pub fn new(site: &str, plan: Arc<SitePlan>) -> Self {
        Self {
            site: site.into(),
            plan,
            visits: HashMap::new(),
            by_caller: HashMap::new(),
            next_key: 0,
            looked_minute: i64::MIN,
            keeps_back: false,
        }
    }

    /// Versions before the last one are not told: who reads a log to its end needs none of them.
    #[must_use]
    pub fn keeping_back(mut self) -> Self {
        self.keeps_back = true;
        self
    }

    /// The latest versions of the calls of which the last one was not told.
    pub fn open(&self) -> impl Iterator<Item = &Call> {
        self.visits.values().map(|visit| &*visit.call)
    }

    /// Takes one event. Never fails: what makes no sense changes nothing.
    pub fn apply(&mut self, event: &Event) -> Transition {
        let (mut changed, retired) = self.grown_old(event.at_us);
        let mut touched = Vec::new();
        changed.extend(self.changed_by(event, &mut touched));
        Transition { touched, changed, retired, ..Transition::default() }
    }

    /// Ids of the calls that are not forgotten yet.
    pub fn alive(&self) -> impl Iterator<Item = &Text> {
        self.visits.values().map(|visit| &visit.call.call_id)
    }

    fn changed_by(&mut self, event: &Event, touched: &mut Vec<CallKey>) -> Option<Call> {
        if let Body::QueueEntered { queue, caller, arrived_us, .. } = &event.body {
            return self.entered(event, queue, caller, *arrived_us, touched);
        }
        let visit = self.visits.get_mut(event.leg.as_deref()?)?;
        let at_us = event.at_us;
        touched.push(visit.key);
        match &event.body {
            Body::QueueAnswered { queue, member, wait_us, ring_us, .. } => {
                let is_operators = self.plan.operator_queues.contains(queue);
                visit.answered(at_us, is_operators, member, *wait_us, *ring_us);
            }
            Body::QueueAbandoned { .. } => {
                visit.left(at_us, PassResult::Abandoned);
                visit.call.ended_us = Some(at_us);
            }
            Body::QueueLeft { .. } => visit.left(at_us, PassResult::FlowedOut),
            Body::QueueExited { status } => {
                let result = result_of(*status)?;
                visit.group_gave_up = !visit.left_operators(&self.plan);
                visit.left(at_us, result);
            }
            Body::QueueCompleted { .. } => {
                visit.is_talking = false;
                visit.call.ended_us = Some(at_us);
            }
            Body::Transferred { succeeded: true, .. } => {
                (visit.is_talking, visit.was_sent_on) = (false, true);
                visit.call.transfers += 1;
            }
            _ => return None,
        }
        visit.last_us = at_us;
        visit.next_version(&self.plan);
        (!self.keeps_back).then(|| Call::clone(&visit.call))
    }

    fn entered(
        &mut self,
        event: &Event,
        queue: &Text,
        caller: &Party,
        arrived_us: Option<i64>,
        touched: &mut Vec<CallKey>,
    ) -> Option<Call> {
        let leg = event.leg.clone()?;
        if caller.own().is_some_and(|own| self.plan.operators.contains(own)) {
            return None;
        }
        let (mut part_of, mut may_be_consultation) = (None, false);
        for other in self.of_same_caller(caller, &leg) {
            // What this visit is depends on those others: their events are needed as long as its own.
            touched.push(other.key);
            if other.is_talking && part_of.is_none() {
                part_of = Some(other.call.call_id.clone());
            }
            may_be_consultation |= other.was_sent_on && other.last_us + LINGER_US > event.at_us;
        }
        let (site, plan, key) = (&self.site, &self.plan, CallKey(self.next_key));
        self.next_key += 1;
        let visit = self.visits.entry(leg.clone()).or_insert_with_key(|leg| Visit {
            key,
            call: Box::new(new_call(site, leg, caller, plan, arrived_us.unwrap_or(event.at_us), event)),
            last_us: event.at_us,
            over_us: i64::MAX,
            is_talking: false,
            was_sent_on: false,
            may_be_consultation,
            group_gave_up: false,
        });
        if visit.call.version == 0 {
            visit.call.merged_into = part_of;
            self.by_caller.entry(caller.clone()).or_default().push(leg);
        }
        touched.push(visit.key);
        visit.last_us = event.at_us;
        visit.call.ended_us = None;
        visit.joined(event.at_us, queue, plan);
        visit.next_version(plan);
        (!self.keeps_back).then(|| Call::clone(&visit.call))
    }

    /// Other calls of this very caller.
    fn of_same_caller<'a>(&'a self, caller: &Party, leg: &'a str) -> impl Iterator<Item = &'a Visit> {
        let legs = self.by_caller.get(caller).filter(|_| *caller != Party::Unknown);
        let others = legs.into_iter().flatten().filter(move |other| &***other != leg);
        others.filter_map(|leg| self.visits.get(leg))
    }

    /// Versions that say that they are the last, of visits that nothing more will come of. Looked for once a minute, as of its
    /// beginning: looking again in the same minute finds nothing more.
    fn grown_old(&mut self, at_us: i64) -> (Vec<Call>, Vec<CallKey>) {
        let minute = at_us.div_euclid(MINUTE_US);
        if minute == self.looked_minute {
            return (Vec::new(), Vec::new());
        }
        self.looked_minute = minute;
        let now_us = minute * MINUTE_US;
        let is_old = |(_, visit): &(&Text, &Visit)| visit.over_us < now_us;
        let mut old: Vec<Text> = self.visits.iter().filter(is_old).map(|(leg, _)| leg.clone()).collect();
        old.sort_unstable();
        old.iter().filter_map(|leg| self.ended(leg)).unzip()
    }

    /// The last version of a visit that nothing more will come of.
    fn ended(&mut self, leg: &Text) -> Option<(Call, CallKey)> {
        let mut visit = self.visits.remove(leg)?;
        if let Some(legs) = self.by_caller.get_mut(&visit.call.caller) {
            legs.retain(|other| other != leg);
            if legs.is_empty() {
                self.by_caller.remove(&visit.call.caller);
            }
        }
        visit.call.is_final = true;
        visit.next_version(&self.plan);
        Some((*visit.call, visit.key))
    }
}

fn new_call(site: &str, leg: &str, caller: &Party, plan: &SitePlan, arrived_us: i64, event: &Event) -> Call {
    let internal = caller.own().is_some_and(|own| plan.is_extension(own));
    Call {
        call_id: [site, "/", leg].concat().into(),
        is_partial: true,
        direction: if internal { Direction::Internal } else { Direction::External },
        caller: caller.clone(),
        arrived_us: arrived_us.min(event.at_us),
        sources: Sources::of(event.origin.kind),
        ..Call::unknown(site)
    }
}

impl Visit {
    fn joined(&mut self, at_us: i64, queue: &Text, plan: &SitePlan) {
        self.call.queued_us.get_or_insert(at_us);
        let kind = if self.group_gave_up { CauseKind::GroupTimeout } else { CauseKind::Unknown };
        let after_transfer = self.call.transfers > 0;
        let cause = plan.operator_queues.contains(queue).then_some(Cause {
            kind,
            not_diverted: None,
            reason: None,
            after_transfer,
        });
        if self.call.operator_cause.is_none() {
            self.call.operator_cause.clone_from(&cause);
        }
        self.call.passes.push(Pass {
            queue: queue.clone(),
            unit: plan.unit_of(&Target::Queue(queue.clone())).cloned(),
            joined_us: at_us,
            wait_us: None,
            result: PassResult::InProgress,
            answered_by: None,
            cause,
            overtook: 0,
            overtaken_us: None,
        });
    }

    fn answered(&mut self, at_us: i64, by_operator: bool, member: &Text, wait_us: i64, ring_us: Option<i64>) {
        if let Some(pass) = self.call.passes.last_mut() {
            (pass.result, pass.wait_us, pass.answered_by) =
                (PassResult::Answered, Some(wait_us), Some(member.clone()));
        }
        self.is_talking = true;
        let reach = if by_operator { Reach::Operator } else { Reach::SameFunction };
        self.call.final_reach = reach;
        if self.call.answered_us.is_none() {
            self.call.answered_us = Some(at_us);
            (self.call.answered_by, self.call.ring_us, self.call.reach) =
                (Some(member.clone()), ring_us, reach);
        }
    }

    fn left(&mut self, at_us: i64, result: PassResult) {
        if let Some(pass) = self.call.passes.last_mut().filter(|pass| pass.result == PassResult::InProgress) {
            (pass.result, pass.wait_us) = (result, Some(at_us - pass.joined_us));
        }
    }

    fn left_operators(&self, plan: &SitePlan) -> bool {
        self.call.passes.last().is_some_and(|pass| plan.operator_queues.contains(&pass.queue))
    }

    fn next_version(&mut self, plan: &SitePlan) {
        let outcome = self.outcome(plan).if_open(self.found_open(plan));
        let wait_us = if self.call.ended_us.is_some() { 0 } else { plan.max_call_age_us };
        self.over_us = self.last_us.saturating_add(wait_us.max(LINGER_US));
        self.call.version += 1;
        self.call.outcome = outcome;
        self.call.lost_stage = outcome.is_lost().then_some(LostStage::Queue);
        if outcome != Outcome::Answered {
            let reach = if outcome.is_lost() { Reach::Lost } else { Reach::None };
            (self.call.reach, self.call.final_reach) = (reach, reach);
        }
    }

    /// The log does not tell what was dialled: the first queue stands for it.
    fn found_open(&self, plan: &SitePlan) -> bool {
        let queue = self.call.passes.first().map(|pass| Target::Queue(pass.queue.clone()));
        plan.is_open(queue.as_ref(), self.call.arrived_us)
    }

    fn outcome(&self, plan: &SitePlan) -> Outcome {
        let call = &self.call;
        let Some(pass) = call.passes.last() else { return Outcome::Unknown };
        let may_have_spoken = call.queued_us.is_some_and(|at| at - call.arrived_us > BEFORE_QUEUE_US_MAX);
        match pass.result {
            _ if call.answered_us.is_some() => Outcome::Answered,
            PassResult::InProgress => Outcome::InProgress,
            _ if may_have_spoken || self.may_be_consultation => Outcome::Unknown,
            PassResult::Abandoned => Outcome::Abandoned,
            // Behind the operators comes nobody; behind a group the dialplan may have somebody else.
            PassResult::TimedOut if plan.operator_queues.contains(&pass.queue) => Outcome::TimedOut,
            PassResult::Blocked if plan.operator_queues.contains(&pass.queue) => Outcome::Blocked,
            _ => Outcome::Unknown,
        }
    }
}

const fn result_of(status: QueueStatus) -> Option<PassResult> {
    Some(match status {
        QueueStatus::Timeout => PassResult::TimedOut,
        QueueStatus::Full => PassResult::Saturated,
        QueueStatus::JoinEmpty
        | QueueStatus::LeaveEmpty
        | QueueStatus::JoinUnavailable
        | QueueStatus::LeaveUnavailable => PassResult::Blocked,
        QueueStatus::Withdrawn => PassResult::Withdrawn,
        QueueStatus::Continue => return None,
    })
}
