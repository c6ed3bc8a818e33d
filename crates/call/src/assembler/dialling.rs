//! Phones that ring, and the person who answers.

use super::Assembler;
use super::live::{Human, Reason, Stage};
use crate::event::{DialStatus, DiversionKind, Endpoint, Event};
use crate::{Direction, NotDiverted, Reach, Ring, Text};

impl Assembler {
    pub(super) fn dial_started(&mut self, event: &Event, dest: &str, endpoint: &Endpoint) {
        let at_us = self.step.at_us;
        let dialler = event.leg.as_deref().filter(|leg| self.legs.contains(leg));
        self.leg_implied(dest, dialler.or(event.linked.as_deref()), endpoint);
        if let Some(leg) = self.legs.get_mut(dest) {
            leg.dialled_by = dialler.map(Into::into);
            leg.ring_from_us.get_or_insert(at_us);
        }
        self.touch(dest);
        let Some(dialler) = dialler else { return };
        self.same_group(dialler, dest);
        let ring_from_us = self.legs.get(dest).and_then(|leg| leg.ring_from_us).unwrap_or(at_us);
        self.rings_for_caller(dialler, dest, endpoint, ring_from_us);
    }

    fn rings_for_caller(&mut self, dialler: &str, dest: &str, endpoint: &Endpoint, ring_from_us: i64) {
        let outside = matches!(endpoint, Endpoint::Device(device) if self.plan.trunks.contains(device));
        let in_queue = self.pass_on_path(dialler).is_some();
        let Some(live) = self.caller_of(dialler) else { return };
        let first = !live.counts();
        live.seeks();
        if let (true, true, Some(caller)) = (outside, first, &mut live.caller) {
            caller.direction = Direction::Outgoing;
        }
        let Endpoint::Device(device) = endpoint else {
            if !in_queue {
                live.goes_on(Stage::Ringing);
            }
            return;
        };
        live.alerted_us.get_or_insert(ring_from_us);
        if in_queue {
            return;
        }
        live.goes_on(if outside { Stage::Outside } else { Stage::Ringing });
        let ring = Ring { target: device.clone(), started_us: ring_from_us, ring_us: None, answered: false };
        live.rings.push((dest.into(), ring));
    }

    /// An own phone rings when it is dialled (a busy PBX reports it late); outside, setting up the call takes a while.
    pub(super) fn dial_ringing(&mut self, dest: &str) {
        let at_us = self.step.at_us;
        let Some(leg) = self.legs.get_mut(dest) else { return };
        if !leg.device().is_some_and(|device| self.plan.trunks.contains(device)) {
            return;
        }
        leg.ring_from_us = Some(at_us);
        if let Some(live) = self.touch(dest)
            && let Some((_, ring)) =
                live.rings.iter_mut().find(|(id, ring)| &**id == dest && ring.ring_us.is_none())
        {
            ring.started_us = at_us;
        }
    }

    pub(super) fn dial_ended(
        &mut self,
        leg: Option<&str>,
        dest: &str,
        endpoint: &Endpoint,
        status: DialStatus,
    ) {
        let at_us = self.step.at_us;
        let known = self.legs.get(dest).and_then(|dest| dest.dialled_by.clone());
        let dialler: Option<Text> = leg.map(Into::into).or(known).filter(|leg| self.legs.contains(leg));
        if status != DialStatus::Answer {
            return self.did_not_answer(dest, status);
        }
        self.leg_implied(dest, dialler.as_deref(), endpoint);
        let Some(answering) = self.legs.get_mut(dest) else { return };
        answering.answered_us.get_or_insert(at_us);
        // A phone that picked up somebody else's call was never dialled: it did not ring.
        let rang = answering.dialled_by.as_ref().and(answering.ring_from_us).map(|from| at_us - from);
        // Even where no caller is known yet: a look at the whole PBX may tell of one, who then speaks to this phone.
        self.touch(dest);
        if let Some(dialler) = dialler {
            self.same_group(&dialler, dest);
            if let Endpoint::Device(device) = endpoint {
                self.answered(&dialler, dest, device, rang);
            }
        }
        self.note_who_speaks(dest);
    }

    fn did_not_answer(&mut self, dest: &str, status: DialStatus) {
        let at_us = self.step.at_us;
        let Some(live) = self.touch(dest) else { return };
        let Some((_, ring)) =
            live.rings.iter_mut().find(|(id, ring)| &**id == dest && ring.ring_us.is_none())
        else {
            return;
        };
        ring.ring_us = Some(at_us - ring.started_us);
        if live.rings.iter().all(|(_, ring)| ring.ring_us.is_some()) {
            live.stage = match (live.stage, status) {
                (Stage::Ringing, _) => Stage::RangOut(status),
                // A trunk that is not there is a fault of technique; a phone that is not there is somebody who is away.
                (Stage::Outside, DialStatus::Congestion | DialStatus::Unavailable) => Stage::Refused,
                (stage, _) => stage,
            };
        }
        self.change(dest);
    }

    /// A device answered what `dialler` dialled.
    fn answered(&mut self, dialler: &str, dest: &str, device: &str, ring_us: Option<i64>) {
        let at_us = self.step.at_us;
        let outside = self.plan.trunks.contains(device);
        let pass = self.pass_on_path(dialler);
        let operators = &self.plan.operator_queues;
        let by_operator_queue = pass.as_ref().is_some_and(|(_, queue)| operators.contains(queue));
        let sought = self.legs.get(dialler).and_then(|leg| self.groups.get(&leg.group)?.sought_now.clone());
        let reach = match (by_operator_queue, outside) {
            (true, _) => Reach::Operator,
            (false, true) => Reach::None,
            (false, false) => self.reach_of(device, sought.as_deref()),
        };
        if let (Some((index, _)), Some(live)) = (&pass, self.caller_of(dialler)) {
            live.pass_answered(*index, at_us, device);
            self.note_overtaking(dialler, *index);
        }
        let Some(live) = self.caller_of(dialler) else { return };
        live.seeks();
        if let Some((_, ring)) = live.rings.iter_mut().find(|(id, _)| &**id == dest) {
            (ring.ring_us, ring.answered) = (ring.ring_us.or(Some(at_us - ring.started_us)), true);
        }
        let outgoing = live.caller.as_ref().is_some_and(|caller| caller.direction == Direction::Outgoing);
        if outside && !outgoing {
            live.goes_on(Stage::Outside);
            return;
        }
        live.goes_on(Stage::Talking);
        let by = (!outside).then(|| Text::from(device));
        if live.human.is_none() {
            live.human = Some(Human { at_us, by, ring_us, reach });
        }
        live.last_spoken = Some((device.into(), reach));
        if reach == Reach::Operator {
            live.operator.get_or_insert_with(|| device.into());
        }
    }

    pub(super) fn dial_gave_up(&mut self, leg: &str, status: DialStatus) {
        if status == DialStatus::Answer {
            return;
        }
        let Some(live) = self.caller_of(leg) else { return };
        live.seeks();
        match live.stage {
            Stage::Menu | Stage::Ringing | Stage::RangOut(_) => live.goes_on(Stage::RangOut(status)),
            // The dialling was over before the caller went where it is now.
            Stage::Queue(_)
            | Stage::Mailbox
            | Stage::Talking
            | Stage::Outside
            | Stage::Refused
            | Stage::Held => {}
        }
    }

    pub(super) fn mailbox_entered(&mut self, leg: &str) {
        let Some(live) = self.caller_of(leg) else { return };
        live.seeks();
        live.mailbox.get_or_insert(false);
        live.goes_on(Stage::Mailbox);
    }

    pub(super) fn message_left(&mut self, leg: &str) {
        let Some(live) = self.caller_of(leg) else { return };
        if let Some(left) = &mut live.mailbox {
            *left = true;
        }
    }

    pub(super) fn diverted(&mut self, leg: &str, kind: DiversionKind, reason: &str) {
        let Some(live) = self.caller_of(leg) else { return };
        live.seeks();
        live.reason = match kind {
            DiversionKind::Colleague => Reason::ToColleague,
            DiversionKind::Operator | DiversionKind::Voicemail => Reason::ToOperator(reason.into()),
            DiversionKind::Other => Reason::Elsewhere,
        };
    }

    pub(super) fn not_diverted(&mut self, leg: &str, status: DialStatus) {
        let Some(live) = self.caller_of(leg) else { return };
        live.seeks();
        live.reason = Reason::NotDiverted(match status {
            DialStatus::NoAnswer => Some(NotDiverted::NoAnswer),
            DialStatus::Busy => Some(NotDiverted::Busy),
            DialStatus::Unavailable | DialStatus::Congestion => Some(NotDiverted::Unavailable),
            DialStatus::Answer | DialStatus::Cancel | DialStatus::Other => None,
        });
    }

    /// The dialling leg and the dialled one belong together, unless the dialled one is a caller of its own.
    fn same_group(&mut self, dialler: &str, dest: &str) {
        if let (Some(one), Some(other)) = (self.legs.get(dialler), self.legs.get(dest)) {
            let (into, from) = (one.group, other.group);
            if into != from && !self.groups.get(&from).is_some_and(|live| live.counts()) {
                self.absorb(from, into);
            }
        }
    }
}
