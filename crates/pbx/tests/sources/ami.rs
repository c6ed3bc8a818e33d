//! Messages of the manager interface: what each means.

use super::{Plan, dialect, said};
use pbx::asterisk::ami::{Framer, Message, Translation, Translator, filters};

/// What one message means, or why it means nothing.
fn told(message: &str) -> String {
    let text = message.lines().map(|line| format!("{}\r\n", line.trim())).collect::<String>() + "\r\n";
    let mut framer = Framer::at(0);
    framer.push(text.as_bytes());
    let (translator, mut message) = (Translator::new(dialect(), Plan), Message::default());
    framer.next_wanted(&mut message, &|message| translator.wants(message)).unwrap().unwrap();
    match translator.translate(&message) {
        Translation::Event(draft) => format!("{} {}", draft.linked.as_deref().unwrap_or("-"), said(&draft)),
        Translation::Nothing => "nothing".into(),
        Translation::Invalid { detail } => detail,
    }
}

/// The fields of `ParkedCall` and its kin, as Asterisk 12 and later send them.
fn parking(event: &str) -> String {
    format!(
        "Event: {event}
         Privilege: call,all
         Timestamp: 10.000000
         ParkeeChannel: PJSIP/trunk-00000001
         ParkeeChannelState: 6
         ParkeeCallerIDNum: 0980319282
         ParkeeUniqueid: pbx-1.7
         ParkeeLinkedid: pbx-1.5
         ParkerDialString: PJSIP/2101
         Parkinglot: default
         ParkingSpace: 701
         ParkingTimeout: 45
         ParkingDuration: 0"
    )
}

#[test]
fn parking_spaces() {
    for (event, body) in [
        ("ParkedCall", "Parked"),
        ("ParkedCallSwap", "Parked"),
        ("ParkedCallGiveUp", "Parked"),
        ("ParkedCallTimeOut", "Unparked"),
        ("UnParkedCall", "Unparked"),
    ] {
        assert_eq!(told(&parking(event)), format!("pbx-1.5 10 pbx-1.7 {body}"), "{event}");
    }
    let nobody = parking("ParkedCall").replace("ParkeeUniqueid", "Uniqueid");
    assert_eq!(told(&nobody), "event ParkedCall: ParkeeUniqueid is missing");
}

/// What is translated is also asked for.
#[test]
fn the_filters_let_parking_through() {
    let events = filters(&dialect()).swap_remove(0);
    for event in ["ParkedCall", "UnParkedCall", "ParkedCallTimeOut", "ParkedCallGiveUp", "ParkedCallSwap"] {
        assert!(events.split(['(', ')', '|']).any(|word| word == event), "{event} in {events}");
    }
}

/// As Asterisk 22 sends it.
fn member(event: &str, interface: &str, watched: &str, status: u8, paused: u8) -> String {
    format!(
        "Event: {event}
         Timestamp: 10.000000
         Queue: vaxel
         MemberName: Anna Berg
         Interface: {interface}
         StateInterface: {watched}
         Membership: static
         InCall: 0
         Status: {status}
         Paused: {paused}"
    )
}

/// A member is its phone, never a person's name.
#[test]
fn members_of_queues() {
    let told =
        |event, interface, watched, status, paused| told(&member(event, interface, watched, status, paused));
    let says = |member: &str, state: &str| {
        format!("- 10 - MemberState {{ queue: vaxel, member: {member}, state: {state} }}")
    };
    let phone = "PJSIP/9001";
    assert_eq!(told("QueueMemberStatus", phone, phone, 1, 0), says("9001", "Free"));
    assert_eq!(told("QueueMemberAdded", phone, phone, 5, 0), says("9001", "Unavailable"));
    assert_eq!(told("QueueMemberPause", phone, phone, 1, 1), says("9001", "Paused"));
    assert_eq!(told("QueueMemberRemoved", phone, phone, 1, 0), says("9001", "Removed"));
    assert_eq!(
        told("QueueMemberStatus", "Local/9002@agents/n", "PJSIP/front-desk", 2, 0),
        says("front-desk", "Busy")
    );
    assert_eq!(told("QueueMemberStatus", "Local/9002@agents/n", "", 6, 0), says("9002", "Ringing"));
    assert_eq!(
        told("QueueMemberStatus", phone, phone, 1, 0).len(),
        told("QueueMemberStatus", phone, "", 1, 0).len()
    );
    let broken = member("QueueMemberStatus", phone, phone, 1, 0).replace("Status: 1", "Status: one");
    assert_eq!(super::ami::told(&broken), "event QueueMemberStatus: Status is not a whole number in range");
}

#[test]
fn the_filters_let_members_through() {
    let events = filters(&dialect()).swap_remove(0);
    for event in ["QueueMemberStatus", "QueueMemberAdded", "QueueMemberRemoved", "QueueMemberPause"] {
        assert!(events.split(['(', ')', '|']).any(|word| word == event), "{event} in {events}");
    }
}

/// Whatever is not taken apart says nothing, so each event that means something must be known by its name.
#[test]
fn every_event_that_means_something_is_wanted() {
    for (event, lines) in [
        ("Hangup", "Cause: 16\n Uniqueid: pbx-1.1"),
        ("HangupRequest", "Uniqueid: pbx-1.1"),
        ("SoftHangupRequest", ""),
        ("LocalBridge", "LocalOneUniqueid: pbx-1.1\n LocalTwoUniqueid: pbx-1.2"),
        ("DialState", "DestUniqueid: pbx-1.1\n DialStatus: RINGING"),
        ("VarSet", "Uniqueid: pbx-1.1\n Variable: __DIALSTATUS\n Value: BUSY"),
        ("VarSet", "Uniqueid: pbx-1.1\n Variable:QUEUESTATUS\n Value: TIMEOUT"),
        ("VarSet", "Uniqueid: pbx-1.1\n Variable: _QUEUE_PRIO\n Value: 5"),
        ("VarSet", "Uniqueid: pbx-1.1\n Variable: SIPDOMAIN\n Value: BUSY"),
        ("Newexten", "Uniqueid: pbx-1.1\n Application: voicemail"),
        ("Newexten", "Uniqueid: pbx-1.1\n Application: Dial"),
        ("MessageWaiting", "Uniqueid: pbx-1.1"),
        ("QueueCallerLeave", "Uniqueid: pbx-1.1\n Queue: 100"),
        ("BridgeEnter", "Uniqueid: pbx-1.1\n BridgeUniqueid: b-1"),
        ("BridgeLeave", "Uniqueid: pbx-1.1\n BridgeUniqueid: b-1"),
        ("Hold", "Uniqueid: pbx-1.1"),
        ("Unhold", "Uniqueid: pbx-1.1"),
        ("BlindTransfer", "Result: Success"),
        ("AttendedTransfer", "Result: Success"),
        ("Pickup", "Uniqueid: pbx-1.1\n TargetUniqueid: pbx-1.2"),
        ("Shutdown", ""),
    ] {
        let nothing = ["SoftHangupRequest", "SIPDOMAIN", "Dial"];
        let is_nothing = nothing.iter().any(|word| {
            *word == event || lines.contains(&format!("{word}\n")) || lines.ends_with(&format!(": {word}"))
        });
        let said = told(format!("Event: {event}\n Timestamp: 10.000000\n {lines}").trim());
        assert_eq!(said == "nothing", is_nothing, "{event} {lines}: {said}");
    }
}
