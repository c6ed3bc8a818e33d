//! The state machine: events of one site in, versions of calls out.
//!
//! Channels (legs) are gathered in groups; a group that holds a caller is a call. A new version of a call is made by
//! the event that changes it, never by how events are batched, so that every run over the same events gives the same
//! versions. Whatever is kept between events hangs on a live group: replaying the events that touched the live groups
//! gives the same state (that is how a processor restores itself).

mod bridges;
mod dialling;
mod ended;
mod hold;
mod inversions;
mod legs;
mod live;
mod outcome;
mod queueing;
mod snapshot;
mod transfer;
mod view;

use crate::event::{Body, Event, GapReason};
use crate::few::Few;
use crate::{Call, SitePlan, Sources, Text};
use bridges::Bridges;
use ended::Ended;
use legs::Legs;
use live::Live;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A live group within one assembler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey(pub u64);

/// What an event did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transition {
    /// Groups whose state depends on this event: keep the event until they are retired or forgotten.
    pub touched: Vec<CallKey>,
    /// `(absorbed, into)`: what is kept for the first must now be kept for the second.
    pub merged: Vec<(CallKey, CallKey)>,
    /// New versions of calls.
    pub changed: Vec<Call>,
    /// Groups that are gone with this event.
    pub retired: Vec<CallKey>,
    /// Calls that ended a moment ago, and need not be remembered any longer.
    pub forgotten: Vec<CallKey>,
}

/// All live calls of one site.
#[derive(Debug)]
pub struct Assembler {
    site: Text,
    plan: Arc<SitePlan>,
    next_key: u64,
    groups: BTreeMap<CallKey, Box<Live>>,
    legs: Legs,
    bridges: Bridges,
    ended: Ended,
    /// Calls from outside that stand in an operator queue.
    waiting: BTreeSet<CallKey>,
    /// Callers' legs that the last look at the whole PBX did not show.
    missed: BTreeSet<Text>,
    /// Of each PBX node between its `SnapshotStarted` and `SnapshotEnded`: the legs that were seen.
    looks: BTreeMap<Text, BTreeSet<Text>>,
    /// The minute in which calls were last looked through for their age.
    aged_minute: i64,
    step: Step,
}

/// What the event at hand has done so far.
#[derive(Debug, Default)]
struct Step {
    at_us: i64,
    received_us: i64,
    /// The PBX node that tells it.
    node: Text,
    sources: Sources,
    touched: Few<CallKey>,
    dirty: Few<CallKey>,
    merged: Vec<(CallKey, CallKey)>,
    changed: Vec<Call>,
}

impl Assembler {
    /// An empty one.
    #[must_use]
    pub fn new(site: &str, plan: Arc<SitePlan>) -> Self {
        Self {
            site: site.into(),
            plan,
            next_key: 0,
            groups: BTreeMap::new(),
            legs: Legs::default(),
            bridges: Bridges::default(),
            ended: Ended::default(),
            waiting: BTreeSet::new(),
            missed: BTreeSet::new(),
            looks: BTreeMap::new(),
            aged_minute: i64::MIN,
            step: Step::default(),
        }
    }

    /// Takes one event. Never fails: what makes no sense changes nothing.
    pub fn apply(&mut self, event: &Event) -> Transition {
        let step = &mut self.step;
        (step.at_us, step.received_us) = (event.at_us, event.received_us);
        step.sources = Sources::of(event.origin.kind);
        // Mostly the same as before.
        if step.node != event.origin.node {
            step.node.clone_from(&event.origin.node);
        }
        let forgotten = self.ended.forget(event.received_us);
        self.end_the_aged();
        self.heard_of_again(event);
        self.follow_linked_id(event);
        self.dispatch(event);
        Transition { forgotten, ..self.finish() }
    }

    /// The latest version of a live call; none for a group that is not a call (a feature code, a consultation that
    /// belongs to nobody yet).
    #[must_use]
    pub fn view(&self, key: CallKey) -> Option<Call> {
        let live = self.groups.get(&key)?;
        live.counts().then(|| view::call(live, &self.site, &self.plan))
    }

    /// Live groups, oldest first.
    pub fn live(&self) -> impl Iterator<Item = CallKey> + '_ {
        self.groups.keys().copied()
    }

    fn dispatch(&mut self, event: &Event) {
        let leg = event.leg.as_deref();
        match &event.body {
            Body::LegStarted { .. } => self.leg_started(event),
            Body::LegEnded { cause } => self.with(leg, |s, leg| s.leg_ended(leg, *cause)),
            Body::HangupRequested => self.with(leg, Self::hangup_requested),
            Body::HalvesPaired { near, far } => self.halves_paired(event, near, far),
            Body::DialStarted { dest, endpoint } => self.dial_started(event, dest, endpoint),
            Body::DialRinging { dest } => self.dial_ringing(dest),
            Body::DialEnded { dest, endpoint, status } => self.dial_ended(leg, dest, endpoint, *status),
            Body::DialGaveUp { status } => self.with(leg, |s, leg| s.dial_gave_up(leg, *status)),
            Body::QueueJoined { queue, .. } => self.with(leg, |s, leg| s.queue_joined(leg, queue)),
            Body::QueueAbandoned { queue } => self.with(leg, |s, leg| s.queue_abandoned(leg, queue)),
            Body::QueueLeft { queue } => self.with(leg, |s, leg| s.queue_left(leg, queue)),
            Body::QueueExited { status } => self.with(leg, |s, leg| s.queue_exited(leg, *status)),
            Body::MemberConnected { queue, dest, .. } => {
                self.with(leg, |s, leg| s.member_connected(leg, queue, dest));
            }
            Body::BridgeEntered { bridge } => self.with(leg, |s, leg| s.bridge_entered(leg, bridge)),
            Body::BridgeLeft { bridge } => self.with(leg, |s, leg| s.bridge_left(leg, bridge)),
            Body::Held => self.with(leg, |s, leg| s.set_held(leg, true)),
            Body::Resumed => self.with(leg, |s, leg| s.set_held(leg, false)),
            Body::Parked => self.with(leg, Self::parked),
            Body::Unparked => self.with(leg, Self::unparked),
            Body::Transferred { .. } => self.transferred(event),
            Body::PickedUp { target } => self.with(leg, |s, leg| s.picked_up(leg, target)),
            Body::MailboxEntered => self.with(leg, Self::mailbox_entered),
            Body::MessageLeft => self.with(leg, Self::message_left),
            Body::Diverted { kind, reason, .. } => self.with(leg, |s, leg| s.diverted(leg, *kind, reason)),
            Body::NotDiverted { status, .. } => self.with(leg, |s, leg| s.not_diverted(leg, *status)),
            Body::SnapshotStarted => self.snapshot_started(),
            Body::LegSeen { endpoint, age_us, bridge } => {
                self.leg_seen(event, endpoint, *age_us, bridge.as_deref())
            }
            Body::QueueCallerSeen { queue, wait_us, .. } => {
                self.with(leg, |s, leg| s.queue_caller_seen(leg, queue, *wait_us));
            }
            Body::SnapshotEnded => self.snapshot_ended(),
            Body::Gap { reason, .. } => self.gap(*reason == GapReason::RecordsLost),
            Body::PbxStarted => self.all_gone(live::Ending::NotSeen),
            Body::PbxStopped => self.all_gone(live::Ending::PbxStopped),
            // Priorities, missed members, the state of diversions and heartbeats say nothing about one call's outcome.
            Body::PrioritySet { .. }
            | Body::MemberMissed { .. }
            | Body::MemberState { .. }
            | Body::DiversionSet { .. }
            | Body::DiversionCleared { .. }
            | Body::Heartbeat => {}
            // Of sources that do not tell of channels: others put these together.
            Body::QueueEntered { .. }
            | Body::QueueAnswered { .. }
            | Body::QueueCompleted { .. }
            | Body::CallRecorded(_) => {}
        }
    }

    fn with(&mut self, leg: Option<&str>, act: impl FnOnce(&mut Self, &str)) {
        if let Some(leg) = leg.filter(|leg| self.legs.contains(leg)) {
            act(self, leg);
        }
    }

    /// The group of a live leg, marked as touched by this event.
    fn touch(&mut self, leg: &str) -> Option<&mut Live> {
        let key = self.legs.get(leg)?.group;
        self.step.touched.insert(key);
        self.groups.get_mut(&key).map(|live| &mut **live)
    }

    /// Like `touch`, and the call's record changes.
    fn change(&mut self, leg: &str) -> Option<&mut Live> {
        let key = self.legs.get(leg)?.group;
        self.step.dirty.insert(key);
        self.touch(leg)
    }

    /// The call that `leg` stands in for the caller of: the caller's own leg, or an internal half on the way from it.
    fn caller_of(&mut self, leg: &str) -> Option<&mut Live> {
        let key = self.legs.get(leg)?.group;
        self.step.touched.insert(key);
        let caller = self.groups.get(&key)?.caller_leg()?;
        if !self.legs.is_on_path(leg, caller) {
            return None;
        }
        self.step.dirty.insert(key);
        self.groups.get_mut(&key).map(|live| &mut **live)
    }

    fn new_group(&mut self) -> CallKey {
        let key = CallKey(self.next_key);
        self.next_key += 1;
        self.groups.insert(key, Box::default());
        key
    }

    fn finish(&mut self) -> Transition {
        let mut touched = std::mem::take(&mut self.step.touched).into_vec();
        let mut dirty = std::mem::take(&mut self.step.dirty);
        // One that is not there any more was over before, and is remembered.
        let is_over = |key: &CallKey| self.groups.get(key).is_some_and(|live| live.legs.is_empty());
        let over: Vec<CallKey> = touched.iter().copied().filter(is_over).collect();
        // The last version of a call says that it is the last, even if nothing else changed.
        dirty.extend(over.iter().copied());
        let mut changed = std::mem::take(&mut self.step.changed);
        for key in &dirty {
            if let Some(live) = self.groups.get_mut(key).filter(|live| live.counts()) {
                live.version += 1;
                let mut version = view::call(live, &self.site, &self.plan);
                version.is_final = over.contains(key);
                changed.push(version);
            }
        }
        let mut retired = over;
        retired.retain(|key| !self.is_remembered(*key, self.step.received_us));
        self.forget_who_waits_no_longer(&touched);
        touched.retain(|key| !retired.contains(key));
        let merged = std::mem::take(&mut self.step.merged);
        Transition { touched, merged, changed, retired, forgotten: Vec::new() }
    }

    /// A group is over. A call is remembered for a moment.
    fn is_remembered(&mut self, key: CallKey, received_us: i64) -> bool {
        let Some(live) = self.groups.remove(&key) else { return false };
        self.legs.forget_group(&live);
        if live.counts() {
            self.ended.remember(key, live.ids, received_us);
            return true;
        }
        false
    }
}
