//! What a PBX may post, as it stands in JSON. The published JSON Schema is made from these types.

use super::fields::{Id, Name, Time};
use schemars::JsonSchema;
use serde::Deserialize;

/// One event of one PBX. Ids of legs, bridges and calls are the PBX's own; they may not hold a telephone number, because
/// they are kept as they are. Every number in another field is hidden unless it is one of the site's own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "svarstid call event")]
pub struct Posted {
    /// The sender's id of this event: an event with an id that was seen before is taken as the same one.
    pub id: Name,
    /// When it happened by the PBX's clock: RFC 3339 with an offset, up to microseconds.
    pub at: Time,
    /// The leg (channel) that it happened to; needed by every event that is not about the whole PBX or an extension.
    pub leg: Option<Id>,
    /// The call that the leg belongs to: the same for all legs that one caller speaks or waits on. Without it: the leg.
    pub call: Option<Id>,
    /// What happened.
    pub event: Happening,
}

/// What happened: one key, the kind, with its fields.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// A leg exists.
    LegStarted(LegStarted),
    /// The leg is gone.
    LegEnded(LegEnded),
    /// A phone is being called on behalf of `leg`.
    DialStarted(Dial),
    /// The called phone rings.
    DialRinging(Dest),
    /// The attempt to call a phone is over.
    DialEnded(DialEnded),
    /// All attempts on behalf of `leg` are over; of a phone that is off it is the only sign.
    DialGaveUp(GaveUp),
    /// The caller stands in a queue.
    QueueJoined(QueueJoined),
    /// The caller in the queue hung up.
    QueueAbandoned(Queue),
    /// The caller stands in the queue no longer.
    QueueLeft(Queue),
    /// The queue let the caller go, or in, without an answer, and why.
    QueueExited(QueueExited),
    /// The priority with which `leg` will join its next queue.
    PrioritySet(Priority),
    /// A member of the queue took the caller.
    MemberConnected(Member),
    /// A member of the queue did not answer.
    MemberMissed(MemberMissed),
    /// Whether a member of the queue can take a caller, from now on. Not about a leg. To be posted for every member after
    /// `pbx_started`, and whenever it changes.
    MemberState(MemberState),
    /// The leg can speak to everybody in this bridge.
    BridgeEntered(Bridge),
    /// The leg left the bridge.
    BridgeLeft(Bridge),
    /// The leg put the other end on hold.
    Held(Nothing),
    /// The leg took the other end off hold.
    Resumed(Nothing),
    /// The leg was parked: it waits, with nobody at the other end.
    Parked(Nothing),
    /// The leg is parked no longer: somebody took it, or it was sent back.
    Unparked(Nothing),
    /// A call was handed over.
    Transferred(Transferred),
    /// `leg` took a call that rang elsewhere.
    PickedUp(PickedUp),
    /// The caller came to a mailbox.
    MailboxEntered(Nothing),
    /// The caller left a message.
    MessageLeft(Nothing),
    /// The person sought is diverted.
    Diverted(Diverted),
    /// The person sought did not answer and is not diverted.
    NotDiverted(NotDiverted),
    /// A person set a diversion.
    DiversionSet(DiversionSet),
    /// A person took the diversion away.
    DiversionCleared(Extension),
    /// The PBX is alive and has nothing to tell. Posted every ten seconds, quiet time can be told from a lost connection.
    Heartbeat(Nothing),
    /// The PBX started: every leg from before is gone.
    PbxStarted(Nothing),
    /// The PBX stops.
    PbxStopped(Nothing),
}

/// No fields.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Fields of `leg_started`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LegStarted {
    /// The device (extension) or trunk that the leg is connected to.
    pub device: Name,
    /// True when the device or trunk called the PBX, false when the PBX calls it.
    pub incoming: bool,
    /// The caller's number, if it was shown.
    pub caller: Option<Name>,
    /// The number that was dialled.
    pub dialled: Option<Name>,
}

/// Fields of `leg_ended`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LegEnded {
    /// Q.850 cause; 16 is a normal end.
    #[serde(default = "normal_clearing")]
    pub cause: u16,
}

const fn normal_clearing() -> u16 {
    16
}

/// The leg of a called phone and what it is connected to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dial {
    /// The called phone's leg.
    pub dest: Id,
    /// The device or trunk.
    pub device: Name,
}

/// The leg of a called phone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dest {
    /// The called phone's leg.
    pub dest: Id,
}

/// Fields of `dial_ended`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DialEnded {
    /// The called phone's leg.
    pub dest: Id,
    /// The device or trunk.
    pub device: Name,
    /// How it ended.
    pub status: Status,
}

/// Fields of `dial_gave_up`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GaveUp {
    /// How it ended.
    pub status: Status,
}

/// How a dialling ended.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
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
    /// Anything else.
    Other,
}

/// A queue.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Its name, as the configuration has it.
    pub queue: Name,
}

/// Fields of `queue_joined`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueJoined {
    /// Its name, as the configuration has it.
    pub queue: Name,
    /// The caller's place; 1 is next.
    #[serde(default)]
    pub position: u32,
    /// How many callers wait.
    #[serde(default)]
    pub waiting: u32,
}

/// Fields of `queue_exited`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueExited {
    /// Why.
    pub reason: ExitReason,
}

/// Why a queue let a caller go.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// The longest waiting time passed.
    Timeout,
    /// The queue was full: never entered.
    Full,
    /// Nobody served it at entry.
    JoinEmpty,
    /// Nobody served it any more.
    LeaveEmpty,
    /// Nobody was free to serve it at entry.
    JoinUnavailable,
    /// Nobody was free to serve it any more.
    LeaveUnavailable,
    /// Taken out by the dialplan or a person.
    Withdrawn,
}

/// Fields of `priority_set`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Priority {
    /// Higher goes first.
    pub priority: i32,
}

/// Fields of `member_connected`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The queue's name.
    pub queue: Name,
    /// The member's leg.
    pub dest: Id,
    /// The member's device.
    pub device: Name,
}

/// Fields of `member_state`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberState {
    /// The queue's name.
    pub queue: Name,
    /// The member's device (extension).
    pub device: Name,
    /// The state.
    pub state: Serving,
}

/// Whether a member of a queue can take a caller.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Serving {
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

/// Fields of `member_missed`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberMissed {
    /// The queue's name.
    pub queue: Name,
    /// The member's device.
    pub device: Name,
    /// How long it rang, microseconds; 0 is a phone that was busy.
    pub ring_us: u32,
}

/// A bridge.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bridge {
    /// Its id.
    pub bridge: Id,
}

/// Fields of `transferred`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transferred {
    /// How it was handed over.
    pub kind: TransferWay,
    /// Whether the PBX did it.
    pub succeeded: bool,
    /// The transferer's leg to the person being transferred.
    pub transferer: Option<Id>,
    /// The transferer's other leg (attended).
    pub second: Option<Id>,
    /// The leg being transferred.
    pub transferee: Option<Id>,
    /// The leg it was connected to (attended).
    pub target: Option<Id>,
    /// The number it was sent to (blind).
    pub to: Option<Name>,
}

/// Ways to hand a call over.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransferWay {
    /// Without speaking to the target first.
    Blind,
    /// After speaking to the target.
    Attended,
}

/// Fields of `picked_up`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PickedUp {
    /// The leg that rang.
    pub target: Id,
}

/// Fields of `diverted`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Diverted {
    /// The extension of the person sought.
    pub sought: Name,
    /// Where calls go.
    pub kind: DivertedTo,
    /// Why: lunch, meeting, sick, holiday, trip, gone, or a word of `[pbx.diversions.reasons]`; any other is left out.
    pub reason: Name,
    /// The colleague's extension, if there is one.
    pub to: Option<Name>,
}

/// Where a diversion leads.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DivertedTo {
    /// To a colleague.
    Colleague,
    /// To the person's own mailbox.
    Voicemail,
    /// To the operator.
    Operator,
    /// Elsewhere.
    Other,
}

/// Fields of `not_diverted`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotDiverted {
    /// The extension of the person sought.
    pub sought: Name,
    /// Why nobody answered.
    pub status: Status,
}

/// Fields of `diversion_set`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiversionSet {
    /// Whose.
    pub extension: Name,
    /// Where to.
    pub kind: DivertedTo,
    /// Why, as in `diverted`.
    pub reason: Name,
}

/// A person's extension.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// Whose.
    pub extension: Name,
}
