//! Who serves a queue.

use super::super::names::label;
use super::Message;
use super::translate::{Invalid, number, required};
use crate::Numbers;
use call::event::MemberState;
use call::{Body, Text};

/// What an event about one member (`QueueMemberStatus`, `…Added`, `…Removed`, `…Pause`), or one member of the answer to
/// `QueueStatus`, says.
///
/// # Errors
/// Which field is missing or impossible.
pub fn member_state<N: Numbers + ?Sized>(message: &Message, numbers: &N) -> Result<Body, String> {
    told(message, numbers).map_err(|Invalid(what)| what)
}

fn told<N: Numbers + ?Sized>(message: &Message, numbers: &N) -> Result<Body, Invalid> {
    Ok(Body::MemberState {
        queue: label(required(message, "Queue")?, numbers),
        member: member(message, numbers)?,
        state: if message.get("Event") == Some("QueueMemberRemoved") {
            MemberState::Removed
        } else {
            state(number(message, "Status")?, is_set(message, "Paused"), is_set(message, "InCall"))
        },
    })
}

/// The phone: a member is rung at its interface, which may be a way through the dialplan (`Local/…`), and is watched at another.
fn member<N: Numbers + ?Sized>(message: &Message, numbers: &N) -> Result<Text, Invalid> {
    let rung = match message.known("Interface") {
        Some(interface) => interface,
        None => required(message, "Location")?,
    };
    let watched = message.known("StateInterface");
    let phone = watched.and_then(device).or_else(|| device(rung));
    let way = || rung.split_once('/').map_or(rung, |(_, way)| way.split('@').next().unwrap_or(way));
    Ok(label(phone.unwrap_or_else(way), numbers))
}

/// `PJSIP/2101` is the phone 2101. None of a way through the dialplan, or what is no phone.
fn device(interface: &str) -> Option<&str> {
    let (technology, name) = interface.split_once('/')?;
    (technology != "Local" && !name.is_empty()).then_some(name)
}

/// Asterisk's device states (`enum ast_device_state`), as its queues use them: a member in state 0 (unknown) is rung like one in
/// state 1 (not in use).
fn state(device_state: u8, is_paused: bool, is_in_call: bool) -> MemberState {
    match device_state {
        4 | 5 => MemberState::Unavailable,
        _ if is_paused => MemberState::Paused,
        6 => MemberState::Ringing,
        2 | 3 | 7 | 8 => MemberState::Busy,
        _ if is_in_call => MemberState::Busy,
        _ => MemberState::Free,
    }
}

fn is_set(message: &Message, key: &str) -> bool {
    message.known(key) == Some("1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_free_only_where_a_queue_would_ring_it() {
        let states = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|device_state| state(device_state, false, false).word());
        assert_eq!(
            states,
            ["free", "free", "busy", "busy", "unavailable", "unavailable", "ringing", "busy", "busy"]
        );
        assert_eq!(state(1, true, false), MemberState::Paused);
        assert_eq!(state(5, true, false), MemberState::Unavailable);
        assert_eq!(state(1, false, true), MemberState::Busy);
    }
}
