//! Dialling attempts.

use super::Message;
use super::translate::{Meaning, Translator, id, required};
use crate::Numbers;
use call::Body;
use call::event::DialStatus;

/// Asterisk's word; none for the empty value that stands before an attempt.
pub(super) fn status(word: &str) -> Option<DialStatus> {
    Some(match word {
        "" => return None,
        "ANSWER" => DialStatus::Answer,
        "NOANSWER" => DialStatus::NoAnswer,
        "BUSY" => DialStatus::Busy,
        "CANCEL" | "ABORT" => DialStatus::Cancel,
        "CHANUNAVAIL" => DialStatus::Unavailable,
        "CONGESTION" => DialStatus::Congestion,
        _ => DialStatus::Other,
    })
}

pub(super) fn meaning<N: Numbers>(translator: &Translator<N>, event: &str, message: &Message) -> Meaning {
    let dest = id(message, "DestUniqueid")?;
    if event == "DialState" {
        let rings = message.get("DialStatus") == Some("RINGING");
        return Ok(rings.then_some(Body::DialRinging { dest }));
    }
    let endpoint = translator.endpoint(required(message, "DestChannel")?)?;
    Ok(Some(match event {
        "DialBegin" => Body::DialStarted { dest, endpoint },
        _ => {
            let status = status(required(message, "DialStatus")?).unwrap_or(DialStatus::Other);
            Body::DialEnded { dest, endpoint, status }
        }
    }))
}
