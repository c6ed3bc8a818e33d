//! Dialling attempts.

use super::super::names::dial_status;
use super::Message;
use super::translate::{Meaning, Translator, id, required};
use crate::Numbers;
use call::Body;
use call::event::DialStatus;

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
            let status = dial_status(required(message, "DialStatus")?).unwrap_or(DialStatus::Other);
            Body::DialEnded { dest, endpoint, status }
        }
    }))
}
