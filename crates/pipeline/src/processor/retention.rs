//! Which events must be kept so that the live calls can be put together again.
//!
//! An event is kept while a call that it touched lives. Calls that an event bound together (a transfer, a pick-up) are
//! kept and forgotten together: replayed alone, the shared event would mean something else.

use call::{CallKey, Map};
use std::collections::BTreeSet;

/// Calls that must be replayed together, and the events they depend on.
#[derive(Debug, Default)]
struct Bundle {
    live: Vec<CallKey>,
    /// By number, ascending.
    events: Vec<u64>,
}

#[derive(Debug, Default)]
pub(super) struct Retention {
    next_bundle: u64,
    bundle_of: Map<CallKey, u64>,
    bundles: Map<u64, Bundle>,
    /// By how many bundles an event is held, of those that more than one holds.
    shared: Map<u64, u32>,
    /// Between the beginning and the end of a look at the whole PBX everything is held.
    held: Option<BTreeSet<u64>>,
}

impl Retention {
    /// The event with this number touched these calls; says whether it is kept for one of them. `binds`: they cannot be replayed apart
    /// from here on. `is_live`: a look at the whole PBX may concern it.
    pub fn touch(&mut self, sequence: u64, keys: &[CallKey], binds: bool, is_live: bool) -> bool {
        let (mut bound, mut holders): (Option<u64>, u32) = (None, 0);
        for key in keys {
            let bundle = self.bundle(*key);
            match bound.filter(|_| binds) {
                Some(into) => bound = Some(self.join(into, bundle)),
                None => bound = Some(bundle),
            }
            if !binds {
                holders += u32::from(self.hold(bundle, sequence));
            }
        }
        if let Some(bundle) = bound.filter(|_| binds) {
            holders += u32::from(self.hold(bundle, sequence));
        }
        if let Some(held) = self.held.as_mut().filter(|_| is_live) {
            holders += u32::from(held.insert(sequence));
        }
        if holders > 1 {
            self.shared.insert(sequence, holders);
        }
        holders > 0
    }

    /// The first call became a part of the second.
    pub fn merge(&mut self, absorbed: CallKey, into: CallKey) {
        let Some(from) = self.bundle_of.get(&absorbed).copied() else { return };
        let bundle = self.bundle(into);
        let all = self.join(bundle, from);
        self.bundle_of.remove(&absorbed);
        if let Some(bundle) = self.bundles.get_mut(&all) {
            bundle.live.retain(|key| *key != absorbed);
        }
    }

    /// The call is gone. Adds the events that nothing depends on any more to `free`.
    pub fn retire(&mut self, key: CallKey, free: &mut Vec<u64>) {
        let Some(id) = self.bundle_of.remove(&key) else { return };
        let Some(bundle) = self.bundles.get_mut(&id) else { return };
        bundle.live.retain(|live| *live != key);
        if bundle.live.is_empty() {
            let events = self.bundles.remove(&id).map(|bundle| bundle.events).unwrap_or_default();
            match &mut self.held {
                // What is held now would mean something else without the beginning of the call.
                Some(held) => {
                    let held_twice: Vec<u64> =
                        events.into_iter().filter(|sequence| !held.insert(*sequence)).collect();
                    self.release(held_twice, free);
                }
                None => self.release(events, free),
            }
        }
    }

    /// A look at the whole PBX began (true) or is over (false).
    pub fn hold_everything(&mut self, hold: bool, free: &mut Vec<u64>) {
        if let Some(events) = self.held.take() {
            self.release(events, free);
        }
        self.held = hold.then(BTreeSet::new);
    }

    fn bundle(&mut self, key: CallKey) -> u64 {
        if let Some(id) = self.bundle_of.get(&key) {
            return *id;
        }
        let id = self.next_bundle;
        self.next_bundle += 1;
        self.bundle_of.insert(key, id);
        self.bundles.insert(id, Bundle { live: vec![key], events: Vec::new() });
        id
    }

    /// Says whether that is news.
    fn hold(&mut self, id: u64, sequence: u64) -> bool {
        let Some(bundle) = self.bundles.get_mut(&id) else { return false };
        let is_new = bundle.events.last() != Some(&sequence);
        if is_new {
            bundle.events.push(sequence);
        }
        is_new
    }

    /// Makes one bundle of two; the larger stays, so that a long chain of transfers costs little.
    fn join(&mut self, one: u64, other: u64) -> u64 {
        if one == other {
            return one;
        }
        let size = |id| self.bundles.get(&id).map_or(0, |bundle: &Bundle| bundle.events.len());
        let (into, from) = if size(one) >= size(other) { (one, other) } else { (other, one) };
        let Some(gone) = self.bundles.remove(&from) else { return into };
        for key in &gone.live {
            self.bundle_of.insert(*key, into);
        }
        let Some(bundle) = self.bundles.get_mut(&into) else { return into };
        bundle.live.extend(gone.live);
        bundle.events.extend(gone.events);
        // Each half is in its order: to sort them is to merge them.
        bundle.events.sort();
        let mut before = None;
        bundle.events.retain(|sequence| {
            let is_twice = before.replace(*sequence) == Some(*sequence);
            if is_twice {
                let_go(&mut self.shared, *sequence);
            }
            !is_twice
        });
        into
    }

    fn release(&mut self, events: impl IntoIterator<Item = u64>, free: &mut Vec<u64>) {
        free.extend(events.into_iter().filter(|sequence| !let_go(&mut self.shared, *sequence)));
    }
}

/// One holder less; false if it was the last one.
fn let_go(shared: &mut Map<u64, u32>, sequence: u64) -> bool {
    let Some(holders) = shared.get_mut(&sequence) else { return false };
    *holders -= 1;
    if *holders == 1 {
        shared.remove(&sequence);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: CallKey = CallKey(0);
    const B: CallKey = CallKey(1);
    const C: CallKey = CallKey(2);

    fn retire(retention: &mut Retention, key: CallKey) -> Vec<u64> {
        let mut free = Vec::new();
        retention.retire(key, &mut free);
        free.sort_unstable();
        free
    }

    #[test]
    fn an_event_is_kept_while_its_call_lives() {
        let mut retention = Retention::default();
        retention.touch(1, &[A], true, true);
        retention.touch(2, &[B], true, true);
        retention.touch(3, &[A], true, true);
        assert!(!retention.touch(4, &[], true, true), "nobody needs it");
        assert_eq!(retire(&mut retention, A), [1, 3]);
        assert_eq!(retire(&mut retention, B), [2]);
        assert!(retire(&mut retention, B).is_empty());
    }

    #[test]
    fn calls_that_an_event_bound_are_forgotten_together() {
        let mut retention = Retention::default();
        retention.touch(1, &[A], true, true);
        retention.touch(2, &[B], true, true);
        retention.touch(3, &[A, B], true, true);
        retention.touch(4, &[B, C], true, true);
        assert!(retire(&mut retention, A).is_empty());
        assert!(retire(&mut retention, B).is_empty());
        assert_eq!(retire(&mut retention, C), [1, 2, 3, 4]);
    }

    #[test]
    fn a_gap_is_kept_for_every_call_but_binds_none() {
        let mut retention = Retention::default();
        retention.touch(1, &[A], true, true);
        retention.touch(2, &[B], true, true);
        retention.touch(3, &[A, B], false, true);
        assert_eq!(retire(&mut retention, A), [1]);
        assert_eq!(retire(&mut retention, B), [2, 3]);
    }

    #[test]
    fn a_merged_call_keeps_its_events_for_the_one_it_went_into() {
        let mut retention = Retention::default();
        retention.touch(1, &[A], true, true);
        retention.touch(2, &[B], true, true);
        retention.touch(3, &[A, B], false, true);
        retention.merge(A, B);
        assert!(retire(&mut retention, A).is_empty());
        assert_eq!(retire(&mut retention, B), [1, 2, 3]);
        assert!(retention.shared.is_empty(), "nothing is remembered of what is free");
    }

    #[test]
    fn during_a_look_at_the_whole_pbx_everything_is_held() {
        let (mut retention, mut free) = (Retention::default(), Vec::new());
        retention.touch(1, &[A], true, true);
        retention.hold_everything(true, &mut free);
        retention.touch(2, &[], true, true);
        retention.touch(3, &[A], true, true);
        assert!(retire(&mut retention, A).is_empty());
        retention.touch(4, &[B], true, true);
        retention.hold_everything(false, &mut free);
        free.sort_unstable();
        assert_eq!(free, [1, 2, 3]);
        assert_eq!(retire(&mut retention, B), [4]);
    }
}
