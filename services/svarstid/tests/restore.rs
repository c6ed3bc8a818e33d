//! What a processor keeps is enough: from the events that touched live calls, and nothing else, an assembler goes on as if
//! it had never stopped. On the recording, at many places.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod recorded;

use call::{Assembler, Body, CallKey, Transition};
use recorded::recorded;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The events that are kept, as a processor keeps them: calls that an event bound together are forgotten together.
#[derive(Default)]
struct Kept {
    bundles: Vec<(BTreeSet<CallKey>, BTreeSet<usize>)>,
}

impl Kept {
    fn note(&mut self, index: usize, transition: &Transition) {
        for (absorbed, into) in &transition.merged {
            self.bind(BTreeSet::from([*absorbed, *into]), None);
            self.bundles.iter_mut().for_each(|(live, _)| live.retain(|key| key != absorbed));
        }
        let keys: BTreeSet<CallKey> = transition.touched.iter().chain(&transition.retired).copied().collect();
        if !keys.is_empty() {
            self.bind(keys, Some(index));
        }
        for key in transition.retired.iter().chain(&transition.forgotten) {
            self.bundles.iter_mut().for_each(|(live, _)| live.retain(|live| live != key));
        }
        self.bundles.retain(|(live, _)| !live.is_empty());
    }

    /// One bundle of all that hold one of these calls.
    fn bind(&mut self, keys: BTreeSet<CallKey>, index: Option<usize>) {
        let (bound, apart): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.bundles).into_iter().partition(|(live, _)| !live.is_disjoint(&keys));
        let mut all = (keys, BTreeSet::from_iter(index));
        for (live, events) in bound {
            all.0.extend(live);
            all.1.extend(events);
        }
        self.bundles = apart;
        self.bundles.push(all);
    }

    fn all(&self) -> BTreeSet<usize> {
        self.bundles.iter().flat_map(|(_, events)| events.iter().copied()).collect()
    }
}

#[test]
fn the_events_of_live_calls_restore_an_assembler() {
    let (plan, events) = recorded();
    let mut assembler = Assembler::new("site", Arc::clone(&plan));
    let mut kept = Kept::default();
    let mut straight = Vec::new();
    let mut cuts = Vec::new();
    for (index, event) in events.iter().enumerate() {
        if index % 97 == 5 {
            cuts.push((index, kept.all()));
        }
        let transition = assembler.apply(event);
        kept.note(index, &transition);
        straight.push(transition.changed);
    }
    let mut later = events[events.len() - 1].clone();
    (later.received_us, later.leg, later.linked, later.body) =
        (later.received_us + 60_000_000, None, None, Body::Heartbeat);
    kept.note(events.len(), &assembler.apply(&later));
    assert!(kept.all().is_empty(), "nothing is kept of calls that have been over for a while");
    assert!(cuts.len() > 30 && cuts.iter().any(|(_, kept)| kept.len() > 100));
    for (cut, kept) in cuts {
        let mut restored = Assembler::new("site", Arc::clone(&plan));
        for index in kept {
            restored.apply(&events[index]);
        }
        for (index, event) in events.iter().enumerate().skip(cut) {
            assert_eq!(
                restored.apply(event).changed,
                straight[index],
                "event {index} after a restart at {cut}"
            );
        }
    }
}
