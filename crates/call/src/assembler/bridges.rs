//! Who is connected to whom.

use super::Assembler;
use crate::event::Endpoint;
use crate::few::Few;
use crate::{Map, Reach, Text};

#[derive(Debug, Default)]
pub(super) struct Bridges {
    members: Map<Text, Few<Text>>,
    bridge_of: Map<Text, Text>,
}

impl Bridges {
    pub fn enter(&mut self, leg: &str, bridge: &str) {
        self.leave(leg);
        self.bridge_of.insert(leg.into(), bridge.into());
        self.members.entry(bridge.into()).or_default().insert(leg.into());
    }

    pub fn leave(&mut self, leg: &str) {
        let Some(bridge) = self.bridge_of.remove(leg) else { return };
        if let Some(members) = self.members.get_mut(&bridge) {
            members.remove(leg);
            if members.is_empty() {
                self.members.remove(&bridge);
            }
        }
    }

    pub fn beside(&self, leg: &str) -> impl Iterator<Item = &Text> {
        self.bridge_of.get(leg).and_then(|bridge| self.members.get(bridge)).into_iter().flatten()
    }
}

impl Assembler {
    pub(super) fn bridge_entered(&mut self, leg: &str, bridge: &str) {
        self.bridges.enter(leg, bridge);
        // Whoever comes to somebody speaks to them.
        self.set_held(leg, false);
        // Who is in one bridge depends on each other from here on; who is parked does not.
        for other in self.bridges.beside(leg).cloned().collect::<Vec<_>>() {
            if !self.legs.get(&other).is_some_and(|leg| leg.parked) {
                self.touch(&other);
            }
        }
        self.answered_unheard(leg);
        self.taken_from_parking(leg);
        self.note_who_speaks(leg);
    }

    pub(super) fn bridge_left(&mut self, leg: &str, bridge: &str) {
        self.touch(leg);
        if self.bridges.bridge_of.get(leg).is_some_and(|current| &**current == bridge) {
            self.bridges.leave(leg);
            // Whoever came in before speaks to the caller from now on.
            self.note_who_speaks(leg);
        }
    }

    /// The devices that `leg` is connected to, through internal pairs too. Who is parked hears nobody, though all who are
    /// parked are in one bridge.
    pub(super) fn partners<'a>(&'a self, leg: &'a str) -> Vec<&'a Text> {
        let (mut seen, mut queue, mut devices) = (vec![leg], vec![leg], Vec::new());
        while let Some(id) = queue.pop() {
            let here = self.legs.get(id);
            let is_deaf = here.is_some_and(|leg| leg.parked);
            let beside = self
                .bridges
                .beside(id)
                .filter(|other| !is_deaf && !self.legs.get(other).is_some_and(|leg| leg.parked));
            for other in beside.chain(here.and_then(|leg| leg.twin.as_ref())) {
                if seen.contains(&&**other) {
                    continue;
                }
                seen.push(other);
                if self.legs.get(other).is_some_and(|leg| matches!(leg.endpoint, Endpoint::Device(_))) {
                    devices.push(other);
                } else {
                    queue.push(other);
                }
            }
        }
        devices.sort_unstable();
        devices
    }

    /// Keeps whom the caller of `leg`'s call spoke to last.
    pub(super) fn note_who_speaks(&mut self, leg: &str) {
        let Some(live) = self.legs.get(leg).and_then(|leg| self.groups.get(&leg.group)) else { return };
        let Some(caller) = live.caller_leg() else { return };
        let mut now: Vec<Text> = Vec::new();
        for partner in self.partners(caller) {
            if let Some(device) =
                self.legs.get(partner).filter(|leg| leg.answered_us.is_some()).and_then(|l| l.device())
            {
                now.push(device.clone());
            }
        }
        let Some(live) = self.touch(leg) else { return };
        let spoken = live.last_spoken.as_ref().map(|(by, _)| by.clone());
        let Some(new) = now.iter().find(|device| Some(*device) != spoken.as_ref()) else { return };
        if live.human.is_none() || spoken.is_some_and(|by| now.contains(&by)) {
            return;
        }
        let new = new.clone();
        let reach = if self.was_asked_for(leg, &new) {
            Reach::SoughtPerson
        } else {
            let sought_now = self.touch(leg).and_then(|live| live.sought_now.clone());
            self.reach_of(&new, sought_now.as_deref())
        };
        if let Some(live) = self.change(leg) {
            live.last_spoken = Some((new, reach));
        }
    }

    /// Somebody in the call dialled this very extension: a consulting operator, or an internal half on the way.
    fn was_asked_for(&self, leg: &str, device: &str) -> bool {
        let Some(live) = self.legs.get(leg).and_then(|leg| self.groups.get(&leg.group)) else { return false };
        if live.asked_for.as_deref() == Some(device) {
            return true;
        }
        let mut others =
            live.legs.iter().filter(|id| live.caller_leg() != Some(id)).filter_map(|id| self.legs.get(id));
        others.any(|leg| leg.dialled.own() == Some(device))
    }

    /// Who this device is to a caller who seeks `sought`.
    pub(super) fn reach_of(&self, device: &str, sought: Option<&str>) -> Reach {
        if sought == Some(device) {
            Reach::SoughtPerson
        } else if self.plan.operators.contains(device) {
            Reach::Operator
        } else if self.plan.trunks.contains(device) {
            Reach::None
        } else {
            Reach::SameFunction
        }
    }
}
