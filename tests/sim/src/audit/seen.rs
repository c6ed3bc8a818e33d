//! What readers of a partition end up with, and what they must never see on the way.

use super::{Finding, committed};
use crate::broker::Topic;
use crate::world::World;
use call::{Call, Text};
use kpi::{Pane, PaneKey, WindowRecord, WindowRecordKind};
use pipeline::Place;
use std::collections::BTreeMap;
use wire::Codec;

/// The final state.
#[derive(Debug, Default)]
pub struct Seen {
    /// The last version of each call.
    pub calls: BTreeMap<Text, Call>,
    /// Revision, closed, content.
    pub panes: BTreeMap<PaneKey, (u64, bool, Pane)>,
    /// By what makes one unique.
    pub corrections: BTreeMap<(PaneKey, Text, u32), Pane>,
    /// By place: the reason.
    pub rejected: BTreeMap<Text, &'static str>,
}

impl Seen {
    /// From the logs.
    pub fn read(world: &World, partition: i32, codec: &Codec, findings: &mut Vec<Finding>) -> Self {
        let mut seen = Self::default();
        for (offset, _, value) in committed(world, Topic::Derived(Place::Calls), partition) {
            match codec.decode_call(value.unwrap_or_default()) {
                Ok(call) => seen.call(call, findings),
                Err(error) => findings.push(("readable", format!("calls/{partition}/{offset}: {error}"))),
            }
        }
        for (offset, _, value) in committed(world, Topic::Derived(Place::Windows), partition) {
            match codec.decode_window(value.unwrap_or_default()) {
                Ok(window) => seen.window(window, findings),
                Err(error) => findings.push(("readable", format!("windows/{partition}/{offset}: {error}"))),
            }
        }
        for (offset, _, value) in committed(world, Topic::Derived(Place::Rejected), partition) {
            match codec.decode_rejected(value.unwrap_or_default()) {
                Ok(rejected) => {
                    let place = rejected.position.clone();
                    if seen.rejected.insert(place.clone(), rejected.reason.word()).is_some() {
                        findings.push(("rejected_once", format!("{place} is rejected twice")));
                    }
                }
                Err(error) => findings.push(("readable", format!("rejected/{partition}/{offset}: {error}"))),
            }
        }
        seen
    }

    /// A version of a call: they grow, and none follows the final one.
    pub fn call(&mut self, call: Call, findings: &mut Vec<Finding>) {
        let (id, version) = (call.call_id.clone(), call.version);
        if let Some(old) = self.calls.insert(id.clone(), call)
            && (old.version >= version || old.is_final)
        {
            let (was, end) = (old.version, old.is_final);
            findings.push(("one_outcome", format!("{id}: version {version} after {was}, final: {end}")));
        }
    }

    /// A revision or a correction: revisions grow, none follows the closed one, no correction comes twice.
    pub fn window(
        &mut self,
        WindowRecord { key, kind, pane, .. }: WindowRecord,
        findings: &mut Vec<Finding>,
    ) {
        match kind {
            WindowRecordKind::Pane { revision, closed } => {
                if let Some((was, was_closed, _)) = self.panes.insert(key.clone(), (revision, closed, *pane))
                    && (was >= revision || was_closed)
                {
                    let what = format!("{key:?}: revision {revision} after {was}, closed: {was_closed}");
                    findings.push(("closed_is_closed", what));
                }
            }
            WindowRecordKind::Correction { call_id, version } => {
                let id = (key, call_id, version);
                if self.corrections.insert(id.clone(), *pane).is_some() {
                    findings.push(("counted_once", format!("correction {id:?} comes twice")));
                }
            }
        }
    }
}
