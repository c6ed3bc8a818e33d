//! Channels that are alive, and how they hang together.

use call::Text;
use call::event::{DialStatus, Endpoint};
use std::collections::HashMap;

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

/// All of them, also by their linked id.
#[derive(Debug, Default)]
pub(super) struct Channels {
    by_id: HashMap<Text, Channel>,
    sets: HashMap<Text, Vec<Text>>,
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

    /// The beginning of the oldest channel that is alive.
    pub fn oldest_offset(&self) -> Option<u64> {
        self.by_id.values().map(|channel| channel.offset).min()
    }

    pub fn insert(&mut self, id: Text, channel: Channel) {
        self.sets.entry(channel.linked.clone()).or_default().push(id.clone());
        self.by_id.insert(id, channel);
    }

    pub fn remove(&mut self, id: &str) {
        let Some(channel) = self.by_id.remove(id) else { return };
        self.leave_set(id, &channel.linked);
        self.halves.retain(|_, half| &**half != id);
    }

    /// The PBX moves channels between sets when calls are joined.
    pub fn follow(&mut self, id: &str, linked: &Text) {
        let Some(channel) = self.by_id.get_mut(id).filter(|channel| channel.linked != *linked) else {
            return;
        };
        let before = std::mem::replace(&mut channel.linked, linked.clone());
        self.leave_set(id, &before);
        self.sets.entry(linked.clone()).or_default().push(id.into());
    }

    fn leave_set(&mut self, id: &str, linked: &str) {
        if let Some(set) = self.sets.get_mut(linked) {
            set.retain(|other| &**other != id);
            if set.is_empty() {
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
        set.iter()
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
        let Some(set) = self.by_id.get(id).and_then(|channel| self.sets.get(&channel.linked)) else {
            return Vec::new();
        };
        let calls = |other: &&Text| {
            self.by_id.get(&***other).is_some_and(|channel| channel.is_calling)
                && self.dialler_of(other).as_deref() == Some(id)
        };
        set.iter().filter(calls).cloned().collect()
    }
}
