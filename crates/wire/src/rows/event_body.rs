//! The body of an event ⇄ fields by name. A field that has no column of its own stands in `details`.

use super::cell::RowError;
use super::event_words::Word;
use call::event::Body;
use call::{CallRecord, Party, Text};
use std::collections::BTreeMap;

/// What an event tells, by name.
#[derive(Default)]
pub(super) struct Fields<'a> {
    /// Everything but parties.
    pub words: BTreeMap<&'a str, Text>,
    /// Those known.
    pub parties: BTreeMap<&'a str, Party>,
}

impl Fields<'_> {
    /// The party of a name, or nobody known.
    pub fn party(&mut self, name: &str) -> Party {
        self.parties.remove(name).unwrap_or_default()
    }

    /// Takes a field out.
    pub fn take<T: Word>(&mut self, name: &str) -> Result<T, RowError> {
        T::read(self.words.remove(name))
    }
}

/// A value that is told under a name.
trait Told: Sized {
    fn tell(&self, name: &'static str, to: &mut Fields<'static>);
    fn hear(name: &str, from: &mut Fields<'_>) -> Result<Self, RowError>;
}

impl<W: Word> Told for W {
    fn tell(&self, name: &'static str, to: &mut Fields<'static>) {
        to.words.extend(self.write().map(|word| (name, word)));
    }
    fn hear(name: &str, from: &mut Fields<'_>) -> Result<Self, RowError> {
        from.take(name)
    }
}

impl Told for Party {
    fn tell(&self, name: &'static str, to: &mut Fields<'static>) {
        to.parties.insert(name, self.clone());
    }
    fn hear(name: &str, from: &mut Fields<'_>) -> Result<Self, RowError> {
        Ok(from.party(name))
    }
}

/// One name for each field of each body, in the order of the columns where it has one.
macro_rules! bodies {
    ($($word:literal $variant:ident { $($field:ident: $name:literal),* $(,)? }),+ $(,)?) => {
        /// What a body tells.
        pub(super) fn tell(body: &Body) -> Fields<'static> {
            let mut fields = Fields::default();
            match body {
                $(Body::$variant { $($field),* } => { $(Told::tell($field, $name, &mut fields);)* })+
                Body::CallRecorded(record) => tell_record(record, &mut fields),
            }
            fields
        }
        /// The body of this word that tells so.
        pub(super) fn hear(word: &str, fields: &mut Fields<'_>) -> Result<Body, RowError> {
            Ok(match word {
                $($word => Body::$variant { $($field: Told::hear($name, fields)?),* },)+
                "call_recorded" => Body::CallRecorded(Box::new(hear_record(fields)?)),
                _ => return Err(RowError::Word { what: "kind of event", word: word.to_owned() }),
            })
        }
    };
}

bodies! {
    "leg_started" LegStarted { endpoint: "endpoint", incoming: "incoming", caller: "caller", dialled: "dialled" },
    "leg_ended" LegEnded { cause: "cause" },
    "hangup_requested" HangupRequested {},
    "halves_paired" HalvesPaired { near: "near_leg", far: "other_leg" },
    "dial_started" DialStarted { dest: "other_leg", endpoint: "endpoint" },
    "dial_ringing" DialRinging { dest: "other_leg" },
    "dial_ended" DialEnded { dest: "other_leg", endpoint: "endpoint", status: "status" },
    "dial_gave_up" DialGaveUp { status: "status" },
    "queue_joined" QueueJoined { queue: "queue", position: "queue_position", count: "queue_length" },
    "queue_abandoned" QueueAbandoned { queue: "queue" },
    "queue_left" QueueLeft { queue: "queue" },
    "queue_exited" QueueExited { status: "status" },
    "priority_set" PrioritySet { priority: "priority" },
    "member_connected" MemberConnected { queue: "queue", dest: "other_leg", member: "member" },
    "member_missed" MemberMissed { queue: "queue", member: "member", ring_us: "ring_us" },
    "bridge_entered" BridgeEntered { bridge: "bridge" },
    "bridge_left" BridgeLeft { bridge: "bridge" },
    "held" Held {},
    "resumed" Resumed {},
    "transferred" Transferred {
        kind: "kind", succeeded: "succeeded", transferer: "transferer_leg", second: "second_leg", transferee: "transferee_leg",
        target: "other_leg", to: "sent_to",
    },
    "picked_up" PickedUp { target: "other_leg" },
    "mailbox_entered" MailboxEntered {},
    "message_left" MessageLeft {},
    "diverted" Diverted { sought: "sought", kind: "kind", reason: "reason", to: "sent_to" },
    "not_diverted" NotDiverted { sought: "sought", status: "status" },
    "diversion_set" DiversionSet { extension: "sought", kind: "kind", reason: "reason" },
    "diversion_cleared" DiversionCleared { extension: "sought" },
    "snapshot_started" SnapshotStarted {},
    "leg_seen" LegSeen { endpoint: "endpoint", age_us: "age_us", bridge: "bridge" },
    "queue_caller_seen" QueueCallerSeen { queue: "queue", position: "queue_position", wait_us: "wait_us" },
    "snapshot_ended" SnapshotEnded {},
    "gap" Gap { from_us: "from_us", to_us: "to_us", reason: "reason", lost: "lost" },
    "heartbeat" Heartbeat {},
    "pbx_started" PbxStarted {},
    "pbx_stopped" PbxStopped {},
    "queue_entered" QueueEntered { queue: "queue", caller: "caller", position: "queue_position", arrived_us: "arrived_us" },
    "queue_answered" QueueAnswered { queue: "queue", member: "member", dest: "other_leg", wait_us: "wait_us", ring_us: "ring_us" },
    "queue_completed" QueueCompleted { queue: "queue", by_caller: "by_caller" },
    "parked" Parked {},
    "unparked" Unparked {},
    "member_state" MemberState { queue: "queue", member: "member", state: "status" },
}

fn tell_record(record: &CallRecord, to: &mut Fields<'static>) {
    let CallRecord { caller_device, caller, dialled, queue, target, answered_us, ended_us, status, mailbox } =
        record;
    caller_device.tell("caller_device", to);
    caller.tell("caller", to);
    dialled.tell("dialled", to);
    queue.tell("queue", to);
    target.tell("endpoint", to);
    answered_us.tell("answered_us", to);
    ended_us.tell("ended_us", to);
    status.tell("status", to);
    mailbox.tell("mailbox", to);
}

fn hear_record(from: &mut Fields<'_>) -> Result<CallRecord, RowError> {
    Ok(CallRecord {
        caller_device: Told::hear("caller_device", from)?,
        caller: Told::hear("caller", from)?,
        dialled: Told::hear("dialled", from)?,
        queue: Told::hear("queue", from)?,
        target: Told::hear("endpoint", from)?,
        answered_us: Told::hear("answered_us", from)?,
        ended_us: Told::hear("ended_us", from)?,
        status: Told::hear("status", from)?,
        mailbox: Told::hear("mailbox", from)?,
    })
}
