//! What a posted event means.

use super::Invalid;
use super::fields::{Id, Name};
use super::model::{
    DivertedTo, ExitReason, Happening, LegStarted, Posted, Serving, Status, TransferWay, Transferred,
};
use crate::asterisk::Dialect;
use crate::asterisk::names::label;
use crate::{Draft, Numbers};
use call::event::{DialStatus, DiversionKind, Endpoint, MemberState, QueueStatus, TransferKind};
use call::{Body, Party, Text};

/// The event; without a leg it cannot be said of whom most are.
pub fn draft(posted: Posted, numbers: &impl Numbers, site: &Dialect) -> Result<Draft, Invalid> {
    let leg = posted.leg.as_ref().map(Id::text);
    let linked = posted.call.as_ref().map(Id::text).or_else(|| leg.clone());
    let body = body(posted.event, numbers, site);
    if leg.is_none() && needs_leg(&body) {
        return Err(Invalid::new("leg", format!("is needed by {}", body.word())));
    }
    Ok(Draft { at_us: Some(posted.at.us()), leg, linked, body })
}

const fn needs_leg(body: &Body) -> bool {
    !matches!(
        body,
        Body::Heartbeat
            | Body::PbxStarted
            | Body::PbxStopped
            | Body::DiversionSet { .. }
            | Body::DiversionCleared { .. }
            | Body::Transferred { .. }
            | Body::MemberState { .. }
    )
}

fn body(event: Happening, numbers: &impl Numbers, site: &Dialect) -> Body {
    let name = |name: &Name| label(name.as_str(), numbers);
    let device = |device: &Name| Endpoint::Device(label(device.as_str(), numbers));
    let party = |number: &Name| numbers.party(number.as_str());
    let party_if = |number: &Option<Name>| number.as_ref().map_or(Party::Unknown, party);
    match event {
        Happening::LegStarted(leg) => leg_started(&leg, numbers, site),
        Happening::LegEnded(leg) => Body::LegEnded { cause: leg.cause },
        Happening::DialStarted(d) => Body::DialStarted { dest: d.dest.text(), endpoint: device(&d.device) },
        Happening::DialRinging(dial) => Body::DialRinging { dest: dial.dest.text() },
        Happening::DialEnded(d) => {
            Body::DialEnded { dest: d.dest.text(), endpoint: device(&d.device), status: status(d.status) }
        }
        Happening::DialGaveUp(dial) => Body::DialGaveUp { status: status(dial.status) },
        Happening::QueueJoined(q) => {
            Body::QueueJoined { queue: name(&q.queue), position: q.position, count: q.waiting }
        }
        Happening::QueueAbandoned(q) => Body::QueueAbandoned { queue: name(&q.queue) },
        Happening::QueueLeft(q) => Body::QueueLeft { queue: name(&q.queue) },
        Happening::QueueExited(exit) => Body::QueueExited { status: reason(exit.reason) },
        Happening::PrioritySet(set) => Body::PrioritySet { priority: set.priority },
        Happening::MemberConnected(m) => {
            Body::MemberConnected { queue: name(&m.queue), dest: m.dest.text(), member: device(&m.device) }
        }
        Happening::MemberMissed(m) => {
            let ring_us = i64::from(m.ring_us);
            Body::MemberMissed { queue: name(&m.queue), member: device(&m.device), ring_us }
        }
        Happening::MemberState(m) => {
            Body::MemberState { queue: name(&m.queue), member: name(&m.device), state: serving(m.state) }
        }
        Happening::BridgeEntered(b) => Body::BridgeEntered { bridge: b.bridge.text() },
        Happening::BridgeLeft(b) => Body::BridgeLeft { bridge: b.bridge.text() },
        Happening::Held(_) => Body::Held,
        Happening::Resumed(_) => Body::Resumed,
        Happening::Parked(_) => Body::Parked,
        Happening::Unparked(_) => Body::Unparked,
        Happening::Transferred(transfer) => transferred(&transfer, party_if(&transfer.to)),
        Happening::PickedUp(leg) => Body::PickedUp { target: leg.target.text() },
        Happening::MailboxEntered(_) => Body::MailboxEntered,
        Happening::MessageLeft(_) => Body::MessageLeft,
        Happening::Diverted(d) => Body::Diverted {
            sought: party(&d.sought),
            kind: kind(d.kind),
            reason: why(&d.reason, site),
            to: party_if(&d.to),
        },
        Happening::NotDiverted(d) => Body::NotDiverted { sought: party(&d.sought), status: status(d.status) },
        Happening::DiversionSet(d) => Body::DiversionSet {
            extension: party(&d.extension),
            kind: kind(d.kind),
            reason: why(&d.reason, site),
        },
        Happening::DiversionCleared(d) => Body::DiversionCleared { extension: party(&d.extension) },
        Happening::Heartbeat(_) => Body::Heartbeat,
        Happening::PbxStarted(_) => Body::PbxStarted,
        Happening::PbxStopped(_) => Body::PbxStopped,
    }
}

/// A word of the measures, or one that the configuration turns into such a word.
fn why(reason: &Name, site: &Dialect) -> Text {
    match reason.as_str() {
        known @ ("lunch" | "meeting" | "sick" | "holiday" | "trip" | "gone") => known.into(),
        word => site.reason(word),
    }
}

fn leg_started(leg: &LegStarted, numbers: &impl Numbers, site: &Dialect) -> Body {
    let from_outside = leg.incoming && site.trunks.contains(leg.device.as_str());
    Body::LegStarted {
        endpoint: Endpoint::Device(label(leg.device.as_str(), numbers)),
        incoming: leg.incoming,
        caller: leg.caller.as_ref().map_or(Party::Unknown, |caller| numbers.party(caller.as_str())),
        dialled: match &leg.dialled {
            Some(dialled) if from_outside => numbers.incoming_dialled(dialled.as_str()),
            Some(dialled) => numbers.party(dialled.as_str()),
            None => Party::Unknown,
        },
    }
}

fn transferred(transfer: &Transferred, to: Party) -> Body {
    let leg = |leg: &Option<Id>| -> Option<Text> { leg.as_ref().map(Id::text) };
    Body::Transferred {
        kind: match transfer.kind {
            TransferWay::Blind => TransferKind::Blind,
            TransferWay::Attended => TransferKind::Attended,
        },
        succeeded: transfer.succeeded,
        transferer: leg(&transfer.transferer),
        second: leg(&transfer.second),
        transferee: leg(&transfer.transferee),
        target: leg(&transfer.target),
        to,
    }
}

const fn status(status: Status) -> DialStatus {
    match status {
        Status::Answer => DialStatus::Answer,
        Status::NoAnswer => DialStatus::NoAnswer,
        Status::Busy => DialStatus::Busy,
        Status::Cancel => DialStatus::Cancel,
        Status::Unavailable => DialStatus::Unavailable,
        Status::Congestion => DialStatus::Congestion,
        Status::Other => DialStatus::Other,
    }
}

const fn reason(reason: ExitReason) -> QueueStatus {
    match reason {
        ExitReason::Timeout => QueueStatus::Timeout,
        ExitReason::Full => QueueStatus::Full,
        ExitReason::JoinEmpty => QueueStatus::JoinEmpty,
        ExitReason::LeaveEmpty => QueueStatus::LeaveEmpty,
        ExitReason::JoinUnavailable => QueueStatus::JoinUnavailable,
        ExitReason::LeaveUnavailable => QueueStatus::LeaveUnavailable,
        ExitReason::Withdrawn => QueueStatus::Withdrawn,
    }
}

const fn serving(state: Serving) -> MemberState {
    match state {
        Serving::Free => MemberState::Free,
        Serving::Ringing => MemberState::Ringing,
        Serving::Busy => MemberState::Busy,
        Serving::Paused => MemberState::Paused,
        Serving::Unavailable => MemberState::Unavailable,
        Serving::Removed => MemberState::Removed,
    }
}

const fn kind(kind: DivertedTo) -> DiversionKind {
    match kind {
        DivertedTo::Colleague => DiversionKind::Colleague,
        DivertedTo::Voicemail => DiversionKind::Voicemail,
        DivertedTo::Operator => DiversionKind::Operator,
        DivertedTo::Other => DiversionKind::Other,
    }
}
