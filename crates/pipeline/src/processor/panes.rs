//! Open panes: revised by every call that counts in them until they close; after that, corrections.

use super::minute::Minute;
use crate::{Breaches, Invariant};
use call::{Call, Direction, Text};
use kpi::{Dimension, Pane, PaneKey, Part, Place, WindowRecord, WindowRecordKind};
use std::collections::BTreeMap;

/// What a version of a call counts for.
pub(super) type Parts<'a> = [(Place<'a>, Part)];

/// What one version of a call changes in one pane.
pub(super) struct Step<'a> {
    pub place: Place<'a>,
    /// All that the earlier version counted for, here and elsewhere; empty of one that had ended.
    pub before: &'a Parts<'a>,
    /// All that this version counts for.
    pub now: &'a Parts<'a>,
    /// It is final.
    pub call: &'a Call,
}

impl<'a> Step<'a> {
    fn here(&self, parts: &'a Parts<'a>) -> impl Iterator<Item = &'a Part> + Clone + use<'a> {
        let place = self.place;
        parts.iter().filter(move |(other, _)| *other == place).map(|(_, part)| part)
    }

    fn taken(&self) -> impl Iterator<Item = &'a Part> + Clone + use<'a> {
        self.here(self.before)
    }

    fn added(&self) -> impl Iterator<Item = &'a Part> + Clone + use<'a> {
        self.here(self.now)
    }

    /// How many of its parts here are of a call that goes on.
    fn live(&self) -> u32 {
        if self.call.is_final { 0 } else { count(self.added()) }
    }

    fn count(&self, pane: &mut Pane) {
        self.taken().for_each(|part| pane.count(part, -1));
        self.added().for_each(|part| pane.count(part, 1));
    }
}

fn count<'a>(parts: impl Iterator<Item = &'a Part>) -> u32 {
    u32::try_from(parts.count()).unwrap_or(u32::MAX)
}

#[derive(Debug)]
pub(super) struct Panes {
    definition_version: u32,
    closed_before: i64,
    /// By minute, so that what is over is found at once and no key needs the site's name.
    open: BTreeMap<i64, Minute>,
    /// Where a pane is new or revised.
    changed: Vec<(i64, Dimension, Direction)>,
    closed: BTreeMap<PaneKey, WindowRecord>,
    corrections: Vec<WindowRecord>,
}

impl Panes {
    /// By these formulas.
    pub fn new(definition_version: u32) -> Self {
        Self {
            definition_version,
            closed_before: i64::MIN,
            open: BTreeMap::new(),
            changed: Vec::new(),
            closed: BTreeMap::new(),
            corrections: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.open.values().map(Minute::len).sum()
    }

    /// Takes in what a call's new version changes. A minute that is over and has no open pane gets a correction.
    pub fn step(&mut self, step: &Step<'_>) {
        let (place, is_same) = (step.place, step.taken().eq(step.added()));
        let minute = match self.open.get_mut(&place.minute) {
            Some(minute) => minute,
            None if place.minute < self.closed_before => return self.correct(step, is_same),
            None => self.open.entry(place.minute).or_default(),
        };
        if place.minute < self.closed_before && minute.get(&place).is_none() {
            return self.correct(step, is_same);
        }
        let is_news = minute.open(&place, |open| {
            open.live = open.live.saturating_sub(count(step.taken())) + step.live();
            if is_same {
                return false;
            }
            step.count(&mut open.pane);
            open.revision += 1;
            !std::mem::replace(&mut open.is_changed, true)
        });
        if is_news {
            self.changed.push((place.minute, place.whose.dimension(), place.direction));
        }
    }

    fn correct(&mut self, step: &Step<'_>, is_same: bool) {
        if is_same {
            return;
        }
        let (mut difference, call) = (Box::<Pane>::default(), step.call);
        step.count(&mut difference);
        if !difference.is_zero() {
            let kind = WindowRecordKind::Correction { call_id: call.call_id.clone(), version: call.version };
            let record = self.record(step.place.key(&call.site), kind, difference);
            self.corrections.push(record);
        }
    }

    fn record(&self, key: PaneKey, kind: WindowRecordKind, pane: Box<Pane>) -> WindowRecord {
        WindowRecord { key, kind, pane, definition_version: self.definition_version }
    }

    /// Every minute before this one is past revision; says whether that is news.
    pub fn advance(&mut self, closed_before: i64) -> bool {
        let advances = closed_before > self.closed_before;
        self.closed_before = self.closed_before.max(closed_before);
        advances
    }

    /// Every minute before this one is past revision.
    pub fn closed_before(&self) -> i64 {
        self.closed_before
    }

    /// Closes every pane whose minute is over and whose calls are all final.
    pub fn close(&mut self, site: &Text) {
        let Self { open, closed, definition_version, .. } = self;
        for (&minute, panes) in open.range_mut(..self.closed_before) {
            panes.close(|dimension, direction, open| {
                let key = PaneKey { site: site.clone(), minute, dimension, direction };
                let kind = WindowRecordKind::Pane { revision: open.revision + 1, closed: true };
                let definition_version = *definition_version;
                let record = WindowRecord { key: key.clone(), kind, pane: open.pane, definition_version };
                closed.insert(key, record);
            });
        }
        while self.open.first_entry().is_some_and(|minute| minute.get().is_empty()) {
            self.open.pop_first();
        }
    }

    /// As the changelog has them.
    pub fn restored(definition_version: u32, closed_before: i64, records: Vec<WindowRecord>) -> Self {
        let mut panes = Self { closed_before, ..Self::new(definition_version) };
        records.into_iter().for_each(|record| panes.restore(record));
        panes
    }

    /// A pane as the changelog has it. Its live calls come later, by [`Panes::count_live`].
    fn restore(&mut self, record: WindowRecord) {
        if let WindowRecordKind::Pane { revision, closed: false } = record.kind {
            let minute = self.open.entry(record.key.minute).or_default();
            minute.open(&record.key.place(), |open| (open.pane, open.revision) = (record.pane, revision));
        }
    }

    /// One more part of a live call counts in this pane, if it is open.
    pub fn count_live(&mut self, place: &Place<'_>) {
        if let Some(open) = self.open.get_mut(&place.minute).and_then(|minute| minute.get_mut(place)) {
            open.live += 1;
        }
    }

    /// Revisions, panes that closed and corrections since the last time.
    pub fn take(&mut self, site: &Text, breaches: &mut Breaches, windows: &mut Vec<WindowRecord>) {
        let mut changed = std::mem::take(&mut self.changed);
        windows.reserve(changed.len() + self.closed.len() + self.corrections.len());
        changed.sort_unstable();
        for (minute, dimension, direction) in changed {
            let key = PaneKey { site: site.clone(), minute, dimension, direction };
            let open = self.open.get_mut(&minute).and_then(|minute| minute.get_mut(&key.place()));
            // One that has been closed meanwhile is not there.
            let Some(open) = open.filter(|open| open.is_changed) else { continue };
            open.is_changed = false;
            check(&key, &open.pane, breaches);
            let (kind, pane) =
                (WindowRecordKind::Pane { revision: open.revision, closed: false }, open.pane.clone());
            windows.push(self.record(key, kind, pane));
        }
        for (key, record) in std::mem::take(&mut self.closed) {
            check(&key, &record.pane, breaches);
            let reopened =
                self.open.get(&key.minute).is_some_and(|minute| minute.get(&key.place()).is_some());
            breaches.check(Invariant::ClosedIsClosed, !reopened, || format!("{key:?} was opened again"));
            windows.push(record);
        }
        windows.append(&mut self.corrections);
    }
}

fn check(key: &PaneKey, pane: &Pane, breaches: &mut Breaches) {
    let what = || format!("{key:?}: {pane:?}");
    breaches.check(Invariant::CallsConserved, pane.is_conserved(), what);
    let no_negative = pane.pass_results.iter().chain(&pane.pass_causes).all(|count| *count >= 0);
    let split = pane.pass_wait_answered.count() + pane.pass_wait_lost.count();
    breaches.check(Invariant::PassesConserved, no_negative && split <= pane.entered(), what);
}
