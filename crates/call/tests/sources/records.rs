//! Finished records of attempts.

use super::{calls, event, outside, told};
use call::event::DialStatus;
use call::{Body, CallRecord, Event, Party, SourceKind};

/// `from–to leg caller→target status`, seconds; a target in brackets is a queue's name, alone or before its member.
fn record(line: &str) -> Event {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [from, to, leg, caller, dialled, whom, status] = words[..] else { unreachable!("{line}") };
    let (queue, target) = match whom.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((queue, target)) => (Some(queue.into()), target),
        None => (None, whom),
    };
    let (status, mailbox) = match status {
        "answer" => (DialStatus::Answer, false),
        "cancel" => (DialStatus::Cancel, false),
        "noanswer" => (DialStatus::NoAnswer, false),
        "busy" => (DialStatus::Busy, false),
        "mailbox" => (DialStatus::Other, true),
        _ => (DialStatus::Other, false),
    };
    let seconds = |text: &str| text.parse::<i64>().unwrap();
    let record = CallRecord {
        caller_device: Some(caller.into()),
        caller: if caller == "trunk" { outside(70) } else { Party::Own(caller.into()) },
        dialled: if dialled == "-" { Party::Unknown } else { Party::Own(dialled.into()) },
        queue,
        target: Some(target.into()).filter(|_| !target.is_empty() && target != "-"),
        answered_us: (status == DialStatus::Answer).then(|| (seconds(from) + 4) * 1_000_000),
        ended_us: Some(seconds(to) * 1_000_000),
        status,
        mailbox,
    };
    event(SourceKind::AsteriskCdr, seconds(from), leg, Body::CallRecorded(Box::new(record)))
}

fn check(lines: &str, expect: &[&str]) {
    let lines: Vec<&str> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let read = |lines: &mut dyn Iterator<Item = &&str>| {
        let calls = calls(SourceKind::AsteriskCdr, lines.map(|line| record(line)));
        calls.values().map(told).collect::<Vec<_>>()
    };
    assert_eq!(read(&mut lines.iter()), expect, "{lines:?}");
    assert_eq!(read(&mut lines.iter().rev()), expect, "in whatever order they come: {lines:?}");
}

#[test]
fn one_attempt() {
    check(
        "10 30 a trunk 2101 2101 answer",
        &["external answered sought_person>sought_person by=2101 after=4s"],
    );
    check(
        "10 30 a trunk 2101 2102 answer",
        &["external answered same_function>same_function by=2102 after=4s"],
    );
    check("10 30 a trunk 2101 2101 cancel", &["external abandoned lost>lost at=ringing"]);
    check("10 30 a trunk 2101 2101 busy", &["external timed_out lost>lost at=ringing"]);
    check("10 30 a trunk 2101 - mailbox", &["external voicemail personal_voicemail>personal_voicemail"]);
    // Something answered that is nobody.
    check("10 30 a trunk 2101 - other", &["external unknown none>none"]);
    check("10 30 a 2101 - trunk answer", &["outgoing answered none>none by=trunk after=4s"]);
    // A feature code seeks nobody.
    check("10 11 a 2101 - - other", &[]);
}

#[test]
fn several_attempts_of_one_caller() {
    check(
        "10 30 a trunk 2101 2101 noanswer
         30 50 a trunk - [vaxel]9001 answer",
        &["external answered operator>operator cause=unknown by=9001 after=24s [vaxel answered 4s]"],
    );
    check(
        "10 40 a trunk - [social]2101 cancel
         40 60 a trunk - [vaxel] cancel",
        &[
            "external abandoned lost>lost at=queue cause=group_timeout [social timed_out 30s] [vaxel abandoned 20s]",
        ],
    );
    // The dialplan went on after the queue, and hung up.
    check(
        "10 60 a trunk - [vaxel]9001 cancel
         60 60 a trunk - - other",
        &["external timed_out lost>lost at=queue cause=unknown [vaxel timed_out 50s]"],
    );
    // Put through: two records of one stay.
    check(
        "10 30 a trunk - [vaxel]9001 answer
         30 50 a trunk - [vaxel]2102 answer",
        &["external answered operator>operator cause=unknown by=9001 after=4s [vaxel answered 4s]"],
    );
}

#[test]
fn who_calls_while_speaking_asks_a_colleague() {
    check(
        "10 60 a trunk - [vaxel]9001 answer
         20 30 b 9001 2102 2102 busy",
        &[
            "external answered operator>operator cause=unknown by=9001 after=4s [vaxel answered 4s]",
            "internal timed_out lost>lost at=ringing part of s/a",
        ],
    );
}

#[test]
fn after_hours() {
    check("60010 60020 a trunk 2101 2101 cancel", &["external closed none>none"]);
    check(
        "60010 60020 a trunk 2101 2101 mailbox",
        &["external voicemail personal_voicemail>personal_voicemail"],
    );
    check("60010 60020 a 2102 070 trunk noanswer", &["outgoing timed_out lost>lost at=ringing"]);
}
