//! Calls that stay open, and minutes that stay open: what a state is filled with.

use crate::story::site_name;
use call::event::Endpoint;
use call::{Body, Event, EventId, Origin, Party, SourceKind, Text};

/// A source whose events are numbered on.
#[derive(Debug)]
pub struct Open {
    position: u64,
    calls: u64,
    now_us: i64,
}

/// What the trunk calls itself in the municipality.
const TRUNK: &str = "trunk";
const NODE: &str = "pbx";
/// One behind the other.
const APART_US: i64 = 10;

impl Open {
    /// Events of one open call.
    pub const EVENTS: usize = 2;

    /// From this moment on, µs UTC.
    #[must_use]
    pub const fn new(now_us: i64) -> Self {
        Self { position: 0, calls: 0, now_us }
    }

    /// Somebody from outside calls and waits for the operators.
    pub fn call(&mut self, site: &Text) -> [Event; Self::EVENTS] {
        let leg = self.leg();
        [self.started(site, &leg), self.joined(site, &leg, "vaxel".into())]
    }

    /// Somebody waited in a queue of its own and hung up: the call is over, and its minute is open in the queue.
    pub fn lost_in(&mut self, site: &Text, queue: &Text) -> [Event; 5] {
        let leg = self.leg();
        [
            self.started(site, &leg),
            self.joined(site, &leg, queue.clone()),
            self.tell(site, Some(&leg), Body::QueueAbandoned { queue: queue.clone() }),
            self.tell(site, Some(&leg), Body::QueueLeft { queue: queue.clone() }),
            self.tell(site, Some(&leg), Body::LegEnded { cause: 16 }),
        ]
    }

    /// The clock goes on.
    pub fn beat(&mut self, site: &Text, later_us: i64) -> Event {
        self.now_us += later_us;
        self.tell(site, None, Body::Heartbeat)
    }

    /// What somebody else told, as of this source: numbered on, and so much faster. What would end all calls is left out.
    pub fn goes_on<'a>(
        &'a mut self,
        events: impl Iterator<Item = Event> + 'a,
        faster: i64,
    ) -> impl Iterator<Item = Event> + 'a {
        let mut first_us = None;
        let begins_us = self.now_us;
        events.filter(|event| !matches!(event.body, Body::PbxStarted)).map(move |event| {
            let at_us = begins_us + (event.at_us - *first_us.get_or_insert(event.at_us)) / faster;
            self.now_us = at_us;
            let told = self.tell(&event.origin.site, None, event.body);
            Event { leg: event.leg, linked: event.linked, ..told }
        })
    }

    fn leg(&mut self) -> Text {
        self.calls += 1;
        format!("open-{}", self.calls).into()
    }

    fn started(&mut self, site: &Text, leg: &Text) -> Event {
        let (caller, dialled) = (Party::Unknown, Party::Own("0846500400".into()));
        let endpoint = Endpoint::Device(TRUNK.into());
        self.tell(site, Some(leg), Body::LegStarted { endpoint, incoming: true, caller, dialled })
    }

    fn joined(&mut self, site: &Text, leg: &Text, queue: Text) -> Event {
        self.tell(site, Some(leg), Body::QueueJoined { queue, position: 1, count: 1 })
    }

    fn tell(&mut self, site: &Text, leg: Option<&Text>, body: Body) -> Event {
        self.position += 1;
        self.now_us += APART_US;
        let origin = Origin {
            site: site.clone(),
            node: NODE.into(),
            kind: SourceKind::AsteriskAmi,
            stream: 1,
            position: self.position,
        };
        let (leg, at_us) = (leg.cloned(), self.now_us);
        let id = EventId(u128::from(self.position));
        Event { id, origin, at_us, received_us: at_us, linked: leg.clone(), leg, body }
    }
}

/// Each queue under so many names, by the call: as if so many served as many numbers.
pub fn in_queues(mut event: Event, queues: usize) -> Event {
    const OF_MUNICIPALITY: usize = 7;
    let each = queues / OF_MUNICIPALITY;
    let Some(linked) = event.linked.as_deref().filter(|_| each > 1) else { return event };
    let digest = linked.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    if let Body::QueueJoined { queue, .. }
    | Body::QueueAbandoned { queue }
    | Body::QueueLeft { queue }
    | Body::MemberConnected { queue, .. }
    | Body::MemberMissed { queue, .. } = &mut event.body
    {
        *queue = format!("{queue}-{:05}", digest % each).into();
    }
    event
}

/// The name of the site that is filled.
#[must_use]
pub fn site() -> Text {
    site_name(0)
}
