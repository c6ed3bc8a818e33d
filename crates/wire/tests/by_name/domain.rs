//! The domain to JSON by the names of its types, variants and fields.

use super::avro::to_hex;
use call::event::{DialStatus, DiversionKind, Endpoint, GapReason, MemberState, QueueStatus, TransferKind};
use call::{
    Body, Call, CallRecord, Cause, CauseKind, DialledKind, Direction, Event, EventId, LostStage, NotDiverted,
    Origin, Outcome, Party, Pass, PassResult, Pseudonym, Reach, Ring, SourceKind, Sources,
};
use kpi::pane::LOST_BANDS;
use kpi::{Histogram, Pane, PaneKey, WindowRecord, WindowRecordKind};
use serde_json::{Map, Value, json};
use wire::{Manifest, RejectReason, Rejected, Written};

/// A type of the domain as JSON.
pub trait Json {
    fn json(&self) -> Value;
}

macro_rules! plain {
    ($($name:ty),+) => { $(impl Json for $name { fn json(&self) -> Value { json!(self) } })+ };
}
macro_rules! record {
    ($name:ident { $($field:ident),+ }) => {
        impl Json for $name {
            fn json(&self) -> Value {
                let Self { $($field),+ } = self;
                Value::Object(Map::from_iter([$((stringify!($field).to_owned(), $field.json())),+]))
            }
        }
    };
}
macro_rules! variants {
    ($name:ident { $($variant:ident { $($field:ident),* })+ $(| $whole:ident)* }) => {
        impl Json for $name {
            fn json(&self) -> Value {
                match self {
                    $(Self::$variant { $($field),* } => json!({ stringify!($variant): { $(stringify!($field): $field.json()),* } }),)+
                    $(Self::$whole(record) => json!({ stringify!($whole): record.json() }),)*
                }
            }
        }
    };
}
/// The name of the variant in snake case.
macro_rules! snake {
    ($($name:ident),+) => { $(impl Json for $name {
        fn json(&self) -> Value {
            let mut word = String::new();
            for letter in format!("{self:?}").chars() {
                if letter.is_uppercase() && !word.is_empty() {
                    word.push('_');
                }
                word.extend(letter.to_lowercase());
            }
            json!(word)
        }
    })+ };
}
macro_rules! word {
    ($($name:ident),+) => { $(impl Json for $name { fn json(&self) -> Value { json!(self.word()) } })+ };
}

plain!(Box<str>, bool, u16, i32, u32, u64, i64);
snake!(SourceKind, DialStatus, QueueStatus, TransferKind, DiversionKind, GapReason, MemberState);
word!(Direction, DialledKind, Outcome, Reach, LostStage, PassResult, CauseKind, NotDiverted, RejectReason);
record!(Event { id, origin, at_us, received_us, leg, linked, body });
record!(Pseudonym { epoch, value });
record!(Cause { kind, not_diverted, reason, after_transfer });
record!(Pass { queue, unit, joined_us, wait_us, result, answered_by, cause, overtook, overtaken_us });
record!(Ring { target, started_us, ring_us, answered });
record!(Rejected { site, stage, kind, position, at_us, reason, detail, excerpt });
record!(Manifest {
    sequence,
    first_offset,
    next_offset,
    used,
    repeated,
    too_late,
    waiting,
    decided,
    calls,
    windows,
    corrections,
    rejected
});
record!(WindowRecord { key, kind, pane });
record!(Call {
    call_id,
    site,
    version,
    is_final,
    direction,
    arrived_us,
    queued_us,
    alerted_us,
    answered_us,
    ended_us,
    caller,
    dialled,
    dialled_kind,
    sought,
    unit,
    outcome,
    reach,
    final_reach,
    lost_stage,
    operator_cause,
    answered_by,
    ring_us,
    message_left,
    transfers,
    merged_into,
    is_partial,
    passes,
    rings,
    sources,
    asked_for,
    left_on_hold
});
variants!(Body {
    LegStarted { endpoint, incoming, caller, dialled }
    LegEnded { cause }
    HangupRequested {}
    HalvesPaired { near, far }
    DialStarted { dest, endpoint }
    DialRinging { dest }
    DialEnded { dest, endpoint, status }
    DialGaveUp { status }
    QueueJoined { queue, position, count }
    QueueAbandoned { queue }
    QueueLeft { queue }
    QueueExited { status }
    PrioritySet { priority }
    MemberConnected { queue, dest, member }
    MemberMissed { queue, member, ring_us }
    BridgeEntered { bridge }
    BridgeLeft { bridge }
    Held {}
    Resumed {}
    Transferred { kind, succeeded, transferer, second, transferee, target, to }
    PickedUp { target }
    MailboxEntered {}
    MessageLeft {}
    Diverted { sought, kind, reason, to }
    NotDiverted { sought, status }
    DiversionSet { extension, kind, reason }
    DiversionCleared { extension }
    SnapshotStarted {}
    LegSeen { endpoint, age_us, bridge }
    QueueCallerSeen { queue, position, wait_us }
    SnapshotEnded {}
    Gap { from_us, to_us, reason, lost }
    Heartbeat {}
    PbxStarted {}
    PbxStopped {}
    QueueEntered { queue, caller, position, arrived_us }
    QueueAnswered { queue, member, dest, wait_us, ring_us }
    QueueCompleted { queue, by_caller }
    Parked {}
    Unparked {}
    MemberState { queue, member, state }
    | CallRecorded
});
record!(CallRecord { caller_device, caller, dialled, queue, target, answered_us, ended_us, status, mailbox });

impl<T: Json> Json for Option<T> {
    fn json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Json::json)
    }
}

impl<T: Json> Json for Vec<T> {
    fn json(&self) -> Value {
        self.iter().map(Json::json).collect()
    }
}

impl Json for u128 {
    fn json(&self) -> Value {
        json!(to_hex(&self.to_be_bytes()))
    }
}

impl Json for Written {
    fn json(&self) -> Value {
        json!({ "records": self.records, "digest": to_hex(&self.digest.to_be_bytes()) })
    }
}

impl Json for EventId {
    fn json(&self) -> Value {
        self.0.json()
    }
}

impl Json for Origin {
    fn json(&self) -> Value {
        let Self { site, node, kind, stream, position } = self;
        let stream = to_hex(&stream.to_be_bytes());
        json!({ "site": site, "node": node, "kind": kind.json(), "stream": stream, "position": position })
    }
}

impl Json for Party {
    fn json(&self) -> Value {
        match self {
            Self::Unknown => Value::Null,
            Self::Own(digits) => json!({ "Own": { "digits": digits } }),
            Self::Service(code) => json!({ "Service": { "code": code } }),
            Self::Outside(pseudonyms) => json!({ "Outside": { "pseudonyms": pseudonyms.json() } }),
        }
    }
}

impl Json for Endpoint {
    fn json(&self) -> Value {
        match self {
            Self::Device(name) => json!({ "Device": { "name": name } }),
            Self::Internal { far } => json!({ "Internal": { "far": far } }),
        }
    }
}

impl Json for PaneKey {
    fn json(&self) -> Value {
        let Self { site, minute, dimension, direction } = self;
        json!({
            "site": site, "minute": minute, "dimension": dimension.kind(), "name": dimension.name(),
            "direction": direction.json(),
        })
    }
}

impl Json for WindowRecordKind {
    fn json(&self) -> Value {
        match self {
            Self::Pane { revision, closed } => {
                json!({ "PaneRevision": { "revision": revision, "closed": closed } })
            }
            Self::Correction { call_id, version } => {
                json!({ "Correction": { "call_id": call_id, "version": version } })
            }
        }
    }
}

impl Json for Histogram {
    fn json(&self) -> Value {
        let bins: Vec<_> =
            self.bins.iter().map(|(bin, count)| json!({ "bin": bin, "count": count })).collect();
        json!({ "bins": bins, "sum": self.sum })
    }
}

fn counts<T: Json>(words: &[T], counts: &[i64]) -> Value {
    assert_eq!(words.len(), counts.len());
    let word = |word: &T| word.json().as_str().unwrap().to_owned();
    Value::Object(words.iter().map(word).zip(counts.iter().map(|count| json!(count))).collect())
}

impl Json for Pane {
    fn json(&self) -> Value {
        let bands: [_; LOST_BANDS] = ["from_0_s", "from_6_s", "from_12_s", "from_30_s"];
        let mut pane = Map::new();
        let mut put = |name: &str, value| pane.insert(name.to_owned(), value);
        put("outcomes", counts(Outcome::ALL, &self.outcomes));
        put("reaches", counts(Reach::ALL, &self.reaches));
        put("final_reaches", counts(Reach::ALL, &self.final_reaches));
        put("lost_stages", counts(LostStage::ALL, &self.lost_stages));
        put("lost_bands", counts(&bands.map(Box::from), &self.lost_bands));
        put("messages_left", json!(self.messages_left));
        put("direct_calls", json!(self.direct_calls));
        put("group_calls", json!(self.group_calls));
        put("undiverted_calls", json!(self.undiverted_calls));
        put("answer_time", self.answer_time.json());
        put("lost_wait", self.lost_wait.json());
        put("caller_signals", self.caller_signals.json());
        put("ring_signals", self.ring_signals.json());
        put("pass_results", counts(PassResult::ALL, &self.pass_results));
        put("pass_wait_answered", self.pass_wait_answered.json());
        put("pass_wait_lost", self.pass_wait_lost.json());
        put("pass_causes", counts(CauseKind::ALL, &self.pass_causes));
        put("undiverted_busy_calls", json!(self.undiverted_busy_calls));
        put("transferred_calls", json!(self.transferred_calls));
        put("left_on_hold", json!(self.left_on_hold));
        put("priority_inversions", json!(self.priority_inversions));
        put("overtaken_passes", json!(self.overtaken_passes));
        put("overtaken_us", json!(self.overtaken_us));
        put("heard_us", json!(self.heard_us));
        put("menu_time", self.menu_time.json());
        put("ring_time", self.ring_time.json());
        put("answer_after_menu", self.answer_after_menu.json());
        put("lost_after_menu", self.lost_after_menu.json());
        Value::Object(pane)
    }
}

impl Json for Sources {
    fn json(&self) -> Value {
        self.iter().map(|kind| kind.json()).collect()
    }
}
