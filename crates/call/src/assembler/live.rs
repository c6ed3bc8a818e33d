//! What is known of one live group of legs.

use super::CallKey;
use crate::event::DialStatus;
use crate::few::Few;
use crate::{
    Cause, DialledKind, Direction, NotDiverted, Party, PassResult, Reach, Ring, Sources, Target, Text,
};

/// How a leg came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Hung up; Q.850 cause.
    HungUp(u16),
    /// No longer there when the collector looked again.
    NotSeen,
    /// Older than any call may be.
    TooOld,
    /// The PBX stopped.
    PbxStopped,
}

/// Where the caller is, or was at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Stage {
    /// Before any queue or phone.
    #[default]
    Menu,
    /// In the queue of this pass, or just out of it.
    Queue(usize),
    /// At least one phone rings.
    Ringing,
    /// Every phone that rang is done, the last one like this.
    RangOut(DialStatus),
    /// In a mailbox.
    Mailbox,
    /// Speaking, or has spoken.
    Talking,
    /// Sent to a number outside.
    Outside,
    /// Sent outside, and the trunk did not take it.
    Refused,
    /// Held or parked before anybody had answered.
    Held,
}

/// Why the next operator queue would get the call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Reason {
    /// Nothing but the number dialled.
    #[default]
    Dialled,
    /// The person did not answer and is not diverted.
    NotDiverted(Option<NotDiverted>),
    /// The person is diverted to the operator (or to a mailbox that the caller left).
    ToOperator(Text),
    /// The person is diverted to a colleague.
    ToColleague,
    /// Diverted in a way the configuration does not name.
    Elsewhere,
    /// A group did not answer.
    Group,
    /// A person sent it.
    Transferred,
}

/// The caller of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    pub leg: Text,
    pub arrived_us: i64,
    pub direction: Direction,
    pub party: Party,
    pub dialled: Party,
    pub target: Option<Target>,
    pub kind: DialledKind,
    pub ended: Option<(i64, Ending)>,
    pub hangup_requested: bool,
    /// A call, not a feature code: from outside, or it sought somebody.
    pub counts: bool,
    /// First seen when it was already under way.
    pub born_late: bool,
    /// Arrived outside the opening hours of what was dialled.
    pub is_closed: bool,
    /// Was on hold when the hang-up began; the holder's leg may be gone before the caller's.
    pub hung_up_on_hold: bool,
}

/// One stay in one queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LivePass {
    pub leg: Text,
    pub queue: Text,
    pub joined_us: i64,
    pub left_us: Option<i64>,
    /// `QueueCallerAbandon` was seen: what follows tells what it meant.
    pub gave_up: bool,
    pub result: PassResult,
    pub answered_by: Option<Text>,
    pub cause: Option<Cause>,
    /// How many had waited longer when this internal caller was taken.
    pub overtook: u32,
    /// Since when an internal caller has been taken before this one.
    pub overtaken_from_us: Option<i64>,
    /// Ended only because a look at the whole PBX did not show the leg.
    pub is_unseen: bool,
}

impl LivePass {
    pub fn is_open(&self) -> bool {
        self.result == PassResult::InProgress
    }

    /// Still stands there.
    pub fn waits(&self) -> bool {
        self.is_open() && self.left_us.is_none()
    }
}

/// The first person who answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Human {
    pub at_us: i64,
    pub by: Option<Text>,
    pub ring_us: Option<i64>,
    pub reach: Reach,
}

/// A group of legs and, if it has a caller, a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Live {
    /// Legs that are alive.
    pub legs: Few<Text>,
    /// Ids of all its legs, dead ones too: a linked id may name one of them.
    pub ids: Vec<Text>,
    pub caller: Option<Caller>,
    pub version: u32,
    pub is_partial: bool,
    /// What was told of it was lost before anybody was known to have answered, and no look at the PBX can follow: whatever comes,
    /// how it went cannot be told.
    pub is_untold: bool,
    pub stage: Stage,
    pub reason: Reason,
    pub after_transfer: bool,
    pub sought: Option<Text>,
    /// Whom the last transfer was meant for; before any, `sought`.
    pub sought_now: Option<Text>,
    pub queued_us: Option<i64>,
    pub alerted_us: Option<i64>,
    pub human: Option<Human>,
    pub last_spoken: Option<(Text, Reach)>,
    /// The first operator who answered.
    pub operator: Option<Text>,
    /// Whom that operator asked for on the caller's behalf.
    pub asked_for: Option<Text>,
    /// The caller hung up on hold, after somebody had answered.
    pub left_on_hold: bool,
    pub mailbox: Option<bool>,
    pub transfers: u32,
    /// When the last one was told.
    pub transferred_us: Option<i64>,
    pub passes: Vec<LivePass>,
    pub rings: Vec<(Text, Ring)>,
    pub merged_into: Option<(CallKey, Text)>,
    pub sources: Sources,
}

impl Live {
    /// Whether this group is a call that tables show.
    pub fn counts(&self) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.counts)
    }

    pub fn caller_leg(&self) -> Option<&str> {
        self.caller.as_ref().map(|caller| &*caller.leg)
    }

    /// Site and the PBX's id of the caller's first leg: traceable in the PBX's own logs.
    pub fn call_id(&self, site: &str) -> Option<Text> {
        self.caller_leg().map(|leg| [site, "/", leg].concat().into())
    }

    /// The pass that this leg stands in.
    pub fn open_pass(&mut self, leg: &str) -> Option<usize> {
        self.passes.iter().rposition(|pass| &*pass.leg == leg && pass.is_open())
    }

    /// The caller sought somebody: from now on it is a call.
    pub fn seeks(&mut self) {
        if let Some(caller) = &mut self.caller {
            caller.counts = true;
        }
    }

    /// The caller goes on; a pass whose end the PBX did not explain stays unexplained.
    pub fn goes_on(&mut self, stage: Stage) {
        for pass in self.passes.iter_mut().filter(|pass| pass.is_open() && pass.left_us.is_some()) {
            pass.result = PassResult::Unknown;
        }
        self.stage = stage;
    }
}
