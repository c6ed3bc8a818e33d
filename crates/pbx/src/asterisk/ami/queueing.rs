//! Queues.

use super::Message;
use super::channel::label;
use super::translate::{Meaning, Translator, id, number, required};
use crate::Numbers;
use call::Body;
use call::event::QueueStatus;

/// Asterisk's word in `QUEUESTATUS`; none for words that say nothing about leaving.
pub(super) fn status(word: &str) -> Option<QueueStatus> {
    Some(match word {
        "TIMEOUT" => QueueStatus::Timeout,
        "FULL" => QueueStatus::Full,
        "JOINEMPTY" => QueueStatus::JoinEmpty,
        "LEAVEEMPTY" => QueueStatus::LeaveEmpty,
        "JOINUNAVAIL" => QueueStatus::JoinUnavailable,
        "LEAVEUNAVAIL" => QueueStatus::LeaveUnavailable,
        "WITHDRAW" => QueueStatus::Withdrawn,
        "CONTINUE" => QueueStatus::Continue,
        _ => return None,
    })
}

pub(super) fn meaning<N: Numbers>(translator: &Translator<N>, event: &str, message: &Message) -> Meaning {
    let queue = label(required(message, "Queue")?, &translator.numbers);
    Ok(Some(match event {
        "QueueCallerJoin" => Body::QueueJoined {
            queue,
            position: number(message, "Position")?,
            count: number(message, "Count")?,
        },
        "QueueCallerLeave" => Body::QueueLeft { queue },
        "QueueCallerAbandon" => Body::QueueAbandoned { queue },
        "AgentConnect" => Body::MemberConnected {
            queue,
            dest: id(message, "DestUniqueid")?,
            member: translator.endpoint(required(message, "DestChannel")?)?,
        },
        _ => Body::MemberMissed {
            queue,
            member: translator.endpoint(required(message, "Interface")?)?,
            // RingTime is in milliseconds here, in whole seconds in AgentConnect.
            ring_us: number::<i64>(message, "RingTime")?.saturating_mul(1000),
        },
    }))
}
