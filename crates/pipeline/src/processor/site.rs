//! One site's state.

use super::coverage::Coverage;
use super::ears::{Ears, Verdict};
use super::floor::Floor;
use super::listed::is_listed;
use super::marks::Marks;
use super::output::{Change, Output};
use super::panes::{Panes, Parts, Step};
use super::record::SiteRecord;
use super::retention::Retention;
use super::voices::Voices;
use super::{Applied, Gauges, Setup};
use crate::{Breaches, Invariant};
use call::reconcile::Merging;
use call::reconcile::live::voice;
use call::{Body, Call, Event, Map, SitePlan, SourceKind, Text};
use kpi::{Part, Served, Told, Whose};
use std::collections::BTreeSet;
use std::sync::Arc;
use window::Watermark;

/// A PBX whose clock is further ahead than this does not move the watermark on: one wild time would close every minute.
const CLOCK_AHEAD_MAX_US: i64 = 3_600_000_000;

/// What a live call counts for.
#[derive(Debug)]
pub(super) struct Counted {
    pub call: Call,
    /// What counters have heard of it.
    pub told: Told,
    /// Since the last commit.
    pub is_changed: bool,
}

#[derive(Debug)]
pub(super) struct Site {
    pub(super) name: Text,
    pub(super) setup: Arc<Setup>,
    pub(super) voices: Voices,
    pub(super) merging: Merging,
    pub(super) coverage: Coverage,
    pub(super) retention: Retention,
    pub(super) floor: Floor,
    pub(super) calls: Map<Text, Counted>,
    pub(super) panes: Panes,
    pub(super) marks: Marks,
    /// Sources of which something was lost: told as a gap when they speak again.
    pub(super) owed: BTreeSet<SourceKind>,
    pub(super) ears: Ears,
    pub(super) watermark: Watermark,
    pub(super) next_sequence: u64,
    pub(super) pending: Pending,
}

/// What changed since the last commit.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub anything: bool,
    /// Ids of calls of which a version is new; of one that is over the call itself is kept.
    pub changed: Vec<Text>,
    pub ended: Map<Text, Call>,
    /// By number, ascending.
    pub kept: Vec<(u64, Vec<u8>)>,
    pub freed: Vec<u64>,
    pub breaches: Breaches,
    pub served: Vec<Served>,
}

impl Site {
    pub fn new(name: &str, plan: Arc<SitePlan>, setup: Arc<Setup>) -> Self {
        let watermark = Watermark::new(setup.disorder_us);
        let panes = Panes::new(setup.definition_version);
        Self {
            name: name.into(),
            setup,
            merging: Merging::new(&plan.sources),
            voices: Voices::new(name, plan),
            coverage: Coverage::default(),
            retention: Retention::default(),
            floor: Floor::default(),
            calls: Map::default(),
            panes,
            marks: Marks::default(),
            owed: BTreeSet::new(),
            ears: Ears::default(),
            watermark,
            next_sequence: 0,
            pending: Pending::default(),
        }
    }

    pub fn apply(&mut self, event: &Event, bytes: &[u8]) -> Applied {
        if !self.marks.advance(&event.origin) {
            return Applied::Repeated;
        }
        self.pending.anything = true;
        let heard = self.ears.hear(event, bytes);
        heard.before.iter().for_each(|(event, bytes)| self.make_use_of(event, bytes));
        if heard.verdict == Verdict::Use {
            self.make_use_of(event, bytes);
        }
        heard.after.iter().for_each(|(event, bytes)| self.make_use_of(event, bytes));
        match heard.verdict {
            Verdict::Use | Verdict::Reshaped => Applied::Used,
            Verdict::Repeated => Applied::Repeated,
            Verdict::TooLate => Applied::TooLate,
            Verdict::Held => Applied::Held,
        }
    }

    pub(super) fn make_use_of(&mut self, event: &Event, bytes: &[u8]) {
        if event.origin.kind == SourceKind::CsvImport && self.merging.has_listening() {
            self.apply_listed(event, bytes);
            return;
        }
        let before = self.watermark;
        let at_us = event.at_us.min(event.received_us.saturating_add(CLOCK_AHEAD_MAX_US));
        let kind = voice(event.origin.kind);
        if self.merging.hear(event, at_us) {
            self.adopt_live_calls();
        }
        if self.merging.drives(kind) {
            self.watermark.observe(at_us);
        }
        let went_back = self.watermark.at_us() < before.at_us();
        self.pending
            .breaches
            .check(Invariant::WatermarkMonotone, !went_back, || format!("site {}", self.name));
        self.floor.hear(event, bytes);
        let versions = self.step(event, bytes);
        let mut closes = self.panes.advance(self.setup.lateness.closed_before(self.watermark));
        for call in versions {
            if let Some(call) = self.merging.take(kind, call) {
                closes |= call.is_final;
                self.count(call);
            }
        }
        for call in self.merging.look() {
            closes |= call.is_final;
            self.count(call);
        }
        self.coverage.tell(&self.name, &self.merging, self.watermark.at_us(), &mut self.panes);
        if closes {
            self.panes.close(&self.name);
        }
    }

    /// Gives the new versions of the event's calls, and keeps the event if any that lives depends on it.
    pub(super) fn step(&mut self, event: &Event, bytes: &[u8]) -> Vec<Call> {
        let freed_before = self.pending.freed.len();
        let (versions, is_kept) = self.assemble(event, self.next_sequence);
        let mut freed = self.pending.freed[freed_before..].iter();
        if let Some(own) = freed.position(|freed| *freed == self.next_sequence) {
            // Never written, and the number is the next one's.
            self.pending.freed.swap_remove(freed_before + own);
        } else if is_kept {
            self.pending.kept.push((self.next_sequence, bytes.into()));
            self.next_sequence += 1;
        }
        versions
    }

    /// Steps the assembler; gives the new versions, and whether the event must be kept if it was not freed at once. The same when
    /// events are replayed.
    pub(super) fn assemble(&mut self, event: &Event, sequence: u64) -> (Vec<Call>, bool) {
        let transition = self.voices.apply(event);
        let freed = &mut self.pending.freed;
        match event.body {
            Body::SnapshotStarted => self.retention.hold_everything(true, freed),
            Body::SnapshotEnded | Body::PbxStarted | Body::PbxStopped => {
                self.retention.hold_everything(false, freed);
            }
            _ => {}
        }
        for (absorbed, into) in transition.merged {
            self.retention.merge(absorbed, into);
        }
        // A call's last event is kept too while a call that it is bound to lives.
        let mut keys = transition.touched;
        keys.extend(&transition.retired);
        let is_live = voice(event.origin.kind) == SourceKind::AsteriskAmi;
        let is_kept = self.retention.touch(sequence, &keys, binds(&event.body), is_live);
        for key in transition.retired.into_iter().chain(transition.forgotten) {
            self.retention.retire(key, freed);
        }
        (transition.changed, is_kept)
    }

    /// Replaces what the call counted for by what its new version counts for.
    pub(super) fn count(&mut self, mut call: Call) {
        let Self { calls, panes, pending, setup, .. } = self;
        let mut old = calls.get_mut(&call.call_id);
        if let Some(old) = &old {
            // A call counts in the minute, and stands at the place in tables, where it was told first: clocks of sources differ.
            call.arrived_us = old.call.arrived_us;
            if call.version <= old.call.version {
                // Only after the site's configuration changed while the call was alive; readers take the highest.
                call.version = old.call.version + 1;
            }
        }
        let cadence = setup.measures.cadence;
        let now = kpi::parts(&call, cadence);
        check_counts_once(&call, &now, &mut pending.breaches);
        let mut unheard = Told::default();
        let (before, told) = match old.as_mut() {
            Some(Counted { call, told, .. }) => (kpi::parts(call, cadence), told),
            None => (Vec::new(), &mut unheard),
        };
        if !is_listed(&call) {
            pending.served.extend(told.news(&call, cadence));
        }
        steps(&before, &now, &call).for_each(|step| panes.step(&step));
        match old {
            _ if call.is_final => {
                calls.remove(&call.call_id);
                pending.ended.insert(call.call_id.clone(), call);
            }
            Some(old) => {
                old.call = call;
                if !old.is_changed {
                    pending.changes(old);
                }
            }
            None => {
                let id = call.call_id.clone();
                let mut counted = Counted { call, told: unheard, is_changed: false };
                pending.changes(&mut counted);
                calls.insert(id, counted);
            }
        }
    }

    /// Calls that one source told alone until now. Those of an imported list stay its own.
    pub(super) fn adopt_live_calls(&mut self) {
        if self.merging.is_of_several() {
            let others = self.calls.values().filter(|counted| !is_listed(&counted.call));
            others.for_each(|counted| self.merging.adopt(&counted.call));
        }
    }

    /// Hands over everything that changed.
    pub fn take(&mut self, output: &mut Output, breaches: &mut Breaches) {
        let pending = std::mem::take(&mut self.pending);
        if !pending.anything {
            return;
        }
        breaches.add(pending.breaches);
        self.take_events(pending.kept, pending.freed, &mut output.changes);
        self.take_told(&mut output.changes);
        self.floor.take(&self.name, &mut output.changes);
        output.decided.extend(self.ears.take(&self.name, &mut output.changes));
        output.served.extend(pending.served);
        output.calls.extend(self.take_calls(pending.changed, pending.ended));
        self.panes.take(&self.name, breaches, &mut output.windows);
        output.changes.push(Change::PutSite(Box::new(self.record())));
    }

    /// The latest version of each call that changed, by id.
    fn take_calls(&mut self, changed: Vec<Text>, mut ended: Map<Text, Call>) -> Vec<Call> {
        let mut calls = Vec::with_capacity(changed.len() + ended.len());
        for id in changed {
            // A call that is over is not there; and one may have changed before and after.
            if let Some(counted) = self.calls.get_mut(&id).filter(|counted| counted.is_changed) {
                counted.is_changed = false;
                ended.remove(&id);
                calls.push(counted.call.clone());
            }
        }
        calls.extend(ended.into_values());
        calls.sort_unstable_by(|one, other| one.call_id.cmp(&other.call_id));
        calls
    }

    /// Events that came and went between two commits are never written.
    fn take_events(&self, kept: Vec<(u64, Vec<u8>)>, mut freed: Vec<u64>, changes: &mut Vec<Change>) {
        freed.sort_unstable();
        freed.dedup();
        let never: Vec<u64> = kept.iter().map(|(sequence, _)| *sequence).collect();
        for (sequence, bytes) in kept {
            if freed.binary_search(&sequence).is_err() {
                changes.push(Change::PutEvent { site: self.name.clone(), sequence, bytes });
            }
        }
        let drop = |sequence| Change::DropEvent { site: self.name.clone(), sequence };
        let written = freed.into_iter().filter(|sequence| never.binary_search(sequence).is_err());
        changes.extend(written.map(drop));
    }

    fn take_told(&mut self, changes: &mut Vec<Change>) {
        let site = &self.name;
        changes.extend(self.merging.take_changes().into_iter().map(|((call_id, kind), call)| match call {
            Some(call) => Change::PutTold { kind, call: Box::new(call) },
            None => Change::DropTold { site: site.clone(), kind, call_id },
        }));
    }

    fn record(&self) -> SiteRecord {
        let (now_us, looked_minute) = self.merging.times();
        let (ears, next_held) = self.ears.records();
        SiteRecord {
            site: self.name.clone(),
            next_sequence: self.next_sequence,
            watermark_us: self.watermark.at_us(),
            closed_before: self.panes.closed_before(),
            live_calls: self.calls.len() as u64,
            marks: self.marks.records(),
            owed: self.owed.clone(),
            heard: self.merging.heard().clone(),
            alone: self.merging.alone(),
            now_us,
            looked_minute,
            coverage: self.coverage.clone(),
            ears,
            next_held,
        }
    }

    pub fn gauges(&self) -> Gauges {
        Gauges {
            site: self.name.clone(),
            watermark_us: self.watermark.at_us(),
            live_calls: self.calls.len(),
            open_panes: self.panes.len(),
            doubtful_calls: self.merging.doubtful(),
            heard: self.merging.heard().iter().map(|(kind, heard)| (*kind, heard.last_us)).collect(),
            collectors: self.ears.counts(),
            queues: self.floor.now(self.calls.values().map(|counted| &counted.call), self.merging.times().0),
        }
    }
}

/// Whether an event that touched several calls binds them together. Those that tell of the whole PBX do not.
fn binds(body: &Body) -> bool {
    !matches!(
        body,
        Body::SnapshotStarted
            | Body::SnapshotEnded
            | Body::Gap { .. }
            | Body::Heartbeat
            | Body::PbxStarted
            | Body::PbxStopped
    )
}

impl Pending {
    /// Its version is new.
    fn changes(&mut self, counted: &mut Counted) {
        self.changed.push(counted.call.call_id.clone());
        counted.is_changed = true;
    }
}

/// One for each pane of either.
fn steps<'a>(before: &'a Parts<'a>, now: &'a Parts<'a>, call: &'a Call) -> impl Iterator<Item = Step<'a>> {
    let all = move |place: usize| before.get(place).or_else(|| now.get(place - before.len()));
    let first = move |place: usize| {
        let (here, _) = all(place)?;
        let is_first = (0..place).filter_map(all).all(|(other, _)| other != here);
        is_first.then_some(Step { place: *here, before, now, call })
    };
    (0..before.len() + now.len()).filter_map(first)
}

fn check_counts_once(call: &Call, parts: &Parts<'_>, breaches: &mut Breaches) {
    let in_site = parts
        .iter()
        .filter(|(place, part)| place.whose == Whose::Site && matches!(part, Part::Call(_)))
        .count();
    let expected = usize::from(call.merged_into.is_none());
    let what = || format!("call {} version {} counts {in_site} times", call.call_id, call.version);
    breaches.check(Invariant::OneOutcome, in_site == expected, what);
}
