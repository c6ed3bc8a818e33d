//! The world: what happens next.

mod arrivals;
mod asked;
mod calls;
mod consulting;
mod duty;
mod outages;
mod queues;
mod ringing;
mod talking;

use crate::calendar::Calendar;
use crate::chance::{Chance, mixed};
use crate::incidents::Incident;
use crate::people::People;
use crate::tell::Teller;
use crate::truth::Truth;
use crate::{Parameters, Site};
use arrivals::Kind;
use call::{Party, Pseudonym};
use calls::{Call, CallId, Demand};
use duty::Order;
use jiff::civil::Date;
use queues::QueueState;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Something that is going to happen.
#[derive(Debug)]
enum Action {
    Day(Date),
    /// Somebody calls.
    Calls(Kind),
    /// Somebody who was lost calls again.
    CallsAgain(Box<Demand>),
    /// What a call waits for has come, unless it has gone on since.
    Call(CallId),
    /// A member's phone has rung for long enough, unless the attempt is over.
    MemberRang(CallId, u32),
    /// Look who waits.
    Dispatch(usize),
    Duty(usize, usize, Order),
    Begins(usize),
    Ends(usize),
    Heartbeat,
}

#[derive(Debug)]
struct Planned {
    at_us: i64,
    number: u64,
    action: Action,
}

impl Ord for Planned {
    /// The first is the greatest; at one moment, what was planned first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at_us, other.number).cmp(&(self.at_us, self.number))
    }
}
impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Planned {}

/// The municipality as it is now.
#[derive(Debug)]
pub(crate) struct World {
    site: Site,
    parameters: Parameters,
    calendar: Calendar,
    chance: Chance,
    pub teller: Teller,
    planned: BinaryHeap<Planned>,
    next_number: u64,
    start_us: i64,
    end_us: i64,
    today: Date,
    day_us: i64,
    is_working_day: bool,
    people: People,
    queues: Vec<QueueState>,
    calls: Vec<Option<Call>>,
    free_slots: Vec<usize>,
    pub incidents: Vec<Incident>,
    active: Vec<usize>,
    deaf_since_us: i64,
    deaf_until_us: i64,
    /// Of each person: which queue, and which of its members.
    member_of: Vec<Option<(usize, usize)>>,
    /// Of calls that are over, if anybody wants to know.
    pub truths: Option<Vec<Truth>>,
}

const BEAT_EVERY_US: i64 = 10_000_000;

impl World {
    pub fn new(
        site: Site,
        parameters: Parameters,
        start_us: i64,
        end_us: i64,
        incidents: Vec<Incident>,
    ) -> Self {
        let seed = parameters.seed;
        let first = site.date_of(start_us);
        let people = People::new(seed);
        let queues = QueueState::all(&people);
        let mut member_of = vec![None; people.all.len()];
        for (queue, state) in queues.iter().enumerate() {
            for (number, member) in state.members.iter().enumerate() {
                member_of[member.person] = Some((queue, number));
            }
        }
        let mut world = Self {
            calendar: Calendar::new(first, parameters.growth_a_year, parameters.is_always_busy),
            chance: Chance::new(seed, 0),
            teller: Teller::new(site.id.clone(), site.node.clone(), seed, start_us),
            site,
            parameters,
            planned: BinaryHeap::new(),
            next_number: 0,
            start_us,
            end_us,
            today: first,
            day_us: start_us,
            is_working_day: false,
            people,
            queues,
            calls: Vec::new(),
            free_slots: Vec::new(),
            incidents,
            active: Vec::new(),
            deaf_since_us: start_us,
            deaf_until_us: i64::MIN,
            member_of,
            truths: None,
        };
        // Nobody is on the line: what another run has left there is over.
        world.teller.tell_of(None, call::Body::PbxStarted);
        world.plan_at(start_us, Action::Heartbeat);
        for number in 0..world.incidents.len() {
            let (from_us, to_us) = (world.incidents[number].from_us, world.incidents[number].to_us);
            world.plan_at(from_us, Action::Begins(number));
            world.plan_at(to_us, Action::Ends(number));
        }
        world.plan_at(start_us, Action::Day(first));
        world
    }

    /// Lets the next thing happen. False: nothing does any more.
    pub fn step(&mut self) -> bool {
        let Some(Planned { at_us, action, .. }) = self.planned.pop() else { return false };
        self.teller.now_us = at_us;
        match action {
            Action::Day(date) => self.day(date),
            Action::Calls(kind) => self.somebody_calls(kind),
            Action::CallsAgain(demand) => self.arrive(*demand),
            Action::Call(id) => self.goes_on(id),
            Action::MemberRang(id, attempt) => self.member_rang(id, attempt),
            Action::Dispatch(queue) => self.look(queue),
            Action::Duty(queue, member, order) => self.duty(queue, member, order),
            Action::Begins(number) => self.incident_begins(number),
            Action::Ends(number) => self.incident_ends(number),
            Action::Heartbeat => {
                self.teller.tell_of(None, call::Body::Heartbeat);
                if at_us + BEAT_EVERY_US < self.end_us {
                    self.plan_at(at_us + BEAT_EVERY_US, Action::Heartbeat);
                }
            }
        }
        true
    }

    fn now_us(&self) -> i64 {
        self.teller.now_us
    }

    /// What lies before now happens now.
    fn plan_at(&mut self, at_us: i64, action: Action) {
        let at_us = at_us.max(self.now_us());
        self.planned.push(Planned { at_us, number: self.next_number, action });
        self.next_number += 1;
    }

    fn plan_in(&mut self, in_us: i64, action: Action) {
        self.plan_at(self.now_us() + in_us, action);
    }

    /// Minutes of the local day, but for the two days of the year on which the clock is changed; where every hour is a busy one, it is
    /// always half past ten.
    fn minute(&self) -> i64 {
        if self.calendar.is_always_busy {
            return 10 * 60 + 30;
        }
        (self.now_us() - self.day_us) / 60_000_000
    }

    /// A number outside, which nobody has.
    fn outside(&self, caller: u64) -> Party {
        let half = |part: u64| u128::from(mixed(self.parameters.seed, 20 + part, caller));
        let value = half(0) << 64 | half(1);
        Party::Outside(vec![Pseudonym { epoch: self.site.key_epoch, value }])
    }
}
