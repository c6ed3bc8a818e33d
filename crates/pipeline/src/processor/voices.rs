//! The sources of one site, each put together apart.

use call::reconcile::live::voice;
use call::{CallKey, Event, SitePlan, SourceAssembler, SourceKind, Text, Transition};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Keys of different assemblers are told apart by their uppermost bits.
const KEY_BITS: u32 = 56;

/// One assembler for each voice that has spoken.
#[derive(Debug)]
pub(super) struct Voices {
    site: Text,
    plan: Arc<SitePlan>,
    assemblers: BTreeMap<SourceKind, SourceAssembler>,
}

impl Voices {
    pub fn new(site: &str, plan: Arc<SitePlan>) -> Self {
        Self { site: site.into(), plan, assemblers: BTreeMap::new() }
    }

    /// Steps the assembler that the event is for. Keys are unique among all of them.
    pub fn apply(&mut self, event: &Event) -> Transition {
        let kind = voice(event.origin.kind);
        let (site, plan) = (&self.site, &self.plan);
        let fresh = || SourceAssembler::new(kind, site, plan.clone());
        let mut transition = self.assemblers.entry(kind).or_insert_with(fresh).apply(event);
        let unique = |key: &mut CallKey| key.0 |= (kind as u64) << KEY_BITS;
        let Transition { touched, retired, forgotten, .. } = &mut transition;
        touched.iter_mut().chain(retired).chain(forgotten).for_each(unique);
        for (absorbed, into) in &mut transition.merged {
            unique(absorbed);
            unique(into);
        }
        transition
    }

    /// Ids of the calls that may still change.
    pub fn alive(&self) -> BTreeSet<Text> {
        self.assemblers.values().flat_map(SourceAssembler::alive).collect()
    }
}
