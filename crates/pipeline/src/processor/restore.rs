//! From the changelog back to the state that was committed.

use super::ears::{Ears, Held};
use super::panes::Panes;
use super::record::{Restored, SiteRecord};
use super::site::{Counted, Site};
use super::{Processor, Setup};
use crate::{Fault, FaultKind, Invariant};
use call::reconcile::Merging;
use call::{Call, Event, Outcome, SourceKind, Text};
use kpi::WindowRecord;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use window::Watermark;

/// What the changelog holds of one site.
#[derive(Default)]
struct Found {
    events: BTreeMap<u64, Event>,
    calls: Vec<Call>,
    told: Vec<(SourceKind, Call)>,
    members: Vec<Event>,
    held: BTreeMap<u64, (Event, Vec<u8>)>,
    panes: Vec<WindowRecord>,
    site: Option<SiteRecord>,
}

impl Processor {
    /// The state that was committed, from the latest record of each key. What could only differ because the site's
    /// configuration changed meanwhile is put right and comes with the next [`Processor::take`].
    ///
    /// # Errors
    /// `StateDamaged` when a site has calls or panes but not its own record, or is not in the configuration.
    pub fn restore(setup: Arc<Setup>, records: impl IntoIterator<Item = Restored>) -> Result<Self, Fault> {
        let mut found: BTreeMap<Text, Found> = BTreeMap::new();
        for record in records {
            let site = found.entry(record.site().clone()).or_default();
            match record {
                Restored::Event(sequence, event) => drop(site.events.insert(sequence, event)),
                Restored::Call(call) => site.calls.push(*call),
                Restored::Told(kind, call) => site.told.push((kind, *call)),
                Restored::Member(event) => site.members.push(event),
                Restored::Held(number, event, bytes) => drop(site.held.insert(number, (event, bytes))),
                Restored::Pane(pane) => site.panes.push(*pane),
                Restored::Site(record) => site.site = Some(record),
            }
        }
        let mut processor = Self::new(setup);
        for (name, found) in found {
            let site = processor.restore_site(&name, found)?;
            processor.sites.insert(name, Box::new(site));
        }
        Ok(processor)
    }

    fn restore_site(&self, name: &Text, found: Found) -> Result<Site, Fault> {
        let fault = |detail: &str| {
            Fault::new(FaultKind::StateDamaged, format!("restoring site {name} from the changelog"), detail)
        };
        let plan = self.setup.plans.get(name);
        let plan = plan.ok_or_else(|| fault("the configuration does not tell of this site any more"))?;
        let record = found.site.ok_or_else(|| fault("the record of the site itself is missing"))?;
        let mut site = Site::new(name, plan.clone(), self.setup.clone());
        for (sequence, event) in &found.events {
            // The versions made here were written when the event came the first time.
            let (_, is_kept) = site.assemble(event, *sequence);
            if !is_kept {
                site.pending.freed.push(*sequence);
            }
        }
        let times = (record.now_us, record.looked_minute);
        site.merging = Merging::new(&plan.sources).restored(record.heard.clone(), record.alone, times);
        found.told.into_iter().for_each(|(kind, call)| site.merging.restore(kind, call));
        site.floor.restore(&found.members);
        site.coverage = record.coverage.clone();
        let held = found.held.into_iter().map(|(number, (event, bytes))| Held { number, event, bytes });
        site.ears = Ears::restored((record.ears.clone(), record.next_held), held.collect());
        site.take_up(&record, found.calls, found.panes);
        site.adopt_live_calls();
        site.pending.anything = !site.pending.freed.is_empty() || !site.pending.ended.is_empty();
        Ok(site)
    }
}

impl Site {
    fn take_up(&mut self, record: &SiteRecord, calls: Vec<Call>, panes: Vec<WindowRecord>) {
        self.watermark = Watermark::restored(record.watermark_us, self.setup.disorder_us);
        self.next_sequence = record.next_sequence;
        self.marks = super::marks::Marks::restored(record.marks.clone());
        self.owed.clone_from(&record.owed);
        let complete = record.live_calls == calls.len() as u64;
        self.pending.breaches.check(Invariant::SameAnswer, complete, || {
            format!(
                "site {}: {} live calls in the changelog, {} expected",
                self.name,
                calls.len(),
                record.live_calls
            )
        });
        self.panes = Panes::restored(self.setup.definition_version, record.closed_before, panes);
        for call in calls {
            for (place, _) in kpi::parts(&call, self.setup.measures.cadence) {
                self.panes.count_live(&place);
            }
            // A gap may have taken back what was certain (two sources): such a call is told once more if it was so just now.
            let told = kpi::Told::of(&call);
            self.calls.insert(call.call_id.clone(), Counted { call, told, is_changed: false });
        }
        self.end_orphans();
    }

    /// Calls that the assembler does not know any more (the configuration changed): nobody can tell how they end.
    fn end_orphans(&mut self) {
        let mut alive: BTreeSet<Text> = self.voices.alive();
        alive.extend(self.merging.ids().cloned());
        let mut orphans: Vec<Call> = self
            .calls
            .iter()
            .filter(|(id, _)| !alive.contains(*id))
            .map(|(_, counted)| counted.call.clone())
            .collect();
        orphans.sort_unstable_by(|one, other| one.call_id.cmp(&other.call_id));
        for mut call in orphans {
            tracing::warn!(call_id = %call.call_id, "this call cannot be put together again; it ends as unknown");
            if call.outcome == Outcome::InProgress {
                call.outcome = Outcome::Unknown;
            }
            (call.is_final, call.is_partial, call.version) = (true, true, call.version + 1);
            self.count(call);
        }
    }
}
