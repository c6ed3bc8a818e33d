//! A small PBX for tests (feature `world`): any list of steps becomes a list of events that a PBX might send, and some
//! that it should not.

use call::event::{DialStatus, Endpoint, GapReason, MemberState, QueueStatus, TransferKind};
use call::{Body, Event, EventId, Origin, Party, SitePlan, SourceKind, Target, Text};
use std::sync::Arc;

/// The site of all events.
pub const SITE: &str = "vik";

/// `(what, on which call, with what, milliseconds later)`
pub type Step = (u8, u8, u8, u32);

/// Kinds of steps: the first number of a step is below this.
pub const KINDS: u8 = 24;

/// As many steps as wanted, always the same for a seed.
#[must_use]
pub fn random_steps(seed: u64, count: usize) -> Vec<Step> {
    let mut state = seed;
    let mut next = |below: u64| {
        // splitmix64
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    };
    let mut step = || {
        let small = |number: u64| u8::try_from(number).unwrap_or(u8::MAX);
        let (what, on, with) = (small(next(KINDS.into())), small(next(8)), small(next(8)));
        let pause_ms = match next(10) {
            0 => 3_000 + next(60_000),
            _ => next(3_000),
        };
        (what, on, with, u32::try_from(pause_ms).unwrap_or(u32::MAX))
    };
    (0..count).map(|_| step()).collect()
}

/// What the site's configuration says.
#[must_use]
pub fn plan() -> Arc<SitePlan> {
    let mut plan = SitePlan { max_call_age_us: 1_800_000_000, ..SitePlan::default() };
    plan.trunks.insert("trunk".into());
    plan.operator_queues.insert("vaxel".into());
    plan.operators.extend((9000..9004).map(|n| n.to_string().into()));
    plan.extensions.push(("2000".into(), "2999".into()));
    plan.routes.insert("100".into(), Target::Queue("vaxel".into()));
    plan.routes.insert("101".into(), Target::Extension("2001".into()));
    plan.routes.insert("102".into(), Target::Queue("grupp".into()));
    plan.queue_units.insert("vaxel".into(), "kansli".into());
    plan.queue_units.insert("grupp".into(), "skola".into());
    plan.extension_units.push(("2000".into(), "2999".into(), "skola".into()));
    Arc::new(plan)
}

#[derive(Default)]
struct Journey {
    began_us: i64,
    caller: Text,
    far: Vec<Text>,
    queue: Option<Text>,
}

impl Journey {
    /// Each leg and its linked id.
    fn legs(&self) -> Vec<(Text, Text)> {
        std::iter::once(&self.caller).chain(&self.far).map(|leg| (leg.clone(), self.caller.clone())).collect()
    }
}

/// The PBX.
#[derive(Default)]
pub struct World {
    events: Vec<Event>,
    now_us: i64,
    legs: u64,
    calls: Vec<Journey>,
}

impl World {
    /// What the PBX says of all that.
    #[must_use]
    pub fn events(steps: &[Step]) -> Vec<Event> {
        let mut world = Self { now_us: 1_700_000_000_000_000, ..Self::default() };
        for step in steps {
            world.step(*step);
        }
        world.events
    }

    fn send(&mut self, leg: Option<&Text>, linked: Option<&Text>, body: Body) {
        self.now_us += 1_300;
        let position = (self.events.len() as u64 + 1) * 10;
        // a busy PBX stamps some events a few milliseconds early
        let at_us = self.now_us - if position.is_multiple_of(70) { 9_000 } else { 0 };
        self.events.push(Event {
            id: EventId(position.into()),
            origin: Origin {
                site: SITE.into(),
                node: "pbx".into(),
                kind: SourceKind::AsteriskAmi,
                stream: 7,
                position,
            },
            at_us,
            received_us: self.now_us,
            leg: leg.cloned(),
            linked: linked.cloned(),
            body,
        });
    }

    fn leg(&mut self) -> Text {
        self.legs += 1;
        format!("leg-{}", self.legs).into()
    }

    fn step(&mut self, (what, on, with, pause_ms): Step) {
        self.now_us += i64::from(pause_ms) * 1_000;
        // nothing more is heard of a call that is too old
        self.calls.retain(|call| self.now_us - call.began_us < 1_500_000_000);
        match what {
            0..=2 => return self.arrives("trunk", with),
            3 => return self.arrives(&format!("20{:02}", with + 10), with),
            4 if with < 3 => return self.send(None, None, Body::Heartbeat),
            4 => return self.member(on, with),
            5 => return self.whole_pbx(with),
            _ if self.calls.is_empty() => return,
            _ => {}
        }
        let index = usize::from(on) % self.calls.len();
        let journey = std::mem::take(&mut self.calls[index]);
        let journey = match what {
            6 | 7 => self.queues(journey, with),
            8..=10 => self.rings(journey, with),
            11 | 12 => self.answers(journey),
            13 => self.does_not_answer(journey),
            14 => self.gives_up_in_queue(journey, with),
            15 => self.holds_and_consults(journey, with),
            16 => self.transfers(journey, index),
            17 => self.strange(journey, index, with),
            18 => self.mailbox(journey),
            19 => self.parks(journey, with),
            _ => self.ends(journey, with),
        };
        match journey {
            Some(journey) => self.calls[index] = journey,
            None => drop(self.calls.remove(index)),
        }
    }

    fn member(&mut self, on: u8, with: u8) {
        let states = [MemberState::Free, MemberState::Busy, MemberState::Paused, MemberState::Removed];
        let (queue, member) = (if on < 4 { "vaxel" } else { "grupp" }, format!("900{}", on % 4));
        let state = states[usize::from(with) % 4];
        self.send(None, None, Body::MemberState { queue: queue.into(), member: member.into(), state });
    }

    fn arrives(&mut self, device: &str, with: u8) {
        let caller = self.leg();
        let dialled = ["100", "101", "102", "2005", "9"][usize::from(with) % 5];
        let body = Body::LegStarted {
            endpoint: Endpoint::Device(device.into()),
            incoming: true,
            caller: Party::Unknown,
            dialled: Party::Own(dialled.into()),
        };
        self.send(Some(&caller), Some(&caller), body);
        self.calls.push(Journey { caller, began_us: self.now_us, ..Journey::default() });
    }

    fn whole_pbx(&mut self, with: u8) {
        match with {
            0 | 1 => {
                let (from_us, to_us) = (self.now_us - 5_000_000, self.now_us);
                let reason = GapReason::ConnectionLost;
                self.send(None, None, Body::Gap { from_us, to_us, reason, lost: 0 });
            }
            2..=6 => self.looks_around(with),
            _ => {
                self.send(None, None, Body::PbxStarted);
                self.calls.clear();
            }
        }
    }

    /// Sees most legs, one that nobody told of, and a caller waiting.
    fn looks_around(&mut self, with: u8) {
        self.send(None, None, Body::SnapshotStarted);
        let mut turn = usize::from(with);
        let mut seen = |_: &Text| {
            turn += 1;
            turn % 4 != 0
        };
        for call in &mut self.calls {
            call.far.retain(&mut seen);
        }
        // who is not seen is gone; but one answer may be garbled, and then some are heard of again
        let shown: Vec<bool> = self.calls.iter().map(|call| seen(&call.caller)).collect();
        let legs: Vec<(Text, Text)> = self
            .calls
            .iter()
            .zip(&shown)
            .filter(|(_, shown)| **shown)
            .flat_map(|(call, _)| call.legs())
            .collect();
        if with != 5 {
            let mut shown = shown.into_iter();
            self.calls.retain(|_| shown.next() == Some(true));
        }
        for (leg, linked) in legs {
            let endpoint = Endpoint::Device("2042".into());
            self.send(Some(&leg), Some(&linked), Body::LegSeen { endpoint, age_us: 1_000, bridge: None });
        }
        let new = self.leg();
        let endpoint = Endpoint::Device("trunk".into());
        let age_us = i64::from(with) * 200_000_000;
        self.send(Some(&new), Some(&new), Body::LegSeen { endpoint, age_us, bridge: Some("b".into()) });
        let waits = Body::QueueCallerSeen { queue: "vaxel".into(), position: 1, wait_us: 70_000_000 };
        self.send(Some(&new), Some(&new), waits);
        if with != 6 {
            // sometimes the collector dies before the end
            self.send(None, None, Body::SnapshotEnded);
        }
        let began_us = self.now_us - age_us;
        self.calls.push(Journey { caller: new, began_us, queue: Some("vaxel".into()), ..Journey::default() });
    }

    fn queues(&mut self, mut call: Journey, with: u8) -> Option<Journey> {
        let queue: Text = if with.is_multiple_of(2) { "vaxel".into() } else { "grupp".into() };
        let body = Body::QueueJoined { queue: queue.clone(), position: 1, count: 1 };
        self.send(Some(&call.caller), Some(&call.caller), body);
        call.queue = Some(queue);
        Some(call)
    }

    fn rings(&mut self, mut call: Journey, with: u8) -> Option<Journey> {
        let dest = self.leg();
        let device =
            if call.queue.is_some() { format!("900{}", with % 4) } else { format!("200{}", with % 4) };
        let endpoint = Endpoint::Device(device.into());
        let started = Body::LegStarted {
            endpoint: endpoint.clone(),
            incoming: false,
            caller: Party::Unknown,
            dialled: Party::Unknown,
        };
        self.send(Some(&dest), Some(&call.caller), started);
        let dialled = Body::DialStarted { dest: dest.clone(), endpoint };
        self.send(Some(&call.caller), Some(&call.caller), dialled);
        self.send(Some(&call.caller), Some(&call.caller), Body::DialRinging { dest: dest.clone() });
        call.far.push(dest);
        Some(call)
    }

    fn answers(&mut self, call: Journey) -> Option<Journey> {
        let Some(dest) = call.far.last().cloned() else { return Some(call) };
        let endpoint = Endpoint::Device("2001".into());
        let answered = Body::DialEnded { dest: dest.clone(), endpoint, status: DialStatus::Answer };
        if let Some(queue) = &call.queue {
            self.send(Some(&call.caller), Some(&call.caller), Body::QueueLeft { queue: queue.clone() });
            self.send(Some(&call.caller), Some(&call.caller), answered);
            let member = Endpoint::Device("9001".into());
            let body = Body::MemberConnected { queue: queue.clone(), dest: dest.clone(), member };
            self.send(Some(&call.caller), Some(&call.caller), body);
        } else {
            self.send(Some(&call.caller), Some(&call.caller), answered);
        }
        let bridge: Text = format!("bridge-{}", call.caller).into();
        self.send(Some(&dest), Some(&call.caller), Body::BridgeEntered { bridge: bridge.clone() });
        self.send(Some(&call.caller), Some(&call.caller), Body::BridgeEntered { bridge });
        Some(call)
    }

    fn does_not_answer(&mut self, mut call: Journey) -> Option<Journey> {
        let Some(dest) = call.far.pop() else { return Some(call) };
        let endpoint = Endpoint::Device("2001".into());
        let ended = Body::DialEnded { dest: dest.clone(), endpoint, status: DialStatus::NoAnswer };
        self.send(Some(&call.caller), Some(&call.caller), ended);
        self.send(Some(&dest), Some(&call.caller), Body::LegEnded { cause: 19 });
        Some(call)
    }

    fn gives_up_in_queue(&mut self, mut call: Journey, with: u8) -> Option<Journey> {
        let Some(queue) = call.queue.take() else { return Some(call) };
        self.send(Some(&call.caller), Some(&call.caller), Body::QueueAbandoned { queue: queue.clone() });
        self.send(Some(&call.caller), Some(&call.caller), Body::QueueLeft { queue });
        if with < 4 {
            let status = QueueStatus::Timeout;
            self.send(Some(&call.caller), Some(&call.caller), Body::QueueExited { status });
            return Some(call);
        }
        self.ends(call, 0)
    }

    fn holds_and_consults(&mut self, mut call: Journey, with: u8) -> Option<Journey> {
        let Some(holder) = call.far.last().cloned() else { return Some(call) };
        self.send(Some(&holder), Some(&call.caller), Body::Held);
        let second = self.leg();
        let body = Body::LegStarted {
            endpoint: Endpoint::Device(format!("900{}", with % 4).into()),
            incoming: true,
            caller: Party::Unknown,
            dialled: Party::Own("2003".into()),
        };
        self.send(Some(&second), Some(&second), body);
        call.far.push(second);
        Some(call)
    }

    /// Into a parking space, and mostly out of it again: taken by somebody, or sent back.
    fn parks(&mut self, mut call: Journey, with: u8) -> Option<Journey> {
        self.send(Some(&call.caller), Some(&call.caller), Body::BridgeEntered { bridge: "lot".into() });
        self.send(Some(&call.caller), Some(&call.caller), Body::Parked);
        if with < 2 {
            return self.ends(call, 0);
        }
        if with < 4 {
            return Some(call);
        }
        self.send(Some(&call.caller), Some(&call.caller), Body::Unparked);
        if with < 6 {
            let taker = self.leg();
            let body = Body::LegStarted {
                endpoint: Endpoint::Device("2008".into()),
                incoming: true,
                caller: Party::Unknown,
                dialled: Party::Own("701".into()),
            };
            self.send(Some(&taker), Some(&taker), body);
            let bridge: Text = format!("taken-{taker}").into();
            self.send(Some(&taker), Some(&taker), Body::BridgeEntered { bridge: bridge.clone() });
            self.send(Some(&call.caller), Some(&call.caller), Body::BridgeEntered { bridge });
            call.far.push(taker);
        }
        Some(call)
    }

    /// An attended transfer between this call and the next one.
    fn transfers(&mut self, call: Journey, index: usize) -> Option<Journey> {
        let other =
            self.calls.iter().enumerate().find(|(n, _)| *n != index).map(|(_, other)| other.caller.clone());
        let kind = if other.is_some() { TransferKind::Attended } else { TransferKind::Blind };
        let body = Body::Transferred {
            kind,
            succeeded: true,
            transferer: call.far.first().cloned(),
            second: call.far.last().cloned(),
            transferee: Some(call.caller.clone()),
            target: other,
            to: Party::Own("2002".into()),
        };
        self.send(Some(&call.caller), Some(&call.caller), body);
        Some(call)
    }

    /// What no PBX should send, between two calls: ids of one with legs of the other.
    fn strange(&mut self, call: Journey, index: usize, with: u8) -> Option<Journey> {
        let other = self.calls.iter().enumerate().find(|(n, _)| *n != index);
        let other = other.map_or_else(|| "nobody-1".into(), |(_, other)| other.caller.clone());
        let endpoint = Endpoint::Device("2009".into());
        let mine = call.caller.clone();
        match with {
            0 => self.send(Some(&mine), Some(&other), Body::BridgeEntered { bridge: "b".into() }),
            1 => self.send(Some(&mine), Some(&mine), Body::DialStarted { dest: other, endpoint }),
            2 => self.send(Some(&mine), Some(&mine), Body::PickedUp { target: other }),
            3 => self.send(None, None, Body::HalvesPaired { near: mine, far: other }),
            4 => self.send(None, Some(&other), Body::DialStarted { dest: mine, endpoint }),
            5 => {
                let ended = Body::DialEnded { dest: other, endpoint, status: DialStatus::Answer };
                self.send(Some(&mine), Some(&mine), ended);
            }
            6 => self.send(Some(&"nobody-2".into()), Some(&mine), Body::LegEnded { cause: 16 }),
            _ => self.send(Some(&other), Some(&mine), Body::BridgeLeft { bridge: "b".into() }),
        }
        Some(call)
    }

    fn mailbox(&mut self, call: Journey) -> Option<Journey> {
        self.send(Some(&call.caller), Some(&call.caller), Body::MailboxEntered);
        self.send(Some(&call.caller), Some(&call.caller), Body::MessageLeft);
        Some(call)
    }

    fn ends(&mut self, call: Journey, with: u8) -> Option<Journey> {
        self.send(Some(&call.caller), Some(&call.caller), Body::HangupRequested);
        for leg in &call.far {
            self.send(Some(leg), Some(&call.caller), Body::LegEnded { cause: 16 });
        }
        // one in eight callers hangs on when the others are gone
        if with == 7 {
            return Some(Journey { caller: call.caller, began_us: call.began_us, ..Journey::default() });
        }
        self.send(Some(&call.caller), Some(&call.caller), Body::LegEnded { cause: 16 });
        None
    }
}
