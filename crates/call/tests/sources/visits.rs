//! What a log of queues alone can tell, and what it cannot.

use super::{calls, event, outside, told};
use call::event::{QueueStatus, TransferKind};
use call::{Body, Event, Party, SourceKind};

/// `seconds leg event …`, one a line; the caller's number is that of the leg unless it is named.
fn read(story: &str) -> Vec<Event> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let caller = |number: &str| match number.len() {
            4 => Party::Own(number.into()),
            _ => outside(number.parse().unwrap()),
        };
        let body = match words[2..] {
            ["enters", queue, number, arrived] => Body::QueueEntered {
                queue: queue.into(),
                caller: caller(number),
                position: 1,
                arrived_us: Some(arrived.parse::<i64>().unwrap() * 1_000_000),
            },
            ["answered", queue, member] => Body::QueueAnswered {
                queue: queue.into(),
                member: member.into(),
                dest: None,
                wait_us: 5_000_000,
                ring_us: Some(3_000_000),
            },
            ["abandons", queue] => Body::QueueAbandoned { queue: queue.into() },
            ["timeout"] => Body::QueueExited { status: QueueStatus::Timeout },
            ["empty"] => Body::QueueExited { status: QueueStatus::LeaveEmpty },
            ["key", queue] => Body::QueueLeft { queue: queue.into() },
            ["over", queue] => Body::QueueCompleted { queue: queue.into(), by_caller: true },
            _ => Body::Transferred {
                kind: TransferKind::Attended,
                succeeded: true,
                transferer: None,
                second: None,
                transferee: None,
                target: None,
                to: Party::Unknown,
            },
        };
        event(SourceKind::AsteriskQueueLog, words[0].parse().unwrap(), words[1], body)
    };
    story.lines().map(str::trim).filter(|text| !text.is_empty()).map(line).collect()
}

fn check(story: &str, expect: &[&str]) {
    let calls = calls(SourceKind::AsteriskQueueLog, read(story));
    assert_eq!(calls.values().map(told).collect::<Vec<_>>(), expect, "{story}");
    assert!(calls.values().all(|call| call.is_partial), "such a log never shows all of a call");
}

#[test]
fn the_ways_out_of_the_operators_queue() {
    check(
        "11 a enters vaxel 70 10
         16 a answered vaxel 9001
         40 a over vaxel",
        &["external answered operator>operator cause=unknown by=9001 after=6s [vaxel answered 5s]"],
    );
    check(
        "11 a enters vaxel 70 10
         20 a abandons vaxel",
        &["external abandoned lost>lost at=queue cause=unknown [vaxel abandoned 9s]"],
    );
    check(
        "11 a enters vaxel 70 10
         90 a timeout",
        &["external timed_out lost>lost at=queue cause=unknown [vaxel timed_out 79s]"],
    );
    check(
        "11 a enters vaxel 70 10
         12 a empty",
        &["external blocked lost>lost at=queue cause=unknown [vaxel blocked 1s]"],
    );
    check("11 a enters vaxel 70 10", &["external in_progress none>none cause=unknown [vaxel in_progress ?]"]);
}

#[test]
fn what_it_cannot_know_is_unknown() {
    // Where a key leads; what the dialplan does when a group does not answer.
    check(
        "11 a enters vaxel 70 10
         20 a key vaxel",
        &["external unknown none>none cause=unknown [vaxel flowed_out 9s]"],
    );
    check(
        "11 a enters social 70 10
         41 a timeout",
        &["external unknown none>none [social timed_out 30s]"],
    );
    // Who came to the queue long after the arrival may have spoken to somebody before.
    check(
        "200 a enters vaxel 70 10
         220 a abandons vaxel",
        &["external unknown none>none cause=unknown [vaxel abandoned 20s]"],
    );
}

#[test]
fn a_group_and_behind_it_the_operators() {
    check(
        "11 a enters social 2105 10
         41 a timeout
         41 a enters vaxel 2105 10
         50 a answered vaxel 9001",
        &[
            "internal answered operator>operator cause=group_timeout by=9001 after=40s [social timed_out 30s] [vaxel answered 5s]",
        ],
    );
}

#[test]
fn a_consulting_operators_visit_is_no_caller() {
    // The operator's own number.
    check("11 a enters vaxel 9001 10", &[]);
    // The number of the caller whom a member is speaking to.
    check(
        "11 a enters vaxel 70 10
         15 a answered vaxel 9001
         20 b enters vaxel 70 20
         30 b abandons vaxel
         40 a over vaxel",
        &[
            "external answered operator>operator cause=unknown by=9001 after=5s [vaxel answered 5s]",
            "external abandoned lost>lost at=queue cause=unknown [vaxel abandoned 10s] part of s/a",
        ],
    );
    // Handed over shortly before: it may be the same caller, or one who calls again.
    check(
        "11 a enters vaxel 70 10
         15 a answered vaxel 9001
         18 a transferred
         20 b enters vaxel 70 20
         30 b abandons vaxel",
        &[
            "external answered operator>operator cause=unknown by=9001 after=5s [vaxel answered 5s]",
            "external unknown none>none cause=unknown [vaxel abandoned 10s]",
        ],
    );
    // Somebody else meanwhile.
    check(
        "11 a enters vaxel 70 10
         15 a answered vaxel 9001
         20 b enters vaxel 71 20
         30 b abandons vaxel",
        &[
            "external answered operator>operator cause=unknown by=9001 after=5s [vaxel answered 5s]",
            "external abandoned lost>lost at=queue cause=unknown [vaxel abandoned 10s]",
        ],
    );
}

#[test]
fn after_hours() {
    check(
        "60011 a enters vaxel 70 60010\n60020 a abandons vaxel",
        &["external closed none>none cause=unknown [vaxel abandoned 9s]"],
    );
    check(
        "60011 a enters vaxel 70 60010\n60016 a answered vaxel 9001\n60040 a over vaxel",
        &["external answered operator>operator cause=unknown by=9001 after=6s [vaxel answered 5s]"],
    );
}
