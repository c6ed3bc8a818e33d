//! What a way tells in the end: the last state of every call, every pane and every correction, as bytes.

use crate::ways::{Way, settings};
use call::Text;
use e2e::Machine;
use kpi::Bins;
use kpi::{Pane, PaneKey, WindowRecord, WindowRecordKind};
use std::collections::{BTreeMap, HashMap};
use wire::Codec;
use wire::rows::{Cell, Columns};

/// The latest of everything, as it was written.
#[derive(Default)]
pub struct Told {
    pub calls: HashMap<Text, Last>,
    pub panes: BTreeMap<PaneKey, Last>,
    pub corrections: BTreeMap<(PaneKey, Text, u32), Box<[u8]>>,
}

/// A record and what makes it the last one.
#[derive(Debug, Clone, PartialEq)]
pub struct Last {
    pub version: u64,
    pub is_last: bool,
    pub bytes: Box<[u8]>,
}

impl Told {
    /// From the topics, as a reader sees them who reads what is committed.
    pub fn by(way: &Way, machine: &Machine) -> Self {
        let codec = Codec::built_in().unwrap();
        let (kafka, topics) = (settings(machine), way.topics());
        let partitions: Vec<i32> = (0..way.partitions).collect();
        let mut told = Self::default();
        kafka::restore::read_all(&kafka, &topics.calls(), &partitions, |_, _, value| {
            told.call(&codec, value.unwrap());
        })
        .unwrap();
        kafka::restore::read_all(&kafka, &topics.kpi_windows(), &partitions, |_, _, value| {
            told.window(&codec, value.unwrap());
        })
        .unwrap();
        kafka::restore::read_all(&kafka, &topics.rejected(), &partitions, |_, _, value| {
            let rejected = codec.decode_rejected(value.unwrap()).unwrap();
            panic!("{}: rejected at {}: {}", way.name, rejected.position, rejected.reason.word());
        })
        .unwrap();
        told
    }

    /// A version that is not newer than the one before was written twice.
    pub fn call(&mut self, codec: &Codec, value: &[u8]) {
        let call = codec.decode_call(value).unwrap();
        let last = Last { version: call.version.into(), is_last: call.is_final, bytes: value.into() };
        let version = last.version;
        let before = self.calls.insert(call.call_id.clone(), last);
        let grows = before.is_none_or(|before| before.version < version && !before.is_last);
        assert!(grows, "call {}: version {version} is not newer than the one before", call.call_id);
    }

    pub fn window(&mut self, codec: &Codec, value: &[u8]) {
        let WindowRecord { key, kind, .. } = codec.decode_window(value).unwrap();
        match kind {
            WindowRecordKind::Pane { revision, closed } => {
                let last = Last { version: revision, is_last: closed, bytes: value.into() };
                let before = self.panes.insert(key.clone(), last);
                let grows = before.is_none_or(|before| before.version < revision && !before.is_last);
                assert!(grows, "{key:?}: revision {revision} is not newer than the one before");
            }
            WindowRecordKind::Correction { call_id, version } => {
                let id = (key, call_id, version);
                assert!(!self.corrections.contains_key(&id), "a correction was written twice: {id:?}");
                self.corrections.insert(id, value.into());
            }
        }
    }

    /// Every minute with its corrections added.
    pub fn minutes(&self) -> impl Iterator<Item = (&PaneKey, Pane)> {
        let codec = Codec::built_in().unwrap();
        let mut corrected: BTreeMap<&PaneKey, Vec<&[u8]>> = BTreeMap::new();
        for ((key, ..), bytes) in &self.corrections {
            corrected.entry(key).or_default().push(bytes);
        }
        let alone: Vec<&PaneKey> =
            corrected.keys().copied().filter(|key| !self.panes.contains_key(*key)).collect();
        self.panes.keys().chain(alone).map(move |key| {
            let mut pane = Pane::default();
            let revision = self.panes.get(key).map(|last| &*last.bytes);
            for bytes in revision.into_iter().chain(corrected.get(key).into_iter().flatten().copied()) {
                pane.combine(&codec.decode_window(bytes).unwrap().pane, 1);
            }
            (key, pane)
        })
    }

    /// The first difference: which call or which minute, and what both say.
    pub fn difference(&self, other: &Self) -> Option<String> {
        self.different_call(other)
            .or_else(|| self.different_minute(other))
            .or_else(|| self.different_record(other))
    }

    fn different_call(&self, other: &Self) -> Option<String> {
        let codec = Codec::built_in().unwrap();
        let show = |last: Option<&Last>| {
            last.map_or("is not there".to_owned(), |last| {
                format!("{:#?}", codec.decode_call(&last.bytes).unwrap())
            })
        };
        let mut ids: Vec<&Text> = self.calls.keys().chain(other.calls.keys()).collect();
        ids.sort_unstable();
        let id = ids.into_iter().find(|id| self.calls.get(*id) != other.calls.get(*id))?;
        Some(format!("call {id}: {}", unequal(&show(self.calls.get(id)), &show(other.calls.get(id)))))
    }

    fn different_minute(&self, other: &Self) -> Option<String> {
        let theirs: BTreeMap<&PaneKey, Pane> = other.minutes().collect();
        let mut ours = 0;
        for (key, pane) in self.minutes() {
            ours += 1;
            let nothing = Pane::default();
            let their = theirs.get(key).unwrap_or(&nothing);
            if pane != *their {
                return Some(format!("{}: {}", name(key), different_figure(&pane, their)));
            }
        }
        (ours != theirs.len())
            .then(|| format!("{ours} minutes of queues, units and sites, not {}", theirs.len()))
    }

    /// Sums that agree, of other parts.
    fn different_record(&self, other: &Self) -> Option<String> {
        let mut keys = self.panes.keys().chain(other.panes.keys());
        if let Some(key) = keys.find(|key| self.panes.get(*key) != other.panes.get(*key)) {
            let (ours, theirs) = (self.panes.get(key), other.panes.get(key));
            let version = |last: Option<&Last>| last.map(|last| (last.version, last.is_last));
            return Some(format!(
                "{}: (revision, closed) {:?}, not {:?}",
                name(key),
                version(ours),
                version(theirs)
            ));
        }
        let mut ids = self.corrections.keys().chain(other.corrections.keys());
        let id = ids.find(|id| self.corrections.get(*id) != other.corrections.get(*id))?;
        let (there, here) = (other.corrections.contains_key(id), self.corrections.contains_key(id));
        Some(format!("{}: the correction of {} version {}: {here}, not {there}", name(&id.0), id.1, id.2))
    }
}

/// The first figure in which two minutes differ, by its name in the tables.
fn different_figure(one: &Pane, other: &Pane) -> String {
    let (ours, theirs) = (columns(one), columns(other));
    let mut names = ours.keys().chain(theirs.keys());
    let figure = |figures: &BTreeMap<String, i64>, name: &String| figures.get(name).copied().unwrap_or(0);
    let name = names.find(|name| figure(&ours, name) != figure(&theirs, name));
    name.map_or_else(String::new, |name| {
        format!("{name} is {}, not {}", figure(&ours, name), figure(&theirs, name))
    })
}

/// Every figure of a pane by the name of its column; of a histogram each bin.
pub fn columns(pane: &Pane) -> BTreeMap<String, i64> {
    let (mut described, mut bytes) = (Vec::new(), Vec::new());
    Pane::describe("", &mut described);
    pane.put_columns(&mut bytes);
    let mut input = &bytes[..];
    let mut figures = BTreeMap::new();
    for (name, kind) in described {
        if kind.starts_with("Map") {
            for (bin, count) in &Bins::take(&mut input).unwrap() {
                figures.insert(format!("{name}[{bin}]"), count);
            }
        } else {
            figures.insert(name, i64::take(&mut input).unwrap());
        }
    }
    assert!(input.is_empty());
    figures
}

fn name(key: &PaneKey) -> String {
    let (kind, name) = (key.dimension.kind(), key.dimension.name());
    format!(
        "site {}, minute {} ({} s), {kind} {name}, {}",
        key.site,
        key.minute,
        key.minute * 60,
        key.direction
    )
}

/// The first line in which two differ, after the names that it stands under.
fn unequal(one: &str, other: &str) -> String {
    let mut under: Vec<&str> = Vec::new();
    for (a, b) in one.lines().zip(other.lines()) {
        under.truncate((a.len() - a.trim_start().len()) / 4);
        if a != b {
            return format!("{} {} not {}", under.join(" "), a.trim(), b.trim());
        }
        under.push(a.trim());
    }
    format!("{one}, not {other}")
}
