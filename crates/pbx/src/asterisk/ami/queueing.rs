//! Queues.

use super::super::names::label;
use super::Message;
use super::translate::{Meaning, Translator, id, number, required};
use crate::Numbers;
use call::Body;

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
