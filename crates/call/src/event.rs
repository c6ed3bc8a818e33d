//! The one closed set of events that every PBX make is translated to.

use crate::{Party, SourceKind, Text};

/// Deterministic id of an event: the same record read twice has the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct EventId(pub u128);

/// Where an event came from. `(stream, position)` grows strictly within a source, so that a record that is delivered
/// again can be told from a new one by a high-water mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The smallest set of PBX nodes that share calls and queues; the Kafka key.
    pub site: Text,
    /// The PBX node that spoke.
    pub node: Text,
    /// Which kind of source.
    pub kind: SourceKind,
    /// Identity of the record stream: of a spool, or of a recording's content.
    pub stream: u64,
    /// Position in the stream; strictly growing.
    pub position: u64,
}

/// One event of one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Deterministic id.
    pub id: EventId,
    /// Source and position.
    pub origin: Origin,
    /// When it happened by the PBX's clock, microseconds UTC.
    pub at_us: i64,
    /// When the collector got it, microseconds UTC.
    pub received_us: i64,
    /// The PBX's own id of the channel it is about (Asterisk: Uniqueid).
    pub leg: Option<Text>,
    /// The PBX's own id of the set of channels (Asterisk: Linkedid).
    pub linked: Option<Text>,
    /// What happened.
    pub body: Body,
}

/// The technology-free name of what a channel is connected to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// A device or trunk: `PJSIP/2101-0000001a` is `2101`.
    Device(Text),
    /// Half of a pair inside the PBX (Asterisk: Local); nobody listens there. `far` is the `;2` half, which runs the dialplan.
    Internal {
        /// The half that runs the dialplan.
        far: bool,
    },
}

/// How a dialling attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DialStatus {
    /// Somebody took the call.
    Answer,
    /// Rang out.
    NoAnswer,
    /// Occupied.
    Busy,
    /// The caller stopped it.
    Cancel,
    /// Switched off or not registered.
    Unavailable,
    /// Technical.
    Congestion,
    /// Anything the PBX says that we have no word for.
    Other,
}

/// Why a queue let a caller go without an answer, when the PBX says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QueueStatus {
    /// Longest waiting time passed.
    Timeout,
    /// The queue was full: never entered.
    Full,
    /// Nobody served it at entry.
    JoinEmpty,
    /// Nobody served it any more.
    LeaveEmpty,
    /// Members existed but none available at entry.
    JoinUnavailable,
    /// Members existed but none available any more.
    LeaveUnavailable,
    /// Taken out by the dialplan or an administrator.
    Withdrawn,
    /// The queue's member hung up and the dialplan goes on.
    Continue,
}

/// What a diversion does with the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DiversionKind {
    /// To a colleague.
    Colleague,
    /// To the person's own mailbox.
    Voicemail,
    /// To the operator.
    Operator,
    /// To a number outside, or something the configuration does not name.
    Other,
}

/// How a call was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TransferKind {
    /// Without speaking to the target first.
    Blind,
    /// After speaking to the target.
    Attended,
}

/// Whether a member of a queue can take the next caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MemberState {
    /// Yes.
    Free,
    /// The phone rings.
    Ringing,
    /// Speaks, or has somebody on hold.
    Busy,
    /// Logged in, and takes no callers for now.
    Paused,
    /// The phone is off or not registered.
    Unavailable,
    /// Serves the queue no longer.
    Removed,
}

impl MemberState {
    /// Those of a member that serves the queue, best first.
    pub const SERVING: [Self; 5] = [Self::Free, Self::Ringing, Self::Busy, Self::Paused, Self::Unavailable];

    /// As a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Ringing => "ringing",
            Self::Busy => "busy",
            Self::Paused => "paused",
            Self::Unavailable => "unavailable",
            Self::Removed => "removed",
        }
    }
}

/// What happened, in words that no PBX make owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A channel exists. `incoming`: the device or trunk called the PBX; otherwise the PBX calls the device.
    LegStarted {
        /// What the channel is connected to.
        endpoint: Endpoint,
        /// True when the device or trunk placed the call.
        incoming: bool,
        /// Who calls.
        caller: Party,
        /// What was dialled; of incoming trunk calls the PBX's own digits.
        dialled: Party,
    },
    /// The channel is gone.
    LegEnded {
        /// Q.850 cause as the PBX gave it; sticky in Asterisk, never an outcome by itself.
        cause: u16,
    },
    /// The far end (not the PBX) asked to hang up.
    HangupRequested,
    /// The two halves of an internal pair belong together.
    HalvesPaired {
        /// The near half.
        near: Text,
        /// The far half, which runs the dialplan.
        far: Text,
    },
    /// A phone is being called on behalf of `leg` (none: the PBX itself calls back).
    DialStarted {
        /// The called channel.
        dest: Text,
        /// What it is connected to.
        endpoint: Endpoint,
    },
    /// The called phone rings.
    DialRinging {
        /// The called channel.
        dest: Text,
    },
    /// The attempt is over.
    DialEnded {
        /// The called channel.
        dest: Text,
        /// What it is connected to.
        endpoint: Endpoint,
        /// How.
        status: DialStatus,
    },
    /// The dialplan's dialling is over for `leg`; the only sign of a phone that is off.
    DialGaveUp {
        /// How.
        status: DialStatus,
    },
    /// The caller stands in a queue.
    QueueJoined {
        /// Its name.
        queue: Text,
        /// 1 is next.
        position: u32,
        /// How many stand there.
        count: u32,
    },
    /// The queue says that the caller gave up: true also on timeouts, so what follows decides.
    QueueAbandoned {
        /// Its name.
        queue: Text,
    },
    /// The caller stands there no longer.
    QueueLeft {
        /// Its name.
        queue: Text,
    },
    /// Why the queue let the caller go.
    QueueExited {
        /// The reason.
        status: QueueStatus,
    },
    /// The priority that the next queue will see.
    PrioritySet {
        /// Higher goes first.
        priority: i32,
    },
    /// A member took the caller.
    MemberConnected {
        /// Which queue.
        queue: Text,
        /// The member's channel.
        dest: Text,
        /// Who.
        member: Endpoint,
    },
    /// A member did not answer.
    MemberMissed {
        /// Which queue.
        queue: Text,
        /// Who.
        member: Endpoint,
        /// How long it rang; 0 is a phone that was busy.
        ring_us: i64,
    },
    /// The channel came into a bridge.
    BridgeEntered {
        /// The bridge's id.
        bridge: Text,
    },
    /// The channel left a bridge.
    BridgeLeft {
        /// The bridge's id.
        bridge: Text,
    },
    /// Put on hold by the leg.
    Held,
    /// Taken off hold by the leg.
    Resumed,
    /// A call was handed over.
    Transferred {
        /// How.
        kind: TransferKind,
        /// Whether the PBX did it.
        succeeded: bool,
        /// The transferer's channel to the person being transferred.
        transferer: Option<Text>,
        /// The transferer's other channel (attended).
        second: Option<Text>,
        /// The channel being transferred.
        transferee: Option<Text>,
        /// The channel it was connected to (attended).
        target: Option<Text>,
        /// The number it was sent to (blind).
        to: Party,
    },
    /// `leg` took a call that rang at `target`.
    PickedUp {
        /// The channel that rang.
        target: Text,
    },
    /// The caller came to a mailbox.
    MailboxEntered,
    /// A message was stored.
    MessageLeft,
    /// The dialplan says that the person sought is diverted.
    Diverted {
        /// Whose diversion.
        sought: Party,
        /// Where to.
        kind: DiversionKind,
        /// Why: lunch, meeting, sick, holiday, trip, gone, or the site's word.
        reason: Text,
        /// The colleague, if any.
        to: Party,
    },
    /// The dialplan says that the person sought did not answer and is not diverted.
    NotDiverted {
        /// Who.
        sought: Party,
        /// Why nobody answered.
        status: DialStatus,
    },
    /// A person set a diversion.
    DiversionSet {
        /// Whose.
        extension: Party,
        /// Where to.
        kind: DiversionKind,
        /// Why.
        reason: Text,
    },
    /// A person took the diversion away.
    DiversionCleared {
        /// Whose.
        extension: Party,
    },
    /// The collector looked at the whole PBX: what is not seen until `SnapshotEnded` is gone.
    SnapshotStarted,
    /// The channel is alive.
    LegSeen {
        /// What it is connected to.
        endpoint: Endpoint,
        /// How long it has been there.
        age_us: i64,
        /// In which bridge, if any.
        bridge: Option<Text>,
    },
    /// A caller stands in a queue.
    QueueCallerSeen {
        /// Its name.
        queue: Text,
        /// 1 is next.
        position: u32,
        /// How long the caller has waited.
        wait_us: i64,
    },
    /// The look is over.
    SnapshotEnded,
    /// Nothing is known of the time between.
    Gap {
        /// From when, microseconds UTC.
        from_us: i64,
        /// Until when, microseconds UTC.
        to_us: i64,
        /// Why.
        reason: GapReason,
        /// Events known to be lost, when it can be told.
        lost: u64,
    },
    /// The source is alive and had nothing to say.
    Heartbeat,
    /// The PBX started: every channel from before is gone.
    PbxStarted,
    /// The PBX stops: every channel is about to go.
    PbxStopped,
    /// A log that knows queues alone: a caller came to one. `leg` is the caller's.
    QueueEntered {
        /// Its name.
        queue: Text,
        /// Who calls.
        caller: Party,
        /// 1 is next.
        position: u32,
        /// When the caller's leg was made, microseconds UTC, where the log tells.
        arrived_us: Option<i64>,
    },
    /// The same log: a member took the caller.
    QueueAnswered {
        /// Which queue.
        queue: Text,
        /// The member as the log names it.
        member: Text,
        /// The member's channel, where it is told.
        dest: Option<Text>,
        /// How long the caller had waited.
        wait_us: i64,
        /// How long the member's phone rang; none where the log does not tell.
        ring_us: Option<i64>,
    },
    /// The same log: the talk is over.
    QueueCompleted {
        /// Which queue.
        queue: Text,
        /// The caller hung up, not the member.
        by_caller: bool,
    },
    /// A finished record of one attempt to reach somebody, or of a whole call: what call lists are made of. `leg` is the
    /// caller's; the event's time is when the attempt began.
    CallRecorded(Box<CallRecord>),
    /// The leg was parked: it waits, with nobody at the other end.
    Parked,
    /// The leg is parked no longer: somebody took it, or it was sent back.
    Unparked,
    /// Whether a member of a queue can take a caller, from now on.
    MemberState {
        /// Which queue.
        queue: Text,
        /// Who: the phone, or the member's name where the PBX knows no phone.
        member: Text,
        /// The state.
        state: MemberState,
    },
}

/// One line of a call list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The device or trunk that the caller's leg is connected to.
    pub caller_device: Option<Text>,
    /// Who called.
    pub caller: Party,
    /// What was dialled.
    pub dialled: Party,
    /// The queue that made the attempt.
    pub queue: Option<Text>,
    /// The device or trunk that rang, if any.
    pub target: Option<Text>,
    /// When the called person answered, microseconds UTC, if anybody did and the list tells when.
    pub answered_us: Option<i64>,
    /// When the attempt, with the talk that followed, was over, microseconds UTC.
    pub ended_us: Option<i64>,
    /// How it ended.
    pub status: DialStatus,
    /// A mailbox took it.
    pub mailbox: bool,
}

/// Why nothing is known of a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GapReason {
    /// The connection to the PBX was lost.
    ConnectionLost,
    /// The collector was not running.
    CollectorDown,
    /// The spool was full.
    SpoolFull,
    /// A file was cut short, or rotated away before it was read to its end.
    RecordsLost,
}

impl Body {
    /// The kind of event as a word: in metrics, in Avro's union, in examples.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::LegStarted { .. } => "leg_started",
            Self::LegEnded { .. } => "leg_ended",
            Self::HangupRequested => "hangup_requested",
            Self::HalvesPaired { .. } => "halves_paired",
            Self::DialStarted { .. } => "dial_started",
            Self::DialRinging { .. } => "dial_ringing",
            Self::DialEnded { .. } => "dial_ended",
            Self::DialGaveUp { .. } => "dial_gave_up",
            Self::QueueJoined { .. } => "queue_joined",
            Self::QueueAbandoned { .. } => "queue_abandoned",
            Self::QueueLeft { .. } => "queue_left",
            Self::QueueExited { .. } => "queue_exited",
            Self::PrioritySet { .. } => "priority_set",
            Self::MemberConnected { .. } => "member_connected",
            Self::MemberMissed { .. } => "member_missed",
            Self::BridgeEntered { .. } => "bridge_entered",
            Self::BridgeLeft { .. } => "bridge_left",
            Self::Held => "held",
            Self::Resumed => "resumed",
            Self::Transferred { .. } => "transferred",
            Self::PickedUp { .. } => "picked_up",
            Self::MailboxEntered => "mailbox_entered",
            Self::MessageLeft => "message_left",
            Self::Diverted { .. } => "diverted",
            Self::NotDiverted { .. } => "not_diverted",
            Self::DiversionSet { .. } => "diversion_set",
            Self::DiversionCleared { .. } => "diversion_cleared",
            Self::SnapshotStarted => "snapshot_started",
            Self::LegSeen { .. } => "leg_seen",
            Self::QueueCallerSeen { .. } => "queue_caller_seen",
            Self::SnapshotEnded => "snapshot_ended",
            Self::Gap { .. } => "gap",
            Self::Heartbeat => "heartbeat",
            Self::PbxStarted => "pbx_started",
            Self::PbxStopped => "pbx_stopped",
            Self::QueueEntered { .. } => "queue_entered",
            Self::QueueAnswered { .. } => "queue_answered",
            Self::QueueCompleted { .. } => "queue_completed",
            Self::CallRecorded(_) => "call_recorded",
            Self::Parked => "parked",
            Self::Unparked => "unparked",
            Self::MemberState { .. } => "member_state",
        }
    }
}
