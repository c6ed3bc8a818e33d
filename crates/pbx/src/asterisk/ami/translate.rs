//! Messages → call events.

use super::super::Dialect;
use super::super::names::{self, dial_status, endpoint, queue_status};
use super::Message;
use super::member::member_state;
use super::skim::Unread;
use super::wanted::Wanted;
use super::{dialling, queueing};
use crate::{Draft, Numbers};
use call::event::{Endpoint, TransferKind};
use call::{Body, Party, Text};

/// Events that are needed whole. The PBX is asked for these (`filters`); the rest stays there.
pub(super) const EVENTS: &[&str] = &[
    "Newchannel",
    "Hangup",
    "LocalBridge",
    "DialBegin",
    "DialState",
    "DialEnd",
    "QueueCallerJoin",
    "QueueCallerLeave",
    "QueueCallerAbandon",
    "AgentConnect",
    "AgentRingNoAnswer",
    "QueueMemberAdded",
    "QueueMemberRemoved",
    "QueueMemberPause",
    "QueueMemberStatus",
    "BridgeEnter",
    "BridgeLeave",
    "Hold",
    "Unhold",
    "BlindTransfer",
    "AttendedTransfer",
    "Pickup",
    "MessageWaiting",
    "ParkedCall",
    "UnParkedCall",
    "ParkedCallTimeOut",
    "ParkedCallGiveUp",
    "ParkedCallSwap",
    "Shutdown",
];
/// Variables that are needed, beside the site's priority variable.
pub(super) const VARIABLES: &[&str] = &["DIALSTATUS", "QUEUESTATUS", "VM_MESSAGEFILE"];
/// The application that is a mailbox taking a call.
pub(super) const MAILBOX_APPLICATION: &str = "VoiceMail";

/// What a message means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Translation {
    /// A call event.
    Event(Draft),
    /// An answer to an action, or an event that tells nothing about calls.
    Nothing,
    /// A known event with a field that is missing or impossible.
    Invalid {
        /// Which field, and what is wrong with it; holds no number.
        detail: String,
    },
}

/// Stateless but for its settings: the same message gives the same event.
pub struct Translator<N> {
    pub(super) dialect: Dialect,
    pub(super) numbers: N,
    wanted: Wanted,
}

/// What one event's translation came to, before the envelope.
pub(super) type Meaning = Result<Option<Body>, Invalid>;

/// A field that is missing or impossible.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invalid(pub String);

impl<N: Numbers> Translator<N> {
    /// With a site's words and number rules.
    pub fn new(dialect: Dialect, numbers: N) -> Self {
        let wanted = Wanted::new(&dialect.priority_variable);
        Self { dialect, numbers, wanted }
    }

    /// Whether a message can mean something: if not, [`translate`](Self::translate) says that it is nothing. For
    /// [`Framer::next_wanted`](super::Framer::next_wanted).
    pub fn wants(&self, message: &Unread<'_>) -> bool {
        self.wanted.has(message)
    }

    /// What this message means.
    #[must_use]
    pub fn translate(&self, message: &Message) -> Translation {
        let Some(event) = message.get("Event") else { return Translation::Nothing };
        match self.meaning(event, message).and_then(|body| self.envelope(message, body)) {
            Ok(Some(draft)) => Translation::Event(draft),
            Ok(None) => Translation::Nothing,
            Err(Invalid(what)) => Translation::Invalid { detail: format!("event {event}: {what}") },
        }
    }

    fn meaning(&self, event: &str, message: &Message) -> Meaning {
        match event {
            "Newchannel" => self.new_channel(message),
            "Hangup" => Ok(Some(Body::LegEnded { cause: number(message, "Cause")? })),
            "HangupRequest" => Ok(Some(Body::HangupRequested)),
            "LocalBridge" => Ok(Some(Body::HalvesPaired {
                near: id(message, "LocalOneUniqueid")?,
                far: id(message, "LocalTwoUniqueid")?,
            })),
            "DialBegin" | "DialState" | "DialEnd" => dialling::meaning(self, event, message),
            "VarSet" => self.variable(message),
            "Newexten" => Ok(is_mailbox(message).then_some(Body::MailboxEntered)),
            "MessageWaiting" => Ok(message.known("Uniqueid").map(|_| Body::MessageLeft)),
            "QueueCallerJoin" | "QueueCallerLeave" | "QueueCallerAbandon" | "AgentConnect"
            | "AgentRingNoAnswer" => queueing::meaning(self, event, message),
            "QueueMemberAdded" | "QueueMemberRemoved" | "QueueMemberPause" | "QueueMemberStatus" => {
                member_state(message, &self.numbers).map(Some).map_err(Invalid)
            }
            "BridgeEnter" => Ok(Some(Body::BridgeEntered { bridge: id(message, "BridgeUniqueid")? })),
            "BridgeLeave" => Ok(Some(Body::BridgeLeft { bridge: id(message, "BridgeUniqueid")? })),
            "Hold" => Ok(Some(Body::Held)),
            "Unhold" => Ok(Some(Body::Resumed)),
            // Who gives up is parked until the end; a swap names the channel that stands in the space from now on.
            "ParkedCall" | "ParkedCallGiveUp" | "ParkedCallSwap" => Ok(Some(Body::Parked)),
            "UnParkedCall" | "ParkedCallTimeOut" => Ok(Some(Body::Unparked)),
            "BlindTransfer" => self.blind_transfer(message),
            "AttendedTransfer" => attended_transfer(message),
            "Pickup" => Ok(Some(Body::PickedUp { target: id(message, "TargetUniqueid")? })),
            "UserEvent" => self.user_event(message),
            "Shutdown" => Ok(Some(Body::PbxStopped)),
            _ => Ok(None),
        }
    }

    fn envelope(&self, message: &Message, body: Option<Body>) -> Result<Option<Draft>, Invalid> {
        let Some(body) = body else { return Ok(None) };
        let leg = match &body {
            Body::Transferred { transferee, .. } => transferee.clone(),
            Body::Parked | Body::Unparked => Some(id(message, "ParkeeUniqueid")?),
            _ => optional_id(message, "Uniqueid")?,
        };
        if leg.is_none() && needs_leg(&body) {
            return Err(Invalid("Uniqueid is missing".into()));
        }
        let linked = ["Linkedid", "DestLinkedid", "TransfereeLinkedid", "LocalOneLinkedid", "ParkeeLinkedid"]
            .into_iter()
            .find_map(|key| optional_id(message, key).transpose())
            .transpose()?;
        Ok(Some(Draft { at_us: timestamp_us(message)?, leg, linked, body }))
    }

    fn new_channel(&self, message: &Message) -> Meaning {
        let name = required(message, "Channel")?;
        let endpoint = self.endpoint(name)?;
        // 4 is `Ring`: the device placed the call. Channels that the PBX makes begin `Down`.
        let incoming = number::<u8>(message, "ChannelState")? == 4;
        let exten = message.known("Exten").unwrap_or_default();
        let caller = message.known("CallerIDNum").unwrap_or_default();
        Ok(Some(self.dialect.leg_started(&self.numbers, endpoint, incoming, caller, exten)))
    }

    /// The endpoint of a channel name, never with an outside number in it.
    pub(super) fn endpoint(&self, channel: &str) -> Result<Endpoint, Invalid> {
        endpoint(channel, &self.numbers).ok_or_else(|| Invalid("Channel is not technology/resource".into()))
    }

    fn variable(&self, message: &Message) -> Meaning {
        // Of most variables nothing is wanted.
        let value = || message.known("Value").unwrap_or_default();
        let name = message.get("Variable").unwrap_or_default().trim_start_matches('_');
        if name == self.dialect.priority_variable {
            return Ok(value().parse().ok().map(|priority| Body::PrioritySet { priority }));
        }
        Ok(match name {
            "DIALSTATUS" => dial_status(value()).map(|status| Body::DialGaveUp { status }),
            "QUEUESTATUS" => queue_status(value()).map(|status| Body::QueueExited { status }),
            "VM_MESSAGEFILE" if !value().is_empty() => Some(Body::MessageLeft),
            _ => None,
        })
    }

    fn blind_transfer(&self, message: &Message) -> Meaning {
        Ok(Some(Body::Transferred {
            kind: TransferKind::Blind,
            succeeded: message.get("Result") == Some("Success"),
            transferer: optional_id(message, "TransfererUniqueid")?,
            second: None,
            transferee: optional_id(message, "TransfereeUniqueid")?,
            target: None,
            to: self.numbers.party(message.known("Extension").unwrap_or_default()),
        }))
    }
}

fn attended_transfer(message: &Message) -> Meaning {
    Ok(Some(Body::Transferred {
        kind: TransferKind::Attended,
        succeeded: message.get("Result") == Some("Success"),
        transferer: optional_id(message, "OrigTransfererUniqueid")?,
        second: optional_id(message, "SecondTransfererUniqueid")?,
        transferee: optional_id(message, "TransfereeUniqueid")?,
        target: optional_id(message, "TransferTargetUniqueid")?,
        to: Party::Unknown,
    }))
}

fn is_mailbox(message: &Message) -> bool {
    message.get("Application").is_some_and(|name| name.eq_ignore_ascii_case(MAILBOX_APPLICATION))
}

/// Whether the event means nothing without its channel.
fn needs_leg(body: &Body) -> bool {
    !matches!(
        body,
        Body::HalvesPaired { .. }
            | Body::DialStarted { .. }
            | Body::DialRinging { .. }
            | Body::DialEnded { .. }
            | Body::Transferred { .. }
            | Body::Diverted { .. }
            | Body::NotDiverted { .. }
            | Body::DiversionSet { .. }
            | Body::DiversionCleared { .. }
            | Body::PbxStopped
            | Body::MemberState { .. }
    )
}

/// A field that must be there.
pub(super) fn required<'m>(message: &'m Message, key: &str) -> Result<&'m str, Invalid> {
    message.known(key).ok_or_else(|| Invalid(format!("{key} is missing")))
}

/// A whole number that must be there.
pub(super) fn number<T: std::str::FromStr>(message: &Message, key: &str) -> Result<T, Invalid> {
    required(message, key)?.parse().map_err(|_| Invalid(format!("{key} is not a whole number in range")))
}

/// A channel's or bridge's id that must be there.
pub(super) fn id(message: &Message, key: &str) -> Result<Text, Invalid> {
    optional_id(message, key)?.ok_or_else(|| Invalid(format!("{key} is missing")))
}

/// A channel's or bridge's id. Only characters that Asterisk itself uses: nothing else may ride along.
pub(super) fn optional_id(message: &Message, key: &str) -> Result<Option<Text>, Invalid> {
    let Some(value) = message.known(key) else { return Ok(None) };
    names::id(value).map(Some).ok_or_else(|| Invalid(format!("{key} is not an id")))
}

/// `seconds.microseconds` → µs UTC.
fn timestamp_us(message: &Message) -> Result<Option<i64>, Invalid> {
    let Some(text) = message.known("Timestamp") else { return Ok(None) };
    let at_us = names::epoch_us(text).filter(|_| text.contains('.'));
    at_us.map(Some).ok_or_else(|| Invalid("Timestamp is not seconds.microseconds".into()))
}
