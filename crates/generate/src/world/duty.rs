//! Who serves which queue when: shifts with lunches and pauses, as many as the load needs.

use super::arrivals::Kind;
use super::{Action, World};
use crate::chance::Length;
use crate::profile::{DIRECT_SHARE, FALLS_TO_OPERATORS, Hours, INTERNAL_SHARE, OPERATORS, QUEUES};
use call::Body;
use call::event::MemberState;

/// What a member is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Starts,
    Ends,
    Pauses,
    Resumes,
}

/// The busiest hour has so much of a day's calls.
const PEAK_OF_OFFICE: f64 = 0.141;
const PEAK_OF_ALWAYS: f64 = 0.075;
/// The three shifts of a day that has no end: from when to when, minutes, and how much of the peak there is then.
const SHIFTS: [(i64, i64, f64); 3] = [(0, 7 * 60, 0.35), (7 * 60, 16 * 60, 1.0), (16 * 60, 24 * 60, 0.8)];
/// Lunches begin then, minutes: half of the members are away at noon.
const LUNCHES: [i64; 4] = [11 * 60 + 15, 12 * 60, 12 * 60, 12 * 60 + 45];
const LUNCH_LASTS: i64 = 45;
const COFFEES: [i64; 4] = [9 * 60 + 20, 9 * 60 + 40, 14 * 60 + 20, 14 * 60 + 40];
const COFFEE_LASTS: i64 = 12;
/// Members who came in the morning and are not there: ill, or with their children.
const MISSING: f64 = 0.03;

impl World {
    pub(super) fn plan_duty(&mut self) {
        for (index, queue) in QUEUES.iter().enumerate() {
            match (queue.hours, self.parameters.members) {
                (_, Some(members)) => self.plan_shift(index, 0, 24 * 60, members, false),
                (_, None) if self.calendar.is_always_busy => {
                    let members = self.members_for(index, 1.0);
                    self.plan_shift(index, 0, 24 * 60, members, false);
                }
                (Hours::Office { from, to }, None) if self.is_working_day => {
                    let members = self.members_for(index, 1.0);
                    self.plan_shift(index, from, to, members, true);
                }
                (Hours::Office { .. }, None) => {}
                (Hours::Always, None) => {
                    for (from, to, part) in SHIFTS {
                        let members = self.members_for(index, part);
                        self.plan_shift(index, from, to, members, false);
                    }
                }
            }
        }
    }

    /// As many as talk at the same time in the busiest hour, and some more.
    fn members_for(&self, index: usize, part: f64) -> usize {
        let queue = &QUEUES[index];
        let kind = Kind::Queue(index);
        let peak = if queue.hours == Hours::Always { PEAK_OF_ALWAYS } else { PEAK_OF_OFFICE };
        let peak = if self.calendar.is_always_busy { 1.0 / 24.0 } else { peak };
        let mut calls = self.calls_of_day(kind);
        if index == OPERATORS {
            let others = (DIRECT_SHARE + INTERNAL_SHARE) / kind.share() * calls;
            calls += others * FALLS_TO_OPERATORS;
        }
        let each_s = mean_s(queue.talk) + mean_s(queue.pick_up) + queue.wrap_up_mean_s;
        let load = calls * peak * part * each_s / 3600.0;
        let needed = (load + queue.spare * load.sqrt()).ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few")]
        let needed = needed as usize;
        needed.clamp(if part < 0.5 { 1 } else { 2 }, self.queues[index].members.len())
    }

    fn plan_shift(&mut self, queue: usize, from: i64, to: i64, members: usize, has_pauses: bool) {
        let of = self.queues[queue].members.len();
        let first = self.chance.below(of);
        for number in 0..members.min(of) {
            let member = (first + number) % of;
            if has_pauses && number > 1 && self.chance.happens(MISSING) {
                continue;
            }
            let late = if has_pauses && number % 3 == 2 { 30 } else { 0 };
            let mut order = |minute: i64, order| {
                let at_us = self.day_us + minute * 60_000_000 + (self.chance.unit() * 240e6) as i64;
                self.plan_at(at_us, Action::Duty(queue, member, order));
            };
            order(from + late - 4, Order::Starts);
            if has_pauses {
                let lunch = LUNCHES[number % LUNCHES.len()];
                order(lunch, Order::Pauses);
                order(lunch + LUNCH_LASTS, Order::Resumes);
                let coffee = COFFEES[number % COFFEES.len()];
                order(coffee, Order::Pauses);
                order(coffee + COFFEE_LASTS, Order::Resumes);
            }
            // Until who came before the end is served; the next shift takes over before this one goes.
            order(to + if has_pauses { 8 } else { 4 }, Order::Ends);
        }
    }

    pub(super) fn duty(&mut self, queue: usize, member: usize, order: Order) {
        let state = &mut self.queues[queue].members[member];
        match order {
            Order::Starts => (state.shifts, state.is_paused) = (state.shifts + 1, false),
            Order::Ends => state.shifts = state.shifts.saturating_sub(1),
            Order::Pauses => state.is_paused = true,
            Order::Resumes => state.is_paused = false,
        }
        self.tell_member(queue, member);
        self.empty_line(queue);
        self.dispatch(queue);
    }

    /// Told when it is another than before.
    pub(super) fn tell_member(&mut self, queue: usize, member: usize) {
        let now = self.member_state(queue, member);
        let state = &mut self.queues[queue].members[member];
        if std::mem::replace(&mut state.told, now) != now {
            self.teller.tell_of(None, self.member_body(queue, member));
        }
    }

    pub(super) fn member_body(&self, queue: usize, member: usize) -> Body {
        let state = &self.queues[queue].members[member];
        let phone = self.people.all[state.person].extension.clone();
        Body::MemberState { queue: QUEUES[queue].name.into(), member: phone, state: state.told }
    }

    fn member_state(&self, queue: usize, member: usize) -> MemberState {
        let state = &self.queues[queue].members[member];
        match () {
            () if !state.serves() => MemberState::Removed,
            () if state.is_paused => MemberState::Paused,
            () if state.is_ringing => MemberState::Ringing,
            () if self.people.all[state.person].is_busy => MemberState::Busy,
            () => MemberState::Free,
        }
    }

    /// The person's phone is busy, or is free again: who waits in the person's queue may have a chance.
    pub(super) fn tell_of_person(&mut self, person: usize) {
        let Some((queue, member)) = self.member_of[person] else { return };
        self.tell_member(queue, member);
        if !self.people.all[person].is_busy && !self.queues[queue].line.is_empty() {
            self.look_at(self.now_us(), queue);
        }
    }
}

/// Of a lognormal length, s.
fn mean_s(length: Length) -> f64 {
    length.median * (length.sigma * length.sigma / 2.0).exp()
}
