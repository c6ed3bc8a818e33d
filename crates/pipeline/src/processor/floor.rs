//! The floor as it is now: who waits, and who can answer.

use super::output::Change;
use call::event::MemberState;
use call::{Body, Call, Event, PassResult, Text};
use std::collections::{BTreeMap, BTreeSet};

/// A member of a queue: the PBX node that tells it, the queue, the phone.
pub type Member = (Text, Text, Text);

/// One queue as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueNow {
    /// The queue.
    pub queue: Text,
    /// Callers who stand there.
    pub waiting: usize,
    /// How long the one who came first has waited, µs, by the newest time that any source has told; 0 if nobody waits.
    pub longest_wait_us: i64,
    /// Its members by state, in the order of [`MemberState::SERVING`].
    pub members: [usize; MemberState::SERVING.len()],
}

/// Members of queues. A look at the whole PBX, or its start or end, makes a new beginning.
#[derive(Debug, Default)]
pub(super) struct Floor {
    /// By node, queue and phone, to be found without copies of their names.
    members: BTreeMap<Text, BTreeMap<Text, BTreeMap<Text, Serving>>>,
    /// Queues that had members or callers: an empty one is told as empty.
    queues: BTreeSet<Text>,
    dropped: BTreeSet<Member>,
}

/// What a member was last told to do.
#[derive(Debug)]
struct Serving {
    state: MemberState,
    /// The event that told it, as it was received, since the last commit.
    put: Option<Vec<u8>>,
}

impl Floor {
    pub fn hear(&mut self, event: &Event, bytes: &[u8]) {
        match &event.body {
            Body::MemberState { queue, member, state: MemberState::Removed } => {
                let members = self.members.get_mut(&event.origin.node).and_then(|node| node.get_mut(queue));
                if members.and_then(|members| members.remove(member)).is_some() {
                    self.dropped.insert((event.origin.node.clone(), queue.clone(), member.clone()));
                }
            }
            Body::MemberState { queue, member, state } => {
                self.serves(&event.origin.node, queue, member, *state, bytes);
            }
            Body::SnapshotStarted | Body::PbxStarted | Body::PbxStopped => {
                let node = &event.origin.node;
                for (queue, members) in self.members.remove(node).unwrap_or_default() {
                    let gone = members.into_keys().map(|member| (node.clone(), queue.clone(), member));
                    self.dropped.extend(gone);
                }
            }
            Body::QueueJoined { queue, .. } if !self.queues.contains(queue) => {
                self.queues.insert(queue.clone());
            }
            _ => {}
        }
    }

    fn serves(&mut self, node: &Text, queue: &Text, member: &Text, state: MemberState, bytes: &[u8]) {
        let members = self.members.get_mut(node).and_then(|node| node.get_mut(queue));
        let put = || Some(bytes.to_vec());
        match members.and_then(|members| members.get_mut(member)) {
            Some(serving) if serving.state == state => {}
            Some(serving) => *serving = Serving { state, put: put() },
            None => {
                let queues = self.members.entry(node.clone()).or_default();
                let members = queues.entry(queue.clone()).or_default();
                members.insert(member.clone(), Serving { state, put: put() });
                self.dropped.remove(&(node.clone(), queue.clone(), member.clone()));
                self.queues.insert(queue.clone());
            }
        }
    }

    /// As they were told before the last commit.
    pub fn restore(&mut self, events: &[Event]) {
        events.iter().for_each(|event| self.hear(event, &[]));
        self.take(&Text::default(), &mut Vec::new());
    }

    /// What changed since the last time.
    pub fn take(&mut self, site: &Text, changes: &mut Vec<Change>) {
        for (node, queues) in &mut self.members {
            for (queue, members) in queues {
                for (member, serving) in members {
                    let Some(bytes) = serving.put.take() else { continue };
                    let member = (node.clone(), queue.clone(), member.clone());
                    changes.push(Change::PutMember { site: site.clone(), member, bytes });
                }
            }
        }
        let dropped = std::mem::take(&mut self.dropped).into_iter();
        changes.extend(dropped.map(|member| Change::DropMember { site: site.clone(), member }));
    }

    /// Each queue, with the calls that are alive.
    pub fn now<'a>(&self, calls: impl Iterator<Item = &'a Call>, now_us: i64) -> Vec<QueueNow> {
        let empty = |queue: &Text| {
            let members = [0; MemberState::SERVING.len()];
            (queue.clone(), QueueNow { queue: queue.clone(), waiting: 0, longest_wait_us: 0, members })
        };
        let mut queues: BTreeMap<Text, QueueNow> = self.queues.iter().map(empty).collect();
        for pass in calls.flat_map(|call| &call.passes) {
            if pass.result == PassResult::InProgress && pass.wait_us.is_none() {
                let (_, fresh) = empty(&pass.queue);
                let queue = queues.entry(pass.queue.clone()).or_insert(fresh);
                queue.waiting += 1;
                queue.longest_wait_us = queue.longest_wait_us.max(now_us.saturating_sub(pass.joined_us));
            }
        }
        for (queue, members) in self.members.values().flatten() {
            let Some(queue) = queues.get_mut(queue) else { continue };
            for serving in members.values() {
                if let Some(place) = MemberState::SERVING.iter().position(|state| *state == serving.state) {
                    queue.members[place] += 1;
                }
            }
        }
        queues.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{SITE, plan};
    use super::super::{Processor, Setup};
    use super::*;
    use call::event::Endpoint;
    use call::{EventId, Origin, Party, SourceKind};
    use std::sync::Arc;

    fn event(second: i64, leg: Option<&str>, body: Body) -> Event {
        let node: Text = if matches!(body, Body::PbxStarted) { "other".into() } else { "pbx".into() };
        let position = u64::try_from(second).unwrap();
        let origin = Origin { site: SITE.into(), node, kind: SourceKind::AsteriskAmi, stream: 1, position };
        let (at_us, leg) = (second * 1_000_000, leg.map(Text::from));
        Event { id: EventId(0), origin, at_us, received_us: at_us, linked: leg.clone(), leg, body }
    }

    fn member(second: i64, queue: &str, member: &str, state: MemberState) -> Event {
        event(second, None, Body::MemberState { queue: queue.into(), member: member.into(), state })
    }

    /// `queue waiting longest-wait-in-seconds [free, ringing, busy, paused, unavailable]`
    fn told(processor: &Processor) -> Vec<String> {
        let queues = processor.gauges().flat_map(|gauges| gauges.queues);
        let line = |now: QueueNow| {
            format!("{} {} {} {:?}", now.queue, now.waiting, now.longest_wait_us / 1_000_000, now.members)
        };
        queues.map(line).collect()
    }

    fn processor() -> Processor {
        let measures = kpi::Settings { cadence: kpi::Cadence { seconds: 6 }, thresholds_s: vec![20] };
        let plans = BTreeMap::from([(SITE.into(), plan())]);
        let lateness = window::Lateness { allowed_us: 300_000_000 };
        Processor::new(Arc::new(Setup {
            plans,
            measures,
            definition_version: 1,
            lateness,
            disorder_us: 5_000_000,
        }))
    }

    #[test]
    fn who_waits_and_who_can_answer() {
        let mut processor = processor();
        let started = Body::LegStarted {
            endpoint: Endpoint::Device("trunk".into()),
            incoming: true,
            caller: Party::Unknown,
            dialled: Party::Own("100".into()),
        };
        let joined = Body::QueueJoined { queue: "vaxel".into(), position: 1, count: 1 };
        for event in [
            member(100, "vaxel", "9001", MemberState::Free),
            member(101, "vaxel", "9002", MemberState::Paused),
            member(102, "grupp", "9001", MemberState::Free),
            event(103, Some("a.1"), started),
            event(104, Some("a.1"), joined),
            member(110, "vaxel", "9001", MemberState::Ringing),
            event(134, None, Body::Heartbeat),
        ] {
            processor.apply(&event, &[]);
        }
        assert_eq!(told(&processor), ["grupp 0 0 [1, 0, 0, 0, 0]", "vaxel 1 30 [0, 1, 0, 1, 0]"]);
        processor.apply(&event(135, Some("a.1"), Body::QueueLeft { queue: "vaxel".into() }), &[]);
        processor.apply(&member(136, "vaxel", "9002", MemberState::Removed), &[]);
        assert_eq!(told(&processor), ["grupp 0 0 [1, 0, 0, 0, 0]", "vaxel 0 0 [0, 1, 0, 0, 0]"]);
        processor.apply(&event(140, None, Body::PbxStarted), &[]);
        assert_eq!(told(&processor)[0], "grupp 0 0 [1, 0, 0, 0, 0]", "another node's start says nothing");
        processor.apply(&event(141, None, Body::SnapshotStarted), &[]);
        assert_eq!(told(&processor), ["grupp 0 0 [0, 0, 0, 0, 0]", "vaxel 0 0 [0, 0, 0, 0, 0]"]);
    }

    #[test]
    fn only_changes_are_written() {
        let (mut floor, mut changes) = (Floor::default(), Vec::new());
        floor.hear(&member(1, "vaxel", "9001", MemberState::Free), b"one");
        floor.hear(&member(2, "vaxel", "9001", MemberState::Free), b"two");
        floor.take(&SITE.into(), &mut changes);
        let who: Member = ("pbx".into(), "vaxel".into(), "9001".into());
        let site: Text = SITE.into();
        let put = Change::PutMember { site: site.clone(), member: who.clone(), bytes: b"one".to_vec() };
        assert_eq!(std::mem::take(&mut changes), [put]);
        floor.hear(&member(3, "vaxel", "9001", MemberState::Free), b"three");
        floor.take(&site, &mut changes);
        assert!(changes.is_empty());
        floor.hear(&member(4, "vaxel", "9001", MemberState::Removed), b"four");
        floor.take(&site, &mut changes);
        assert_eq!(changes, [Change::DropMember { site, member: who }]);
    }
}
