//! Open panes: revised by every call that counts in them until they close; after that, corrections.

use crate::{Breaches, Invariant};
use call::{Call, Direction, Text};
use kpi::{Dimension, Pane, PaneKey, WindowRecord, WindowRecordKind};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// A pane that may still be revised.
#[derive(Debug, Default)]
struct Open {
    pane: Pane,
    revision: u64,
    /// Calls that count in it and are not final.
    live: u32,
    /// Since the last commit.
    is_changed: bool,
}

/// Whose figures, of a minute of the site.
type Whose = (Dimension, Direction);

/// What one version of a call changes in one pane.
pub(super) struct Step<'a> {
    pub key: &'a PaneKey,
    /// None: nothing.
    pub difference: Option<Cow<'a, Pane>>,
    /// The call's earlier version counted in it and was not final.
    pub was_live: bool,
    /// This version counts in it and is not final.
    pub is_live: bool,
    pub call: &'a Call,
}

#[derive(Debug)]
pub(super) struct Panes {
    definition_version: u32,
    closed_before: i64,
    /// By minute, so that what is over is found at once and no key needs the site's name.
    open: BTreeMap<i64, BTreeMap<Whose, Open>>,
    changed: Vec<PaneKey>,
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
        self.open.values().map(BTreeMap::len).sum()
    }

    /// Takes in what a call's new version changes. A minute that is over and has no open pane gets a correction.
    pub fn step(&mut self, step: Step<'_>) {
        let difference = step.difference.filter(|difference| !difference.is_zero());
        let whose = (step.key.dimension.clone(), step.key.direction);
        if step.key.minute < self.closed_before && !self.is_open(step.key.minute, &whose) {
            if let Some(difference) = difference {
                self.correct(step.key.clone(), difference.into_owned(), step.call);
            }
            return;
        }
        let minute = self.open.entry(step.key.minute).or_default();
        let open = match minute.entry(whose) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(_) if difference.is_none() && !step.is_live => return,
            Entry::Vacant(place) => place.insert(Open::default()),
        };
        open.live = open.live.saturating_sub(u32::from(step.was_live)) + u32::from(step.is_live);
        if let Some(difference) = difference {
            open.pane.combine(&difference, 1);
            open.revision += 1;
            if !open.is_changed {
                open.is_changed = true;
                self.changed.push(step.key.clone());
            }
        }
    }

    fn is_open(&self, minute: i64, whose: &Whose) -> bool {
        self.open.get(&minute).is_some_and(|minute| minute.contains_key(whose))
    }

    fn open_mut(&mut self, key: &PaneKey) -> Option<&mut Open> {
        self.open.get_mut(&key.minute)?.get_mut(&(key.dimension.clone(), key.direction))
    }

    fn correct(&mut self, key: PaneKey, difference: Pane, call: &Call) {
        let kind = WindowRecordKind::Correction { call_id: call.call_id.clone(), version: call.version };
        let record = self.record(key, kind, difference);
        self.corrections.push(record);
    }

    fn record(&self, key: PaneKey, kind: WindowRecordKind, pane: Pane) -> WindowRecord {
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
            for ((dimension, direction), open) in panes.extract_if(.., |_, open| open.live == 0) {
                let key = PaneKey { site: site.clone(), minute, dimension, direction };
                let kind = WindowRecordKind::Pane { revision: open.revision + 1, closed: true };
                let definition_version = *definition_version;
                let record = WindowRecord { key: key.clone(), kind, pane: open.pane, definition_version };
                closed.insert(key, record);
            }
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
            let PaneKey { minute, dimension, direction, .. } = record.key;
            let open = Open { pane: record.pane, revision, ..Open::default() };
            self.open.entry(minute).or_default().insert((dimension, direction), open);
        }
    }

    /// One more live call counts in this pane, if it is open.
    pub fn count_live(&mut self, key: &PaneKey) {
        if let Some(open) = self.open_mut(key) {
            open.live += 1;
        }
    }

    /// Revisions and corrections since the last time, and the keys of panes that closed.
    pub fn take(&mut self, breaches: &mut Breaches) -> Taken {
        let mut taken = Taken::default();
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        for key in changed {
            // One that has been closed meanwhile is not there.
            let Some(open) = self.open_mut(&key).filter(|open| open.is_changed) else { continue };
            open.is_changed = false;
            check(&key, &open.pane, breaches);
            let (kind, pane) =
                (WindowRecordKind::Pane { revision: open.revision, closed: false }, open.pane.clone());
            taken.revised.push(self.record(key, kind, pane));
        }
        for (key, record) in std::mem::take(&mut self.closed) {
            check(&key, &record.pane, breaches);
            let reopened = self.is_open(key.minute, &(key.dimension.clone(), key.direction));
            breaches.check(Invariant::ClosedIsClosed, !reopened, || format!("{key:?} was opened again"));
            taken.closed.push(record);
        }
        taken.corrections = std::mem::take(&mut self.corrections);
        taken
    }
}

/// What [`Panes::take`] gives.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub revised: Vec<WindowRecord>,
    pub closed: Vec<WindowRecord>,
    pub corrections: Vec<WindowRecord>,
}

fn check(key: &PaneKey, pane: &Pane, breaches: &mut Breaches) {
    let what = || format!("{key:?}: {pane:?}");
    breaches.check(Invariant::CallsConserved, pane.is_conserved(), what);
    let no_negative = pane.pass_results.iter().chain(&pane.pass_causes).all(|count| *count >= 0);
    let split = pane.pass_wait_answered.count() + pane.pass_wait_lost.count();
    breaches.check(Invariant::PassesConserved, no_negative && split <= pane.entered(), what);
}
