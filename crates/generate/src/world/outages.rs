//! Incidents begin and end.

use super::World;
use super::calls::Stage;
use crate::chance::Chance;
use crate::incidents::{Incident, IncidentKind};
use crate::profile::QUEUES;
use call::Body;
use call::event::GapReason;

impl World {
    pub(super) fn is_active(&self, kind: IncidentKind) -> Option<&Incident> {
        self.active.iter().map(|number| &self.incidents[*number]).find(|incident| incident.kind == kind)
    }

    pub(super) fn incident_begins(&mut self, number: usize) {
        self.active.push(number);
        let incident = self.incidents[number].clone();
        match incident.kind {
            IncidentKind::StaffingDrop | IncidentKind::QueueClosed => self.pull_out(number, &incident),
            IncidentKind::SourceSilent => {
                self.teller.is_deaf = true;
                self.deaf_since_us = self.now_us();
                self.calls.iter_mut().flatten().for_each(|call| call.truth.is_partly_heard = true);
            }
            IncidentKind::Surge | IncidentKind::DisciplineCollapse | IncidentKind::TrunkFailure => {}
        }
    }

    fn pull_out(&mut self, number: usize, incident: &Incident) {
        let Some(queue) = QUEUES.iter().position(|queue| Some(queue.name) == incident.queue) else { return };
        let members = &self.queues[queue].members;
        let on: Vec<usize> = (0..members.len()).filter(|member| members[*member].shifts > 0).collect();
        let mut chance = Chance::new(self.parameters.seed, 100 + number as u64);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few")]
        let gone = (on.len() as f64 * incident.strength).ceil() as usize;
        // Of a staff that shrinks somebody is left: callers wait, and are not sent away.
        let left = usize::from(incident.kind == IncidentKind::StaffingDrop);
        let first = chance.below(on.len());
        for offset in 0..gone.min(on.len().saturating_sub(left)) {
            let member = on[(first + offset) % on.len()];
            self.queues[queue].members[member].is_gone = true;
            self.tell_member(queue, member);
        }
        self.empty_line(queue);
    }

    pub(super) fn incident_ends(&mut self, number: usize) {
        self.active.retain(|active| *active != number);
        let incident = self.incidents[number].clone();
        match incident.kind {
            IncidentKind::StaffingDrop | IncidentKind::QueueClosed => {
                let Some(queue) = QUEUES.iter().position(|queue| Some(queue.name) == incident.queue) else {
                    return;
                };
                for member in 0..self.queues[queue].members.len() {
                    self.queues[queue].members[member].is_gone = false;
                    self.tell_member(queue, member);
                }
                self.dispatch(queue);
            }
            IncidentKind::SourceSilent => self.hears_again(),
            IncidentKind::Surge | IncidentKind::DisciplineCollapse | IncidentKind::TrunkFailure => {}
        }
    }

    /// What the collector does when it is connected again: tells the gap, and looks at the whole PBX.
    fn hears_again(&mut self) {
        self.teller.is_deaf = false;
        let (from_us, to_us) = (self.deaf_since_us, self.now_us());
        self.deaf_until_us = to_us;
        self.calls.iter_mut().flatten().for_each(|call| call.truth.is_partly_heard = true);
        let reason = GapReason::ConnectionLost;
        self.teller.tell_of(None, Body::Gap { from_us, to_us, reason, lost: 0 });
        self.teller.tell_of(None, Body::SnapshotStarted);
        self.teller.tell_legs();
        for queue in 0..QUEUES.len() {
            self.look_at_queue(queue);
        }
        self.teller.tell_of(None, Body::SnapshotEnded);
    }

    fn look_at_queue(&mut self, queue: usize) {
        for member in 0..self.queues[queue].members.len() {
            if self.queues[queue].members[member].serves() {
                self.teller.tell_of(None, self.member_body(queue, member));
            }
        }
        let line: Vec<usize> = self.queues[queue].line.iter().copied().collect();
        for (position, slot) in (1..).zip(line) {
            let Some(call) = &self.calls[slot] else { continue };
            let Stage::Waiting(waiting) = &call.stage else { continue };
            // The PBX tells whole seconds.
            let wait_us = (self.now_us() - waiting.joined_us()) / 1_000_000 * 1_000_000;
            let leg = call.leg.clone();
            self.teller.tell_seen(
                &leg,
                Body::QueueCallerSeen { queue: QUEUES[queue].name.into(), position, wait_us },
            );
        }
    }

    pub(super) fn was_deaf_since(&self, at_us: i64) -> bool {
        at_us <= self.deaf_until_us
    }
}
