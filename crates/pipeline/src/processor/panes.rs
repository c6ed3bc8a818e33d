//! Open panes: revised by every call that counts in them until they close; after that, corrections.

use crate::{Breaches, Invariant};
use call::{Call, Text};
use kpi::{Pane, PaneKey, WindowRecord, WindowRecordKind};
use std::collections::{BTreeMap, BTreeSet};

/// A pane that may still be revised.
#[derive(Debug)]
struct Open {
    pane: Pane,
    revision: u64,
    /// Calls that count in it and are not final.
    live: u32,
}

/// What one version of a call changes in one pane.
pub(super) struct Step<'a> {
    pub key: PaneKey,
    pub difference: Pane,
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
    open: BTreeMap<PaneKey, Open>,
    changed: BTreeSet<PaneKey>,
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
            changed: BTreeSet::new(),
            closed: BTreeMap::new(),
            corrections: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Takes in what a call's new version changes. A minute that is over and has no open pane gets a correction.
    pub fn step(&mut self, step: Step<'_>) {
        let changes = !step.difference.is_zero();
        if !self.open.contains_key(&step.key) {
            if step.key.minute < self.closed_before {
                if changes {
                    self.correct(step);
                }
                return;
            }
            if !changes && !step.is_live {
                return;
            }
        }
        let fresh = || Open { pane: Pane::default(), revision: 0, live: 0 };
        let open = self.open.entry(step.key.clone()).or_insert_with(fresh);
        open.live = open.live.saturating_sub(u32::from(step.was_live)) + u32::from(step.is_live);
        if changes {
            open.pane.combine(&step.difference, 1);
            open.revision += 1;
            self.changed.insert(step.key);
        }
    }

    fn correct(&mut self, step: Step<'_>) {
        let call_id: Text = step.call.call_id.clone();
        let kind = WindowRecordKind::Correction { call_id, version: step.call.version };
        let record = self.record(step.key, kind, step.difference);
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
    pub fn close(&mut self) {
        let due: Vec<PaneKey> = self
            .open
            .iter()
            .take_while(|(key, _)| key.minute < self.closed_before)
            .filter(|(_, open)| open.live == 0)
            .map(|(key, _)| key.clone())
            .collect();
        for key in due {
            let Some(open) = self.open.remove(&key) else { continue };
            self.changed.remove(&key);
            let kind = WindowRecordKind::Pane { revision: open.revision + 1, closed: true };
            let record = self.record(key.clone(), kind, open.pane);
            self.closed.insert(key, record);
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
            self.open.insert(record.key, Open { pane: record.pane, revision, live: 0 });
        }
    }

    /// One more live call counts in this pane, if it is open.
    pub fn count_live(&mut self, key: &PaneKey) {
        if let Some(open) = self.open.get_mut(key) {
            open.live += 1;
        }
    }

    /// Revisions and corrections since the last time, and the keys of panes that closed.
    pub fn take(&mut self, breaches: &mut Breaches) -> Taken {
        let mut taken = Taken::default();
        for key in std::mem::take(&mut self.changed) {
            let Some(open) = self.open.get(&key) else { continue };
            check(&key, &open.pane, breaches);
            let (kind, pane) =
                (WindowRecordKind::Pane { revision: open.revision, closed: false }, open.pane.clone());
            taken.revised.push(self.record(key, kind, pane));
        }
        for (key, record) in std::mem::take(&mut self.closed) {
            check(&key, &record.pane, breaches);
            let reopened = self.open.contains_key(&key);
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
