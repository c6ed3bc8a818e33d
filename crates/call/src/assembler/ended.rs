//! Calls that were over a moment ago: a leg of theirs that is told of once more begins no other call. A PBX may repeat an announcement, and
//! what it shows in a look at all channels may be older than the end that it has told; a second call would bear the same id.

use crate::{CallKey, Text};
use std::collections::{HashSet, VecDeque};

/// How long calls are remembered after their end, by the collector's clock.
const REMEMBERED_US: i64 = 10_000_000;
/// So many are remembered at most.
const CALLS_MAX: usize = 10_000;

#[derive(Debug)]
struct Call {
    key: CallKey,
    ids: Vec<Text>,
    until_us: i64,
}

#[derive(Debug, Default)]
pub(super) struct Ended {
    /// In the order in which they ended.
    calls: VecDeque<Call>,
    ids: HashSet<Text>,
}

impl Ended {
    /// Whether a leg with this id belonged to one of them.
    pub fn knows(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    pub fn remember(&mut self, key: CallKey, ids: Vec<Text>, received_us: i64) {
        self.ids.extend(ids.iter().cloned());
        self.calls.push_back(Call { key, ids, until_us: received_us.saturating_add(REMEMBERED_US) });
    }

    /// Those of which nothing need be known any more.
    pub fn forget(&mut self, received_us: i64) -> Vec<CallKey> {
        let mut keys = Vec::new();
        let too_many = |calls: &VecDeque<Call>| calls.len() > CALLS_MAX;
        while too_many(&self.calls) || self.calls.front().is_some_and(|call| call.until_us <= received_us) {
            let Some(call) = self.calls.pop_front() else { break };
            for id in &call.ids {
                self.ids.remove(id);
            }
            keys.push(call.key);
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remembers(ended: &Ended) -> (bool, bool) {
        (ended.knows("a"), ended.knows("b"))
    }

    #[test]
    fn a_call_is_forgotten_in_its_time() {
        let mut ended = Ended::default();
        ended.remember(CallKey(1), vec!["a".into()], 0);
        ended.remember(CallKey(2), vec!["b".into()], 1);
        assert!(ended.forget(REMEMBERED_US - 1).is_empty());
        assert_eq!(remembers(&ended), (true, true));
        assert_eq!(ended.forget(REMEMBERED_US), [CallKey(1)]);
        assert_eq!(remembers(&ended), (false, true));
    }

    #[test]
    fn while_the_clock_stands_still_the_oldest_are_forgotten() {
        let mut ended = Ended::default();
        (0..=CALLS_MAX as u64).for_each(|key| ended.remember(CallKey(key), vec![format!("{key}").into()], 0));
        assert_eq!(ended.forget(0), [CallKey(0)]);
        assert!(ended.forget(0).is_empty() && ended.knows("1") && !ended.knows("0"));
    }
}
