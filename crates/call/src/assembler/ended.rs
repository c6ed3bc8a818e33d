//! Calls that were over a moment ago: a leg of theirs that is told of once more begins no other call. A PBX may repeat an announcement, and
//! what it shows in a look at all channels may be older than the end that it has told; a second call would bear the same id.

use crate::{CallKey, Map, Text};
use std::collections::VecDeque;

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
    by_id: Map<Text, CallKey>,
}

impl Ended {
    /// The call that a leg with this id belonged to.
    pub fn call_of(&self, id: &str) -> Option<CallKey> {
        self.by_id.get(id).copied()
    }

    pub fn remember(&mut self, key: CallKey, ids: Vec<Text>, received_us: i64) {
        self.by_id.extend(ids.iter().map(|id| (id.clone(), key)));
        self.calls.push_back(Call { key, ids, until_us: received_us.saturating_add(REMEMBERED_US) });
    }

    /// Those of which nothing need be known any more.
    pub fn forget(&mut self, received_us: i64) -> Vec<CallKey> {
        let mut keys = Vec::new();
        let too_many = |calls: &VecDeque<Call>| calls.len() > CALLS_MAX;
        while too_many(&self.calls) || self.calls.front().is_some_and(|call| call.until_us <= received_us) {
            let Some(call) = self.calls.pop_front() else { break };
            for id in &call.ids {
                self.by_id.remove(id);
            }
            keys.push(call.key);
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_forgotten_in_its_time() {
        let mut ended = Ended::default();
        ended.remember(CallKey(1), vec!["a".into()], 0);
        ended.remember(CallKey(2), vec!["b".into()], 1);
        assert!(ended.forget(REMEMBERED_US - 1).is_empty());
        assert_eq!((ended.call_of("a"), ended.call_of("b")), (Some(CallKey(1)), Some(CallKey(2))));
        assert_eq!(ended.forget(REMEMBERED_US), [CallKey(1)]);
        assert_eq!((ended.call_of("a"), ended.call_of("b")), (None, Some(CallKey(2))));
    }

    #[test]
    fn while_the_clock_stands_still_the_oldest_are_forgotten() {
        let mut ended = Ended::default();
        (0..=CALLS_MAX as u64).for_each(|key| ended.remember(CallKey(key), vec![format!("{key}").into()], 0));
        assert_eq!(ended.forget(0), [CallKey(0)]);
        assert!(ended.forget(0).is_empty());
        assert_eq!((ended.call_of("0"), ended.call_of("1")), (None, Some(CallKey(1))));
    }
}
