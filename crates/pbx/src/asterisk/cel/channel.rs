//! Channels that are alive, and how they hang together.

use call::Text;
use call::event::{DialStatus, Endpoint};
use std::collections::{HashMap, VecDeque};

/// No call lasts so long: the end of a channel that is older was never written, because the PBX broke down.
const CHANNEL_US_MAX: i64 = 24 * 3600 * 1_000_000;

/// An attempt to reach somebody, told once it is known how it ended and what made it.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub dest: Text,
    pub linked: Text,
    pub endpoint: Endpoint,
    pub started_us: i64,
    /// When and how; none: somebody else took what rang there.
    pub ended: Option<(i64, DialStatus)>,
    /// A queue made it; the dialplan otherwise.
    pub by_queue: bool,
    /// That queue, if the attempt itself tells.
    pub queue: Option<Text>,
}

/// One channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub endpoint: Endpoint,
    pub name: Text,
    pub linked: Text,
    pub started_us: i64,
    /// Where its first line stands in the stream.
    pub offset: u64,
    /// The PBX made it to call somebody, and nothing tells yet what came of it.
    pub is_calling: bool,
    pub twin: Option<Text>,
    pub is_bridged: bool,
    /// It hung up.
    pub is_over: bool,
    /// It runs a dialplan: the device or trunk called the PBX, or it is the far half of an internal pair.
    pub runs_dialplan: bool,
    /// What it dialled.
    pub dialled: Text,
    /// Where in the dialplan it is.
    pub context: Text,
    pub exten: Text,
    /// The queue whose application runs, and its longest wait.
    pub application: Option<(Text, Option<i64>)>,
    /// The queue it stands in since when.
    pub queue: Option<(Text, i64)>,
    /// The queue whose member it speaks or spoke to.
    pub served_by: Option<Text>,
    /// Somebody has answered it.
    pub has_talked: bool,
    pub has_mailbox: bool,
    /// The channel of the same phone that has put somebody on hold for this one.
    pub consults_for: Option<Text>,
    /// Since when its dialplan goes on.
    pub free_us: i64,
    /// Attempts whose queue is not known yet.
    pub attempts: Vec<Attempt>,
}

impl Channel {
    /// The far half of an internal pair.
    pub fn is_far(&self) -> bool {
        self.endpoint == Endpoint::Internal { far: true }
    }

    /// The extension that the far half was made for: `Local/2101@context-…;2`.
    pub fn meant_for(&self) -> &str {
        let resource = self.name.split_once('/').map_or("", |(_, resource)| resource);
        resource.split_once('@').map_or("", |(extension, _)| extension)
    }
}

/// Channels with the same linked id.
#[derive(Debug)]
struct Set {
    ids: Vec<Text>,
    /// Where and when the first channel began that has to do with what is known of these.
    since: (u64, i64),
}

/// All of them, also by their linked id.
#[derive(Debug, Default)]
pub(super) struct Channels {
    by_id: HashMap<Text, Channel>,
    sets: HashMap<Text, Set>,
    /// In the order of their beginnings; some are gone.
    by_age: VecDeque<Text>,
    /// When the youngest began.
    newest_us: i64,
    /// Halves of pairs whose other half is not there yet, by the name without `;1` and `;2`.
    halves: HashMap<Text, Text>,
}

impl Channels {
    pub fn get(&self, id: &str) -> Option<&Channel> {
        self.by_id.get(id)
    }

    pub fn get_mut(&mut self, id: &str) -> Option<&mut Channel> {
        self.by_id.get_mut(id)
    }

    /// From where on everything has to be read to know the same of the channels that are alive. One whose past goes back
    /// for longer than any call lasts is known from its own beginning.
    pub fn restart_at(&self) -> Option<u64> {
        let own = |set: &Set| set.ids.iter().filter_map(|id| Some(self.by_id.get(id)?.offset)).min();
        let of = |set: &Set| if self.is_too_old(set.since.1) { own(set) } else { Some(set.since.0) };
        self.sets.values().filter_map(of).min()
    }

    pub fn insert(&mut self, id: Text, channel: Channel) {
        self.newest_us = self.newest_us.max(channel.started_us);
        let since = (channel.offset, channel.started_us);
        self.join_set(&id, channel.linked.clone(), since);
        self.by_age.push_back(id.clone());
        self.by_id.insert(id, channel);
        self.forget_old();
    }

    fn is_too_old(&self, started_us: i64) -> bool {
        self.newest_us.saturating_sub(started_us) > CHANNEL_US_MAX
    }

    fn forget_old(&mut self) {
        while let Some(id) = self.by_age.front().cloned() {
            match self.by_id.get(&id) {
                Some(channel) if !self.is_too_old(channel.started_us) => break,
                Some(_) => self.remove(&id),
                None => {}
            }
            self.by_age.pop_front();
        }
    }

    pub fn remove(&mut self, id: &str) {
        if let Some(twin) = self.by_id.get(id).and_then(|channel| channel.twin.clone()) {
            self.has_to_do_with(id, &twin);
        }
        let Some(channel) = self.by_id.remove(id) else { return };
        self.leave_set(id, &channel.linked);
        self.halves.retain(|_, half| &**half != id);
    }

    /// What is known of the second one depends on the first one, whatever sets they are in.
    pub fn has_to_do_with(&mut self, first: &str, second: &str) {
        let Some(since) = self.set_of(first).map(|set| set.since) else { return };
        let linked = self.by_id.get(second).map(|channel| &channel.linked);
        if let Some(set) = linked.and_then(|linked| self.sets.get_mut(linked)) {
            set.since = set.since.min(since);
        }
    }

    /// The PBX moves channels between sets when calls are joined.
    pub fn follow(&mut self, id: &str, linked: &Text) {
        let Some(channel) = self.by_id.get_mut(id).filter(|channel| channel.linked != *linked) else {
            return;
        };
        let before = std::mem::replace(&mut channel.linked, linked.clone());
        let since = self.sets.get(&before).map_or((channel.offset, channel.started_us), |set| set.since);
        self.leave_set(id, &before);
        self.join_set(id, linked.clone(), since);
    }

    fn join_set(&mut self, id: &str, linked: Text, since: (u64, i64)) {
        let set = self.sets.entry(linked).or_insert(Set { ids: Vec::new(), since });
        set.since = set.since.min(since);
        set.ids.push(id.into());
    }

    fn set_of(&self, id: &str) -> Option<&Set> {
        self.sets.get(&self.by_id.get(id)?.linked)
    }

    fn leave_set(&mut self, id: &str, linked: &str) {
        if let Some(set) = self.sets.get_mut(linked) {
            set.ids.retain(|other| &**other != id);
            if set.ids.is_empty() {
                self.sets.remove(linked);
            }
        }
    }

    /// `(near, far)` if this channel makes a pair whole.
    pub fn pair(&mut self, id: &Text) -> Option<(Text, Text)> {
        let channel = self.by_id.get(id)?;
        let Endpoint::Internal { far } = channel.endpoint else { return None };
        let name: Text = channel.name.rsplit_once(';')?.0.into();
        let Some(other) = self.halves.remove(&name) else {
            self.halves.insert(name, id.clone());
            return None;
        };
        for (one, twin) in [(id, &other), (&other, id)] {
            self.by_id.get_mut(one)?.twin = Some(twin.clone());
        }
        Some(if far { (other, id.clone()) } else { (id.clone(), other) })
    }

    /// Whose dialplan called this channel: of the same set, not speaking to anybody at that time. A far half that is
    /// there for this very extension goes before others, a younger one before an older, any of them before the caller.
    pub fn dialler_of(&self, id: &str) -> Option<Text> {
        let called = self.by_id.get(id)?;
        let device = match &called.endpoint {
            Endpoint::Device(device) => &**device,
            Endpoint::Internal { .. } => "",
        };
        let runs = |(other, channel): &(&Text, &Channel)| {
            channel.runs_dialplan
                && &***other != id
                && called.twin.as_ref() != Some(*other)
                && !channel.is_bridged
                && !channel.is_over
        };
        let set = self.sets.get(&called.linked)?;
        set.ids
            .iter()
            .filter_map(|other| Some((other, self.by_id.get(other)?)))
            .filter(runs)
            .filter(|(_, channel)| channel.started_us <= called.started_us)
            .max_by_key(|(_, channel)| {
                (channel.is_far() && channel.meant_for() == device, channel.is_far(), channel.started_us)
            })
            .map(|(other, _)| other.clone())
    }

    /// Where this device speaks to somebody.
    pub fn speaking(&self, device: &Endpoint) -> Option<Text> {
        let speaks = |(_, channel): &(&Text, &Channel)| channel.endpoint == *device && channel.is_bridged;
        self.by_id
            .iter()
            .filter(speaks)
            .max_by_key(|(_, channel)| channel.started_us)
            .map(|(id, _)| id.clone())
    }

    /// Channels that this one's dialplan is calling at the moment.
    pub fn called_by(&self, id: &str) -> Vec<Text> {
        let Some(set) = self.set_of(id) else { return Vec::new() };
        let calls = |other: &&Text| {
            self.by_id.get(&***other).is_some_and(|channel| channel.is_calling)
                && self.dialler_of(other).as_deref() == Some(id)
        };
        set.ids.iter().filter(calls).cloned().collect()
    }
}
