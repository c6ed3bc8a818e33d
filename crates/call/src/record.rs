//! What is known of one call: the record that every table, window and report is made from.

use crate::{Party, Sources, Text};

/// A closed set of words with their spelling in Avro, ClickHouse and JSON.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }
        impl $name {
            /// Every word, in the order of the definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word as it is written everywhere.
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// The word's place in `ALL`.
            #[must_use]
            pub const fn index(self) -> usize { self as usize }
            /// Reads the word back.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> { match word { $($word => Some(Self::$variant),)+ _ => None } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.word()) }
        }
    };
}

words! {
    /// Where a call came from.
    Direction {
        /// Came in on a trunk.
        External = "external",
        /// Placed by an extension.
        Internal = "internal",
        /// Left on a trunk.
        Outgoing = "outgoing",
    }
}
words! {
    /// What kind of number was dialled.
    DialledKind {
        /// Leads to the operator queue.
        Main = "main",
        /// Leads to a person.
        Direct = "direct",
        /// Leads to a group.
        Group = "group",
        /// The plan does not know it.
        Other = "other",
    }
}
words! {
    /// One for each call; `docs/measures.md` says when.
    Outcome {
        /// A person answered.
        Answered = "answered",
        /// Ended in the mailbox of the person sought.
        Voicemail = "voicemail",
        /// The caller hung up before a person or mailbox answered.
        Abandoned = "abandoned",
        /// Queue or dialplan gave up and nothing else took it.
        TimedOut = "timed_out",
        /// Queue full.
        Saturated = "saturated",
        /// Nobody there to serve.
        Blocked = "blocked",
        /// Outside opening hours.
        Closed = "closed",
        /// Left to a number outside the PBX.
        FlowedOut = "flowed_out",
        /// Technical.
        Failed = "failed",
        /// Alive and not answered.
        InProgress = "in_progress",
        /// Cannot be told.
        Unknown = "unknown",
    }
}
words! {
    /// Whom the caller reached.
    Reach {
        /// The person sought.
        SoughtPerson = "sought_person",
        /// Another person with the same function.
        SameFunction = "same_function",
        /// The mailbox of the person sought.
        PersonalVoicemail = "personal_voicemail",
        /// An operator.
        Operator = "operator",
        /// Nobody.
        Lost = "lost",
        /// Not told by this call.
        None = "none",
    }
}
words! {
    /// Where in the journey a call was lost.
    LostStage {
        /// Before any queue or phone.
        Menu = "menu",
        /// Waiting in a queue.
        Queue = "queue",
        /// A phone rang.
        Ringing = "ringing",
        /// On hold.
        Held = "held",
        /// Being handed over.
        Transfer = "transfer",
    }
}
words! {
    /// How one stay in a queue ended.
    PassResult {
        /// A member answered.
        Answered = "answered",
        /// The caller hung up.
        Abandoned = "abandoned",
        /// Longest waiting time passed.
        TimedOut = "timed_out",
        /// Full.
        Saturated = "saturated",
        /// Nobody there to serve.
        Blocked = "blocked",
        /// Left by key or overflow.
        FlowedOut = "flowed_out",
        /// Taken out: picked up elsewhere, moved, or by an administrator.
        Withdrawn = "withdrawn",
        /// Still waiting.
        InProgress = "in_progress",
        /// Cannot be told.
        Unknown = "unknown",
    }
}
words! {
    /// Why the operator got it.
    CauseKind {
        /// The main number was dialled.
        MainNumber = "main_number",
        /// The person sought did not answer and was not diverted.
        NotDiverted = "not_diverted",
        /// The person sought is diverted to the operator.
        DivertedToOperator = "diverted_to_operator",
        /// Diverted to a colleague who did not answer.
        ColleagueNoAnswer = "colleague_no_answer",
        /// Nobody in the group answered.
        GroupTimeout = "group_timeout",
        /// A person sent it.
        Transferred = "transferred",
        /// Cannot be told.
        Unknown = "unknown",
    }
}
words! {
    /// Why the person sought, who was not diverted, did not answer.
    NotDiverted {
        /// Rang out.
        NoAnswer = "no_answer",
        /// Occupied.
        Busy = "busy",
        /// Switched off.
        Unavailable = "unavailable",
    }
}

impl Outcome {
    /// Whether a call with this outcome is a lost one.
    #[must_use]
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::Abandoned | Self::TimedOut | Self::Saturated | Self::Blocked | Self::Failed)
    }

    /// A call that arrived outside opening hours is not lost, whatever came of it: nobody was meant to be there.
    #[must_use]
    pub const fn if_open(self, is_open: bool) -> Self {
        if !is_open && self.is_lost() { Self::Closed } else { self }
    }
}

impl PassResult {
    /// Whether a pass with this result is a lost one.
    #[must_use]
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::Abandoned | Self::TimedOut | Self::Saturated | Self::Blocked)
    }
}

/// Why one operator pass came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The class.
    pub kind: CauseKind,
    /// Of `not_diverted`: why nobody answered.
    pub not_diverted: Option<NotDiverted>,
    /// Of `diverted_to_operator`: the reason of the diversion.
    pub reason: Option<Text>,
    /// A person had sent the call to the one who did not answer.
    pub after_transfer: bool,
}

/// One stay in one queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// The queue.
    pub queue: Text,
    /// The queue's unit.
    pub unit: Option<Text>,
    /// When it began, microseconds UTC.
    pub joined_us: i64,
    /// Leaving or answer minus `joined_us`; none while waiting.
    pub wait_us: Option<i64>,
    /// How it ended.
    pub result: PassResult,
    /// Who took it.
    pub answered_by: Option<Text>,
    /// Why, if it is an operator queue.
    pub cause: Option<Cause>,
    /// Of an internal caller's pass that an operator answered: how many external callers whom the same operators could
    /// have taken had waited longer (a priority inversion).
    pub overtook: u32,
    /// Of an external caller's pass: how much longer it lasted after an internal caller had been taken first.
    pub overtaken_us: Option<i64>,
}

/// One ringing of one person's phone on the caller's behalf, outside queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// The phone.
    pub target: Text,
    /// When it began, microseconds UTC.
    pub started_us: i64,
    /// How long it rang.
    pub ring_us: Option<i64>,
    /// Whether it answered.
    pub answered: bool,
}

/// One caller's journey. A later version of the same `call_id` replaces the earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Site and the PBX's id of the caller's first leg; never changes.
    pub call_id: Text,
    /// The site.
    pub site: Text,
    /// Grows by one with each change.
    pub version: u32,
    /// No more versions will come.
    pub is_final: bool,
    /// Where it came from.
    pub direction: Direction,
    /// When the first leg existed, microseconds UTC; never changes.
    pub arrived_us: i64,
    /// When the caller first stood in a queue.
    pub queued_us: Option<i64>,
    /// When the first phone rang.
    pub alerted_us: Option<i64>,
    /// When the first person answered.
    pub answered_us: Option<i64>,
    /// When the caller's last leg ended.
    pub ended_us: Option<i64>,
    /// Who called.
    pub caller: Party,
    /// What was dialled.
    pub dialled: Party,
    /// What kind of number that is.
    pub dialled_kind: DialledKind,
    /// The extension of the person sought.
    pub sought: Option<Text>,
    /// The unit that the call counts for.
    pub unit: Option<Text>,
    /// The one outcome.
    pub outcome: Outcome,
    /// Whom the caller reached first.
    pub reach: Reach,
    /// Whom the caller spoke to last.
    pub final_reach: Reach,
    /// Where it was lost, if it was.
    pub lost_stage: Option<LostStage>,
    /// Cause of the first operator pass.
    pub operator_cause: Option<Cause>,
    /// The first person who answered.
    pub answered_by: Option<Text>,
    /// How long the answering phone rang; none when it did not ring (picked up).
    pub ring_us: Option<i64>,
    /// Whether a message was stored; none without a mailbox.
    pub message_left: Option<bool>,
    /// How many times it was handed over.
    pub transfers: u32,
    /// The extension that the first operator who answered asked for, or sent the call to, on the caller's behalf.
    pub asked_for: Option<Text>,
    /// The caller hung up while on hold or parked, after somebody had answered.
    pub left_on_hold: bool,
    /// The call that this one turned out to be a part of; `<site>/-` if it is only known to be no caller's call.
    pub merged_into: Option<Text>,
    /// The source did not show all of it: it began before or went on during a gap.
    pub is_partial: bool,
    /// Stays in queues, in order.
    pub passes: Vec<Pass>,
    /// Phones that rang outside queues, in order.
    pub rings: Vec<Ring>,
    /// The kinds of sources that tell of it.
    pub sources: Sources,
}

impl Call {
    /// A call of which nothing is known.
    #[must_use]
    pub fn unknown(site: &str) -> Self {
        Self {
            call_id: Text::default(),
            site: site.into(),
            version: 0,
            is_final: false,
            direction: Direction::Internal,
            arrived_us: 0,
            queued_us: None,
            alerted_us: None,
            answered_us: None,
            ended_us: None,
            caller: Party::Unknown,
            dialled: Party::Unknown,
            dialled_kind: DialledKind::Other,
            sought: None,
            unit: None,
            outcome: Outcome::InProgress,
            reach: Reach::None,
            final_reach: Reach::None,
            lost_stage: None,
            operator_cause: None,
            answered_by: None,
            ring_us: None,
            message_left: None,
            transfers: 0,
            asked_for: None,
            left_on_hold: false,
            merged_into: None,
            is_partial: false,
            passes: Vec::new(),
            rings: Vec::new(),
            sources: Sources::default(),
        }
    }

    /// `answered_us − arrived_us`: the caller's answer time. Never below 0, even where the two are of different clocks.
    #[must_use]
    pub fn answer_time_us(&self) -> Option<i64> {
        self.answered_us.map(|at| (at - self.arrived_us).max(0))
    }

    /// How long a lost caller had waited.
    #[must_use]
    pub fn lost_after_us(&self) -> Option<i64> {
        if self.outcome.is_lost() { self.ended_us.map(|at| (at - self.arrived_us).max(0)) } else { None }
    }
}
