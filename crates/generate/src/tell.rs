//! Events as the manager interface's adapter gives them.

use crate::chance::mixed;
use call::event::Endpoint;
use call::{Body, Event, EventId, Origin, Party, SourceKind, Text};
use std::collections::{BTreeMap, VecDeque};

/// The collector hears an event so long after it happened, µs.
const HEARD_AFTER_US: i64 = 1500;

/// A channel.
#[derive(Debug, Clone)]
pub(crate) struct Leg {
    pub number: u64,
    pub id: Text,
    pub linked: Text,
}

/// A channel as a look at the PBX shows it.
#[derive(Debug)]
struct Seen {
    id: Text,
    linked: Text,
    endpoint: Endpoint,
    since_us: i64,
    bridge: Option<Text>,
}

/// Where events come from, and what is on its way out.
#[derive(Debug)]
pub(crate) struct Teller {
    site: Text,
    node: Text,
    stream: u64,
    position: u64,
    next_leg: u64,
    legs: BTreeMap<u64, Seen>,
    /// Nobody listens.
    pub is_deaf: bool,
    pub now_us: i64,
    pub out: VecDeque<Event>,
}

impl Teller {
    pub fn new(site: Text, node: Text, seed: u64, start_us: i64) -> Self {
        // Another beginning is another stream: what it tells is new, though it is the same seed.
        let stream = mixed(seed, 11, start_us.unsigned_abs());
        let (legs, out) = (BTreeMap::new(), VecDeque::new());
        Self { site, node, stream, position: 0, next_leg: 0, legs, is_deaf: false, now_us: start_us, out }
    }

    /// A name for a channel, of the same set as another one.
    pub fn leg(&mut self, of: Option<&Leg>) -> Leg {
        let number = self.next_leg;
        self.next_leg += 1;
        let id: Text = format!("{}-{}.{number}", self.node, self.now_us.div_euclid(1_000_000)).into();
        let linked = of.map_or_else(|| id.clone(), |leg| leg.linked.clone());
        Leg { number, id, linked }
    }

    /// A name for a bridge.
    pub fn bridge(&self) -> Text {
        format!("{:016x}", mixed(self.stream, 12, self.position)).into()
    }

    pub fn tell(&mut self, leg: &Leg, body: Body) {
        match &body {
            Body::LegStarted { endpoint, .. } => {
                let (id, linked) = (leg.id.clone(), leg.linked.clone());
                let seen =
                    Seen { id, linked, endpoint: endpoint.clone(), since_us: self.now_us, bridge: None };
                self.legs.insert(leg.number, seen);
            }
            Body::LegEnded { .. } => {
                self.legs.remove(&leg.number);
            }
            Body::BridgeEntered { bridge } => self.in_bridge(leg, Some(bridge.clone())),
            Body::BridgeLeft { .. } => self.in_bridge(leg, None),
            _ => {}
        }
        self.push(Some(leg.id.clone()), Some(leg.linked.clone()), body);
    }

    /// About no channel of its own.
    pub fn tell_of(&mut self, linked: Option<&Leg>, body: Body) {
        self.push(None, linked.map(|leg| leg.linked.clone()), body);
    }

    /// In a look at the PBX, whose queues do not name the set of channels.
    pub fn tell_seen(&mut self, leg: &Leg, body: Body) {
        self.push(Some(leg.id.clone()), None, body);
    }

    fn in_bridge(&mut self, leg: &Leg, bridge: Option<Text>) {
        if let Some(seen) = self.legs.get_mut(&leg.number) {
            seen.bridge = bridge;
        }
    }

    fn push(&mut self, leg: Option<Text>, linked: Option<Text>, body: Body) {
        if self.is_deaf {
            return;
        }
        self.position += 1;
        let half = |part: u64| u128::from(mixed(self.stream, 13 + part, self.position));
        self.out.push_back(Event {
            id: EventId(half(0) << 64 | half(1)),
            origin: Origin {
                site: self.site.clone(),
                node: self.node.clone(),
                kind: SourceKind::AsteriskAmi,
                stream: self.stream,
                position: self.position,
            },
            at_us: self.now_us,
            received_us: self.now_us + HEARD_AFTER_US,
            leg,
            linked,
            body,
        });
    }

    pub fn started(&mut self, leg: &Leg, endpoint: Endpoint, incoming: bool, caller: Party, dialled: Party) {
        self.tell(leg, Body::LegStarted { endpoint, incoming, caller, dialled });
    }

    pub fn ended(&mut self, leg: &Leg, cause: u16) {
        self.tell(leg, Body::LegEnded { cause });
    }

    pub fn bridged(&mut self, legs: [&Leg; 2]) -> Text {
        let bridge = self.bridge();
        legs.into_iter().for_each(|leg| self.tell(leg, Body::BridgeEntered { bridge: bridge.clone() }));
        bridge
    }

    pub fn left(&mut self, leg: &Leg, bridge: &Text) {
        self.tell(leg, Body::BridgeLeft { bridge: bridge.clone() });
    }

    /// Every channel that is there.
    pub fn tell_legs(&mut self) {
        let look = |seen: &Seen| {
            let (endpoint, bridge) = (seen.endpoint.clone(), seen.bridge.clone());
            // The PBX tells whole seconds.
            let age_us = (self.now_us - seen.since_us) / 1_000_000 * 1_000_000;
            (seen.id.clone(), seen.linked.clone(), Body::LegSeen { endpoint, age_us, bridge })
        };
        let seen: Vec<_> = self.legs.values().map(look).collect();
        seen.into_iter().for_each(|(id, linked, body)| self.push(Some(id), Some(linked), body));
    }
}

pub(crate) fn phone(extension: &Text) -> Endpoint {
    Endpoint::Device(extension.clone())
}
