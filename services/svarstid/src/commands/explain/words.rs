//! Events in plain words.

use super::changes::seconds;
use super::story::Line;
use call::event::{DialStatus, DiversionKind, Endpoint, QueueStatus, TransferKind};
use call::{Body, CallRecord, Event, Party, Text};
use std::collections::BTreeMap;

/// Names of the legs of one story: what each is connected to, with a letter where there are several.
pub struct Names(BTreeMap<Text, String>);

impl Names {
    pub fn of(story: &[Line]) -> Self {
        let mut names = BTreeMap::new();
        let mut used: BTreeMap<String, u32> = BTreeMap::new();
        for line in story {
            if let (Some(leg), Body::LegStarted { endpoint, .. } | Body::LegSeen { endpoint, .. }) =
                (&line.event.leg, &line.event.body)
            {
                names.entry(leg.clone()).or_insert_with(|| {
                    let name = endpoint_name(endpoint);
                    let n = used.entry(name.clone()).or_default();
                    *n += 1;
                    if *n == 1 { name } else { format!("{name} (leg {n})") }
                });
            }
        }
        Self(names)
    }

    fn leg(&self, leg: &Text) -> &str {
        self.0.get(leg).map_or("a leg not seen before", String::as_str)
    }

    fn maybe(&self, leg: Option<&Text>) -> &str {
        leg.map_or("the PBX", |leg| self.leg(leg))
    }

    /// One event as a sentence.
    pub fn tell(&self, event: &Event) -> String {
        let who = self.maybe(event.leg.as_ref());
        match &event.body {
            Body::LegStarted { incoming: true, caller, dialled, .. } => {
                format!("{who} calls{}, dialling {}", from(caller), number(dialled))
            }
            Body::LegStarted { endpoint: Endpoint::Internal { .. }, .. } => format!("{who} comes into being"),
            Body::LegStarted { .. } => format!("{who} is to be called"),
            Body::LegEnded { .. } => format!("{who} is gone"),
            Body::HangupRequested => format!("{who} hangs up"),
            Body::HalvesPaired { near, far } => {
                format!("{} and {} are one path", self.leg(near), self.leg(far))
            }
            Body::DialStarted { endpoint, .. } => format!("{who} dials {}", endpoint_name(endpoint)),
            Body::DialRinging { dest } => format!("{} rings", self.leg(dest)),
            Body::DialEnded { endpoint, status, .. } => {
                format!("dialling {}: {}", endpoint_name(endpoint), dial(*status))
            }
            Body::DialGaveUp { status } => format!("dialling is over for {who}: {}", dial(*status)),
            _ => self.tell_more(who, &event.body),
        }
    }

    fn tell_more(&self, who: &str, body: &Body) -> String {
        match body {
            Body::QueueJoined { queue, position: 0, .. } => format!("{who} joins queue {queue}"),
            Body::QueueJoined { queue, position, count } => {
                format!("{who} joins queue {queue}, place {position} of {count}")
            }
            Body::QueueAbandoned { queue } => {
                format!("{who} is given up by queue {queue} (what follows tells why)")
            }
            Body::QueueLeft { queue } => format!("{who} leaves queue {queue}"),
            Body::QueueExited { status } => format!("the queue let {who} go: {}", exit(*status)),
            Body::PrioritySet { priority } => format!("{who} gets priority {priority}"),
            Body::MemberConnected { queue, member, .. } => {
                format!("{} takes {who} from queue {queue}", endpoint_name(member))
            }
            Body::MemberState { queue, member, state } => {
                format!("{member} in queue {queue}: {}", state.word())
            }
            Body::MemberMissed { member, ring_us, .. } => {
                format!("{} did not answer in {}", endpoint_name(member), seconds(*ring_us))
            }
            Body::BridgeEntered { .. } => format!("{who} is connected"),
            Body::BridgeLeft { .. } => format!("{who} is no longer connected"),
            Body::Held => format!("{who} puts the other on hold"),
            Body::Resumed => format!("{who} takes the other off hold"),
            Body::Parked => format!("{who} stands in a parking space"),
            Body::Unparked => format!("{who} leaves the parking space"),
            Body::Transferred { kind, succeeded, transferer, to, .. } => {
                let how = if *kind == TransferKind::Blind { "blindly" } else { "after asking" };
                let went = if *succeeded { "hands the call over" } else { "could not hand the call over" };
                format!("{} {went} {how}{}", self.maybe(transferer.as_ref()), towards(to))
            }
            Body::PickedUp { target } => format!("{who} picks up what rings at {}", self.leg(target)),
            Body::MailboxEntered => format!("{who} comes to a mailbox"),
            Body::MessageLeft => format!("{who} has left a message"),
            _ => Self::tell_rest(body),
        }
    }

    /// What the dialplan, the collector and the PBX itself say.
    fn tell_rest(body: &Body) -> String {
        match body {
            Body::Diverted { sought, kind, reason, to } => {
                format!("{} is diverted {}{} ({reason})", number(sought), diversion(*kind), towards(to))
            }
            Body::NotDiverted { sought, status } => {
                format!("{} is not diverted; dialling: {}", number(sought), dial(*status))
            }
            Body::DiversionSet { extension, kind, reason } => {
                format!("{} sets a diversion {} ({reason})", number(extension), diversion(*kind))
            }
            Body::DiversionCleared { extension } => format!("{} clears a diversion", number(extension)),
            Body::Gap { from_us, to_us, .. } => format!("nothing is known of {}", seconds(to_us - from_us)),
            Body::PbxStarted => "the PBX starts".to_owned(),
            Body::PbxStopped => "the PBX stops".to_owned(),
            Body::LegSeen { endpoint, age_us, .. } => {
                format!("{} is there, for {}", endpoint_name(endpoint), seconds(*age_us))
            }
            Body::QueueCallerSeen { queue, wait_us, .. } => {
                format!("stands in queue {queue}, for {}", seconds(*wait_us))
            }
            Body::QueueEntered { queue, caller, .. } => {
                format!("a caller comes to queue {queue}{}", from(caller))
            }
            Body::QueueAnswered { queue, member, wait_us, .. } => {
                format!("{member} takes the caller from queue {queue} after {}", seconds(*wait_us))
            }
            Body::QueueCompleted { by_caller, .. } => {
                format!("the talk is over; the {} hung up", if *by_caller { "caller" } else { "member" })
            }
            Body::CallRecorded(record) => recorded(record),
            other => other.word().replace('_', " "),
        }
    }
}

fn recorded(record: &CallRecord) -> String {
    let by = record.queue.as_ref().map(|queue| format!(" by queue {queue}")).unwrap_or_default();
    let whom = record.target.as_deref().unwrap_or("nobody");
    let length = if record.mailbox { "a mailbox".to_owned() } else { dial(record.status).to_owned() };
    format!("{whom} was rung{by}: {length}")
}

fn endpoint_name(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Device(name) => name.to_string(),
        Endpoint::Internal { far: true } => "internal (far half)".to_owned(),
        Endpoint::Internal { far: false } => "internal (near half)".to_owned(),
    }
}

/// A number as it may be seen; of a pseudonym as much as tells callers apart.
pub fn number(party: &Party) -> String {
    match party {
        Party::Unknown => "an unknown number".to_owned(),
        Party::Own(digits) | Party::Service(digits) => digits.to_string(),
        Party::Outside(_) => party.to_string().chars().take(11).chain(['…']).collect(),
    }
}

fn from(caller: &Party) -> String {
    if *caller == Party::Unknown { String::new() } else { format!(" from {}", number(caller)) }
}

fn towards(to: &Party) -> String {
    if *to == Party::Unknown { String::new() } else { format!(" to {}", number(to)) }
}

fn dial(status: DialStatus) -> &'static str {
    match status {
        DialStatus::Answer => "answered",
        DialStatus::NoAnswer => "no answer",
        DialStatus::Busy => "busy",
        DialStatus::Cancel => "stopped by the caller",
        DialStatus::Unavailable => "switched off",
        DialStatus::Congestion => "congestion",
        DialStatus::Other => "it failed",
    }
}

fn exit(status: QueueStatus) -> &'static str {
    match status {
        QueueStatus::Timeout => "longest waiting time passed",
        QueueStatus::Full => "full",
        QueueStatus::JoinEmpty => "nobody serves it",
        QueueStatus::LeaveEmpty => "nobody serves it any more",
        QueueStatus::JoinUnavailable => "nobody was available",
        QueueStatus::LeaveUnavailable => "nobody is available any more",
        QueueStatus::Withdrawn => "taken out",
        QueueStatus::Continue => "the member hung up",
    }
}

fn diversion(kind: DiversionKind) -> &'static str {
    match kind {
        DiversionKind::Colleague => "to a colleague",
        DiversionKind::Voicemail => "to a mailbox",
        DiversionKind::Operator => "to the operator",
        DiversionKind::Other => "elsewhere",
    }
}
