//! Callers wait in line, and members take them one by one.

use super::calls::{CallId, Stage};
use super::talking::{Side, Talk};
use super::{Action, World};
use crate::chance::us;
use crate::people::People;
use crate::profile::{AT_ONCE_SHARE, OPERATORS, PATIENCE, QUEUES};
use crate::tell::{Leg, phone};
use call::event::{DialStatus, MemberState, QueueStatus};
use call::{Body, CauseKind, LostStage, Outcome, Party, PassResult, Reach};
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct Member {
    pub person: usize,
    /// Shifts that have begun and not ended: two for a moment, where one follows the other.
    pub shifts: u8,
    /// Pulled out by an incident.
    pub is_gone: bool,
    pub is_paused: bool,
    pub is_ringing: bool,
    /// Writes until then.
    pub free_from_us: i64,
    pub told: MemberState,
}

impl Member {
    pub fn serves(&self) -> bool {
        self.shifts > 0 && !self.is_gone
    }
}

#[derive(Debug)]
pub(super) struct QueueState {
    pub members: Vec<Member>,
    pub line: VecDeque<usize>,
    /// When the line will be looked at anyway.
    pub look_at_us: Option<i64>,
}

impl QueueState {
    pub fn all(people: &People) -> Vec<Self> {
        let member = |extension| Member {
            person: people.index(extension),
            shifts: 0,
            is_gone: false,
            is_paused: false,
            is_ringing: false,
            free_from_us: i64::MIN,
            told: MemberState::Removed,
        };
        let queue = |queue: &crate::profile::Queue| Self {
            members: (queue.first..=queue.last).map(member).collect(),
            line: VecDeque::new(),
            look_at_us: None,
        };
        QUEUES.iter().map(queue).collect()
    }
}

/// A caller who stands in a queue.
#[derive(Debug)]
pub(super) struct Waiting {
    queue: usize,
    joined_us: i64,
    /// The queue ends it, not the caller.
    is_timeout: bool,
    attempt: Option<Attempt>,
    attempts: u32,
}

impl Waiting {
    pub fn joined_us(&self) -> i64 {
        self.joined_us
    }
}

#[derive(Debug)]
struct Attempt {
    leg: Leg,
    member: usize,
    is_answered: bool,
    began_us: i64,
}

/// A phone of a member rings so long, s.
const MEMBER_RINGS_S: f64 = 15.0;

impl World {
    pub(super) fn serving(&self, queue: usize) -> usize {
        self.queues[queue].members.iter().filter(|member| member.serves()).count()
    }

    pub(super) fn enter_queue(&mut self, slot: usize, queue: usize) {
        let Some(call) = &self.calls[slot] else { return };
        let leg = call.leg.clone();
        let now_us = self.now_us();
        if queue == OPERATORS && call.cause.is_none() {
            self.because(slot, CauseKind::MainNumber, None, None);
        }
        if self.serving(queue) == 0 {
            self.refuse(slot, queue, &leg, QueueStatus::JoinEmpty, PassResult::Blocked, Outcome::Blocked);
            return;
        }
        let position = self.queues[queue].line.len() + 1;
        if position > QUEUES[queue].places {
            self.refuse(slot, queue, &leg, QueueStatus::Full, PassResult::Saturated, Outcome::Saturated);
            return;
        }
        self.queues[queue].line.push_back(slot);
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        let name = QUEUES[queue].name.into();
        self.teller.tell(&leg, Body::QueueJoined { queue: name, position, count: position });
        let patience_us = self.patience_us();
        let longest_us = QUEUES[queue].longest_wait_s * 1_000_000;
        let is_timeout = longest_us <= patience_us;
        let waiting = Waiting { queue, joined_us: now_us, is_timeout, attempt: None, attempts: 0 };
        self.stage(slot, Stage::Waiting(waiting), patience_us.min(longest_us));
        self.dispatch(queue);
    }

    fn patience_us(&mut self) -> i64 {
        if self.parameters.is_patient {
            return i64::MAX / 4;
        }
        if self.chance.happens(AT_ONCE_SHARE) {
            return us(self.chance.between(0.5, 6.0));
        }
        self.chance.length_us(PATIENCE)
    }

    fn refuse(
        &mut self,
        slot: usize,
        queue: usize,
        leg: &Leg,
        status: QueueStatus,
        result: PassResult,
        outcome: Outcome,
    ) {
        let now_us = self.now_us();
        self.teller.tell(leg, Body::QueueExited { status });
        self.stayed(slot, queue, now_us, result, None);
        self.leaves_queue(slot, queue, outcome);
    }

    /// The queue did not help: from a group to the operators, from them to a message.
    fn leaves_queue(&mut self, slot: usize, queue: usize, outcome: Outcome) {
        let is_full = outcome == Outcome::Saturated;
        if queue != OPERATORS && !is_full && self.serving(OPERATORS) > 0 {
            self.because(slot, CauseKind::GroupTimeout, None, None);
            self.enter_queue(slot, OPERATORS);
        } else {
            self.lost(slot, outcome, LostStage::Queue);
            self.hears_message(slot);
        }
    }

    /// Once, however often it is wanted: else every look would bring another one.
    pub(super) fn look_at(&mut self, at_us: i64, queue: usize) {
        let planned = &mut self.queues[queue].look_at_us;
        if planned.is_none_or(|planned_us| at_us < planned_us) {
            *planned = Some(at_us);
            self.plan_at(at_us, Action::Dispatch(queue));
        }
    }

    /// As it was planned, or void: an earlier one was planned since.
    pub(super) fn look(&mut self, queue: usize) {
        if self.queues[queue].look_at_us.take_if(|at_us| *at_us <= self.teller.now_us).is_some() {
            self.dispatch(queue);
        }
    }

    /// Gives callers to members, first to first.
    pub(super) fn dispatch(&mut self, queue: usize) {
        loop {
            let now_us = self.now_us();
            let is_idle = |slot: &&usize| {
                let stage = self.calls[**slot].as_ref().map(|call| &call.stage);
                matches!(stage, Some(Stage::Waiting(waiting)) if waiting.attempt.is_none())
            };
            let Some(slot) = self.queues[queue].line.iter().find(is_idle).copied() else { return };
            let can = |(_, member): &(usize, &super::queues::Member)| {
                member.serves() && !member.is_paused && !self.people.all[member.person].is_busy
            };
            let free = self.queues[queue].members.iter().enumerate().filter(can);
            // The one who has been free for longest.
            let Some((member, from_us)) =
                free.map(|(index, member)| (index, member.free_from_us)).min_by_key(|(_, from_us)| *from_us)
            else {
                return;
            };
            if from_us > now_us {
                self.look_at(from_us, queue);
                return;
            }
            self.ring_member(slot, queue, member);
        }
    }

    fn ring_member(&mut self, slot: usize, queue: usize, member: usize) {
        let Some(call) = &self.calls[slot] else { return };
        let of = call.leg.clone();
        let person = self.queues[queue].members[member].person;
        let extension = self.people.all[person].extension.clone();
        let leg = self.teller.leg(Some(&of));
        self.people.all[person].is_busy = true;
        self.queues[queue].members[member].is_ringing = true;
        self.teller.started(&leg, phone(&extension), false, Party::Own(extension.clone()), Party::Unknown);
        let dest = leg.id.clone();
        self.teller.tell(&of, Body::DialStarted { dest: dest.clone(), endpoint: phone(&extension) });
        self.teller.tell(&of, Body::DialRinging { dest });
        self.tell_of_person(person);
        let picks_up_us = self.chance.length_us(QUEUES[queue].pick_up);
        let is_answered = picks_up_us < us(MEMBER_RINGS_S) && !self.chance.happens(QUEUES[queue].missed);
        let in_us = if is_answered { picks_up_us } else { us(MEMBER_RINGS_S) };
        let began_us = self.now_us();
        let Some(call) = &mut self.calls[slot] else { return };
        let id = CallId { slot, leg: call.leg.number, step: call.step };
        let Stage::Waiting(waiting) = &mut call.stage else { return };
        waiting.attempts += 1;
        waiting.attempt = Some(Attempt { leg, member, is_answered, began_us });
        let attempt = waiting.attempts;
        self.plan_in(in_us, Action::MemberRang(id, attempt));
    }

    pub(super) fn member_rang(&mut self, id: CallId, number: u32) {
        let Some(call) = self.at(id) else { return };
        let of = call.leg.clone();
        let Stage::Waiting(waiting) = &mut call.stage else { return };
        let (queue, joined_us) = (waiting.queue, waiting.joined_us);
        let Some(attempt) = waiting.attempt.take_if(|_| waiting.attempts == number) else { return };
        if !attempt.is_answered {
            self.member_missed(&of, queue, attempt, DialStatus::NoAnswer);
            self.look_at(self.now_us() + 1_000_000, queue);
            return;
        }
        let Attempt { leg, member, .. } = attempt;
        let person = self.queues[queue].members[member].person;
        let extension = self.people.all[person].extension.clone();
        let endpoint = phone(&extension);
        self.out_of_line(queue, id.slot);
        self.queues[queue].members[member].is_ringing = false;
        let name = || QUEUES[queue].name.into();
        let (dest, status) = (leg.id.clone(), DialStatus::Answer);
        self.teller.tell(&of, Body::DialEnded { dest: dest.clone(), endpoint: endpoint.clone(), status });
        self.teller.tell(&of, Body::QueueLeft { queue: name() });
        self.teller.tell(&of, Body::MemberConnected { queue: name(), dest, member: endpoint });
        let bridge = self.teller.bridged([&leg, &of]);
        self.tell_of_person(person);
        self.stayed(id.slot, queue, joined_us, PassResult::Answered, Some(extension.clone()));
        let reach = if queue == OPERATORS { Reach::Operator } else { Reach::SameFunction };
        self.answered(id.slot, &extension, reach);
        let in_us = self.chance.length_us(QUEUES[queue].talk);
        self.stage(
            id.slot,
            Stage::Talking(Talk { leg, bridge, side: Side::Member { queue, member } }),
            in_us,
        );
    }

    fn member_missed(&mut self, of: &Leg, queue: usize, attempt: Attempt, status: DialStatus) {
        let Attempt { leg, member, began_us, .. } = attempt;
        let person = self.queues[queue].members[member].person;
        let endpoint = phone(&self.people.all[person].extension);
        let ring_us = (self.now_us() - began_us) / 1000 * 1000;
        let ended = |status| Body::DialEnded { dest: leg.id.clone(), endpoint: endpoint.clone(), status };
        if status == DialStatus::NoAnswer {
            let (queue, member) = (QUEUES[queue].name.into(), endpoint.clone());
            self.teller.tell(of, Body::MemberMissed { queue, member, ring_us });
            self.teller.tell(of, ended(DialStatus::NoAnswer));
        }
        self.teller.tell(of, ended(DialStatus::Cancel));
        self.teller.ended(&leg, 0);
        self.people.all[person].is_busy = false;
        let free_from_us = self.now_us() + 5_000_000;
        let member = &mut self.queues[queue].members[member];
        (member.is_ringing, member.free_from_us) = (false, free_from_us);
        self.tell_of_person(person);
    }

    fn out_of_line(&mut self, queue: usize, slot: usize) {
        self.queues[queue].line.retain(|waiting| *waiting != slot);
    }

    /// The caller's patience or the queue's is at its end.
    pub(super) fn waited_enough(&mut self, slot: usize, waiting: Waiting) {
        let Some(call) = &self.calls[slot] else { return };
        let of = call.leg.clone();
        let Waiting { queue, joined_us, is_timeout, attempt, .. } = waiting;
        if is_timeout {
            self.put_out(slot, queue, joined_us, attempt, QueueStatus::Timeout);
            return;
        }
        self.out_of_line(queue, slot);
        self.teller.tell(&of, Body::HangupRequested);
        if let Some(attempt) = attempt {
            self.member_missed(&of, queue, attempt, DialStatus::Cancel);
        }
        let name = || QUEUES[queue].name.into();
        self.teller.tell(&of, Body::QueueAbandoned { queue: name() });
        self.teller.tell(&of, Body::QueueLeft { queue: name() });
        self.stayed(slot, queue, joined_us, PassResult::Abandoned, None);
        self.lost(slot, Outcome::Abandoned, LostStage::Queue);
        self.end(slot, 0);
    }

    fn put_out(
        &mut self,
        slot: usize,
        queue: usize,
        joined_us: i64,
        attempt: Option<Attempt>,
        status: QueueStatus,
    ) {
        let Some(call) = &self.calls[slot] else { return };
        let of = call.leg.clone();
        self.out_of_line(queue, slot);
        if let Some(attempt) = attempt {
            self.member_missed(&of, queue, attempt, DialStatus::NoAnswer);
        }
        let name = || QUEUES[queue].name.into();
        self.teller.tell(&of, Body::QueueAbandoned { queue: name() });
        self.teller.tell(&of, Body::QueueLeft { queue: name() });
        self.teller.tell(&of, Body::QueueExited { status });
        let (result, outcome) = match status {
            QueueStatus::Timeout => (PassResult::TimedOut, Outcome::TimedOut),
            _ => (PassResult::Blocked, Outcome::Blocked),
        };
        self.stayed(slot, queue, joined_us, result, None);
        self.leaves_queue(slot, queue, outcome);
    }

    /// Nobody serves the queue any more: who waits is sent away.
    pub(super) fn empty_line(&mut self, queue: usize) {
        while self.serving(queue) == 0
            && let Some(slot) = self.queues[queue].line.front().copied()
        {
            let stage =
                self.calls[slot].as_mut().map(|call| std::mem::replace(&mut call.stage, Stage::Moving));
            match stage {
                Some(Stage::Waiting(Waiting { joined_us, attempt, .. })) => {
                    self.put_out(slot, queue, joined_us, attempt, QueueStatus::LeaveEmpty);
                }
                _ => self.out_of_line(queue, slot),
            }
        }
    }

    pub(super) fn member_is_done(&mut self, queue: usize, member: usize) {
        let wrap_up_us = self.chance.wait_us(QUEUES[queue].wrap_up_mean_s);
        let free_from_us = self.now_us() + if self.parameters.is_patient { 0 } else { wrap_up_us };
        let person = self.queues[queue].members[member].person;
        self.people.all[person].is_busy = false;
        self.queues[queue].members[member].free_from_us = free_from_us;
        self.tell_of_person(person);
        self.look_at(free_from_us, queue);
    }
}
