//! Channels and how they hang together.

use super::live::{Caller, Ending, Live, Stage};
use super::{Assembler, CallKey};
use crate::event::{Body, Endpoint, Event};
use crate::{DialledKind, Direction, Map, Party, Target, Text};
use std::collections::{BTreeMap, BTreeSet};

/// How far an internal pair may lead on to the next.
const PATH_LENGTH_MAX: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leg {
    pub group: CallKey,
    /// The PBX node that told of it first: what another node tells of all of its channels does not concern it.
    node: Text,
    pub endpoint: Endpoint,
    pub dialled: Party,
    /// Whose dialling made it ring.
    pub dialled_by: Option<Text>,
    /// The other half of an internal pair.
    pub twin: Option<Text>,
    pub ring_from_us: Option<i64>,
    pub answered_us: Option<i64>,
    /// It has put the others on hold.
    pub held: bool,
    /// It waits in a parking space.
    pub parked: bool,
    /// It was parked, and nobody has been seen to take it.
    pub unparked: bool,
    /// The device placed the call.
    pub incoming: bool,
    /// Its beginning has not been told.
    pub implied: bool,
}

impl Leg {
    fn new(group: CallKey, node: &Text, endpoint: Endpoint, incoming: bool, dialled: Party) -> Self {
        let (dialled_by, twin, ring_from_us, answered_us) = (None, None, None, None);
        let (held, parked, unparked) = (false, false, false);
        Self {
            group,
            node: node.clone(),
            endpoint,
            dialled,
            dialled_by,
            twin,
            ring_from_us,
            answered_us,
            held,
            parked,
            unparked,
            incoming,
            implied: false,
        }
    }

    pub fn device(&self) -> Option<&Text> {
        match &self.endpoint {
            Endpoint::Device(name) => Some(name),
            Endpoint::Internal { .. } => None,
        }
    }
}

/// All live legs by their id, and all ids of live groups.
#[derive(Debug, Default)]
pub(super) struct Legs {
    legs: Map<Text, Leg>,
    groups_by_id: Map<Text, CallKey>,
    by_device: BTreeMap<Text, Vec<Text>>,
}

impl Legs {
    pub fn contains(&self, id: &str) -> bool {
        self.legs.contains_key(id)
    }

    pub fn get(&self, id: &str) -> Option<&Leg> {
        self.legs.get(id)
    }

    pub fn get_mut(&mut self, id: &str) -> Option<&mut Leg> {
        self.legs.get_mut(id)
    }

    pub fn groups_of_node(&self, node: &str) -> BTreeSet<CallKey> {
        self.legs.values().filter(|leg| &*leg.node == node).map(|leg| leg.group).collect()
    }

    /// In their order: what is done to all of them must not depend on how they are kept.
    pub fn of_node(&self, node: &str) -> Vec<Text> {
        let of_node = self.legs.iter().filter(|(_, leg)| &*leg.node == node);
        let mut ids: Vec<Text> = of_node.map(|(id, _)| id.clone()).collect();
        ids.sort_unstable();
        ids
    }

    /// The group that a leg id belongs or belonged to.
    pub fn group_of_id(&self, id: &str) -> Option<CallKey> {
        self.groups_by_id.get(id).copied()
    }

    pub fn of_device(&self, device: &str) -> &[Text] {
        self.by_device.get(device).map_or(&[], Vec::as_slice)
    }

    pub fn forget_group(&mut self, live: &Live) {
        for id in &live.ids {
            self.groups_by_id.remove(id);
        }
    }

    /// Whether `leg` acts for the caller: it is the caller's leg, or the far half of a pair that was dialled from there.
    pub fn is_on_path(&self, leg: &str, caller: &str) -> bool {
        self.path(leg).any(|id| id == caller)
    }

    /// From a leg towards the caller: itself, then through each far half to the leg that dialled its near half.
    pub fn path<'a>(&'a self, leg: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        let next = |id: &&'a str| -> Option<&'a str> {
            let leg = self.get(id)?;
            match leg.endpoint {
                Endpoint::Internal { far: true } => self.get(leg.twin.as_deref()?)?.dialled_by.as_deref(),
                Endpoint::Internal { far: false } | Endpoint::Device(_) => None,
            }
        };
        std::iter::successors(Some(leg), next).take(PATH_LENGTH_MAX)
    }

    fn insert(&mut self, id: &str, leg: Leg) {
        if let Some(device) = leg.device() {
            self.by_device.entry(device.clone()).or_default().push(id.into());
        }
        self.groups_by_id.insert(id.into(), leg.group);
        self.legs.insert(id.into(), leg);
    }

    fn remove(&mut self, id: &str) -> Option<Leg> {
        let leg = self.legs.remove(id)?;
        if let Some(device) = leg.device()
            && let Some(ids) = self.by_device.get_mut(&**device)
        {
            ids.retain(|other| &**other != id);
            if ids.is_empty() {
                self.by_device.remove(&**device);
            }
        }
        Some(leg)
    }

    fn move_group(&mut self, live: &Live, into: CallKey) {
        for id in &live.ids {
            self.groups_by_id.insert(id.clone(), into);
            if let Some(leg) = self.legs.get_mut(id) {
                leg.group = into;
            }
        }
    }
}

impl Assembler {
    pub(super) fn leg_started(&mut self, event: &Event) {
        let Body::LegStarted { endpoint, incoming, caller, dialled } = &event.body else { return };
        let Some(id) = event.leg.as_deref() else { return };
        if self.legs.contains(id) {
            return self.announced_late(id, *incoming, dialled);
        }
        if self.is_known_to_be_over(id) {
            return;
        }
        let linked = event.linked.as_deref().filter(|linked| *linked != id);
        let group = linked.and_then(|linked| self.legs.group_of_id(linked));
        let device = match endpoint {
            Endpoint::Device(device) if *incoming => Some(device),
            _ => None,
        };
        let group = match (group, device) {
            (Some(group), _) => group,
            (None, Some(device)) => match self.consulting_for(device) {
                Some(group) => group,
                None => self.new_call(id, device, caller, dialled),
            },
            (None, None) => self.new_group(),
        };
        self.add_leg(id, Leg::new(group, &self.step.node, endpoint.clone(), *incoming, dialled.clone()));
        if self.groups.get(&group).is_some_and(|live| live.counts() && live.caller_leg() == Some(id)) {
            self.step.dirty.insert(group);
        }
        self.operator_consults(id);
    }

    /// Told once more after its end, whether its call lives on or not: a second call would bear the same id.
    pub(super) fn is_known_to_be_over(&mut self, id: &str) -> bool {
        !self.legs.contains(id) && (self.legs.group_of_id(id).is_some() || self.was_of_ended(id))
    }

    /// Whether the leg belonged to a call that was over a moment ago. What the event does depends on that call then.
    pub(super) fn was_of_ended(&mut self, id: &str) -> bool {
        let call = self.ended.call_of(id);
        self.step.touched.extend(call);
        call.is_some()
    }

    /// Another event has already told of the leg.
    fn announced_late(&mut self, id: &str, incoming: bool, dialled: &Party) {
        if let Some(leg) = self.legs.get_mut(id).filter(|leg| leg.implied) {
            (leg.implied, leg.incoming, leg.dialled) = (false, incoming, dialled.clone());
            self.touch(id);
            self.operator_consults(id);
        }
    }

    /// A leg that was never announced (the event was lost): it belongs where `near` does.
    pub(super) fn leg_implied(&mut self, id: &str, near: Option<&str>, endpoint: &Endpoint) {
        if self.legs.contains(id) || self.was_of_ended(id) {
            return;
        }
        let group = near.and_then(|near| self.legs.group_of_id(near));
        let group = group.unwrap_or_else(|| self.new_group());
        let leg = Leg::new(group, &self.step.node, endpoint.clone(), false, Party::Unknown);
        self.add_leg(id, Leg { implied: true, ..leg });
    }

    fn add_leg(&mut self, id: &str, leg: Leg) {
        self.step.touched.insert(leg.group);
        // Younger than the snapshot's list of channels.
        if let Some(seen) = self.looks.get_mut(&self.step.node) {
            seen.insert(id.into());
        }
        if let Some(live) = self.groups.get_mut(&leg.group) {
            live.legs.insert(id.into());
            live.ids.push(id.into());
        }
        self.legs.insert(id, leg);
    }

    /// The call that this device has on hold: what it dials meanwhile serves that call.
    fn consulting_for(&self, device: &str) -> Option<CallKey> {
        if self.plan.trunks.contains(device) {
            return None;
        }
        let held = self
            .legs
            .of_device(device)
            .iter()
            .rev()
            .filter_map(|id| self.legs.get(id))
            .find(|leg| leg.held)?;
        self.groups.get(&held.group).filter(|live| live.counts()).map(|_| held.group)
    }

    fn new_call(&mut self, leg: &str, device: &str, party: &Party, dialled: &Party) -> CallKey {
        let external = self.plan.trunks.contains(device);
        let target = dialled.own().and_then(|digits| self.plan.target(digits));
        let sought = match &target {
            Some(Target::Extension(extension)) => Some(extension.clone()),
            Some(Target::Queue(_)) | None => None,
        };
        let is_open = self.plan.is_open(target.as_ref(), self.step.at_us);
        let caller = Caller {
            leg: leg.into(),
            arrived_us: self.step.at_us,
            direction: if external { Direction::External } else { Direction::Internal },
            party: party.clone(),
            dialled: dialled.clone(),
            kind: self.dialled_kind(target.as_ref()),
            target,
            ended: None,
            hangup_requested: false,
            counts: external,
            born_late: false,
            is_closed: !is_open,
            hung_up_on_hold: false,
        };
        let (key, sources) = (self.new_group(), self.step.sources);
        if let Some(live) = self.groups.get_mut(&key) {
            (live.sought, live.sought_now) = (sought.clone(), sought);
            live.sources = sources;
            live.caller = Some(caller);
        }
        key
    }

    fn dialled_kind(&self, target: Option<&Target>) -> DialledKind {
        match target {
            Some(Target::Queue(queue)) if self.plan.operator_queues.contains(queue) => DialledKind::Main,
            Some(Target::Queue(_)) => DialledKind::Group,
            Some(Target::Extension(_)) => DialledKind::Direct,
            None => DialledKind::Other,
        }
    }

    pub(super) fn leg_born_late(&mut self, id: &str, endpoint: &Endpoint, started_us: i64) {
        let group = match endpoint {
            Endpoint::Device(device) => self.new_call(id, device, &Party::Unknown, &Party::Unknown),
            Endpoint::Internal { .. } => self.new_group(),
        };
        if let Some(live) = self.groups.get_mut(&group) {
            live.is_partial = true;
            if let Some(caller) = &mut live.caller {
                (caller.arrived_us, caller.born_late, caller.is_closed) = (started_us, true, false);
            }
        }
        self.add_leg(id, Leg::new(group, &self.step.node, endpoint.clone(), true, Party::Unknown));
        self.step.dirty.insert(group);
    }

    pub(super) fn halves_paired(&mut self, event: &Event, near: &str, far: &str) {
        self.leg_implied(near, event.linked.as_deref(), &Endpoint::Internal { far: false });
        self.leg_implied(far, Some(near), &Endpoint::Internal { far: true });
        for (one, other) in [(near, far), (far, near)] {
            self.touch(one);
            if let Some(leg) = self.legs.get_mut(one) {
                leg.twin = Some(other.into());
            }
        }
        if let (Some(one), Some(other)) = (self.legs.get(near), self.legs.get(far)) {
            let (one, other) = (one.group, other.group);
            self.join_groups(one, other);
        }
    }

    pub(super) fn hangup_requested(&mut self, leg: &str) {
        let on_hold = self.is_on_hold(leg);
        if let Some(live) = self.touch(leg)
            && let Some(caller) = live.caller.as_mut().filter(|caller| &*caller.leg == leg)
        {
            (caller.hangup_requested, caller.hung_up_on_hold) = (true, on_hold);
            return;
        }
        // Who hangs up holds nobody any more.
        if let Some(leg) = self.legs.get_mut(leg) {
            leg.held = false;
        }
    }

    pub(super) fn leg_ended(&mut self, leg: &str, cause: u16) {
        self.end_leg(leg, Ending::HungUp(cause));
    }

    pub(super) fn end_leg(&mut self, id: &str, ending: Ending) {
        let at_us = self.step.at_us;
        let on_hold = self.is_on_hold(id);
        let Some(live) = self.touch(id) else { return };
        let is_caller = live.caller_leg() == Some(id);
        let passed = live.pass_ends_with(id, at_us, ending);
        live.ring_ends(id, at_us);
        live.legs.remove(id);
        if let Some(caller) = live.caller.as_mut().filter(|_| is_caller) {
            caller.ended.get_or_insert((at_us, ending));
        }
        if is_caller && matches!(ending, Ending::HungUp(_)) {
            live.caller_left(on_hold);
        }
        if is_caller || passed {
            self.change(id);
        }
        self.bridges.leave(id);
        self.missed.remove(id);
        self.legs.remove(id);
    }

    /// Events carry the linked id that the PBX thinks right: groups that are no calls of their own follow it.
    pub(super) fn follow_linked_id(&mut self, event: &Event) {
        let (Some(leg), Some(linked)) = (event.leg.as_deref(), event.linked.as_deref()) else { return };
        let (Some(here), Some(there)) =
            (self.legs.get(leg).map(|leg| leg.group), self.legs.group_of_id(linked))
        else {
            return;
        };
        self.join_groups(here, there);
    }

    /// Makes one group of two unless both are calls of their own.
    pub(super) fn join_groups(&mut self, one: CallKey, other: CallKey) {
        if one == other {
            return;
        }
        let counts = |key| self.groups.get(&key).is_some_and(|live| live.counts());
        match (counts(one), counts(other)) {
            (true, true) => {}
            (true, false) => self.absorb(other, one),
            (false, _) => self.absorb(one, other),
        }
    }

    /// Moves everything of `from` into `into`. If `from` was a call, its last version says where it went.
    pub(super) fn absorb(&mut self, from: CallKey, into: CallKey) {
        if from == into || !self.groups.contains_key(&into) {
            return;
        }
        let Some(mut gone) = self.groups.remove(&from) else { return };
        self.legs.move_group(&gone, into);
        let into_id = self.groups.get(&into).and_then(|live| live.call_id(&self.site));
        if let (true, Some(into_id)) = (gone.counts(), into_id) {
            gone.version += 1;
            gone.merged_into = Some((into, into_id));
            let mut last = super::view::call(&gone, &self.site, &self.plan);
            last.is_final = true;
            self.step.changed.push(last);
        }
        if let Some(live) = self.groups.get_mut(&into) {
            live.legs.append(&mut gone.legs);
            live.ids.append(&mut gone.ids);
            live.is_partial |= gone.is_partial;
            live.is_untold |= gone.is_untold && live.human.is_none();
            if live.caller.is_none() && gone.caller.is_some() && gone.merged_into.is_none() {
                let (legs, ids) = (std::mem::take(&mut live.legs), std::mem::take(&mut live.ids));
                **live = Live { legs, ids, ..std::mem::take(&mut *gone) };
            }
        }
        if self.waiting.remove(&from) {
            self.waiting.insert(into);
        }
        self.step.dirty.remove(&from);
        self.step.touched.remove(&from);
        self.step.touched.insert(into);
        self.step.merged.push((from, into));
        if let Some(caller) = gone.caller {
            self.operator_consults(&caller.leg);
        }
    }

    /// Calls older than the site allows end as unknown. By whole minutes of event time, so that a restored assembler
    /// does it at the same event.
    pub(super) fn end_the_aged(&mut self) {
        let minute = self.step.at_us.div_euclid(60_000_000);
        if minute == self.aged_minute || self.plan.max_call_age_us <= 0 {
            return;
        }
        self.aged_minute = minute;
        let oldest = (minute * 60_000_000).saturating_sub(self.plan.max_call_age_us);
        let aged: Vec<Text> = self
            .groups
            .values()
            .filter(|live| live.caller.as_ref().is_some_and(|caller| caller.arrived_us < oldest))
            .flat_map(|live| live.legs.iter().cloned())
            .collect();
        for leg in aged {
            self.end_leg(&leg, Ending::TooOld);
        }
    }
}

impl Live {
    fn ring_ends(&mut self, leg: &str, at_us: i64) {
        for (_, ring) in self.rings.iter_mut().filter(|(id, ring)| &**id == leg && ring.ring_us.is_none()) {
            ring.ring_us = Some(at_us - ring.started_us);
        }
        if self.stage == Stage::Ringing && self.rings.iter().all(|(_, ring)| ring.ring_us.is_some()) {
            // Gone without a word about its end.
            self.stage = Stage::RangOut(crate::event::DialStatus::Cancel);
        }
    }
}
