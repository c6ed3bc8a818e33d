//! Small stories and the call each of them is.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod journeys;
mod story;

use call::{Call, Direction};
use std::collections::BTreeSet;
use story::play;

/// Outcome, reaches, stage, cause, answer time and passes in one line.
fn told(call: &Call) -> String {
    let mut text = format!("{} {} {}>{}", call.direction, call.outcome, call.reach, call.final_reach);
    if let Some(stage) = call.lost_stage {
        text += &format!(" at={stage}");
    }
    if let Some(cause) = &call.operator_cause {
        text += &format!(" cause={}", cause.kind);
        text += &cause.not_diverted.map(|why| format!(":{why}")).unwrap_or_default();
        text += &cause.reason.as_ref().map(|why| format!(":{why}")).unwrap_or_default();
    }
    if let (Some(by), Some(us)) = (&call.answered_by, call.answer_time_us()) {
        text += &format!(" by={by} after={}s", us / 1_000_000);
    }
    for pass in &call.passes {
        let wait = pass.wait_us.map_or_else(|| "?".to_owned(), |us| format!("{}s", us / 1_000_000));
        text += &format!(" [{} {} {wait}]", pass.queue, pass.result);
    }
    if call.merged_into.is_some() {
        text += " merged";
    }
    if !call.is_final {
        text += " not-final";
    }
    text
}

fn check(story: &str, expect: &[&str]) {
    let calls = play(story);
    assert_eq!(calls.iter().map(told).collect::<Vec<_>>(), expect, "{story}");
    disturb(story);
}

/// An event is lost, comes twice, or comes after the next one: nothing panics, and no caller is two.
fn disturb(story: &str) {
    let lines: Vec<&str> = story.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let legs = lines.iter().filter_map(|line| line.split_whitespace().nth(1));
    let callers = legs.filter(|leg| leg.starts_with('t')).collect::<BTreeSet<_>>().len();
    for at in 0..lines.len() {
        let (mut lost, mut twice, mut late) = (lines.clone(), lines.clone(), lines.clone());
        lost.remove(at);
        twice.insert(at, lines[at]);
        // The lines of a snapshot are one answer: nothing comes between or after them.
        let next = (at + 1).min(lines.len() - 1);
        if !lines[next].contains("snapshot") {
            late.swap(at, next);
        }
        for disturbed in [lost, twice, late] {
            let disturbed = disturbed.join("\n");
            let is_caller =
                |call: &&Call| call.direction == Direction::External && call.merged_into.is_none();
            let counted = play(&disturbed).iter().filter(is_caller).count();
            assert!(counted <= callers, "{counted} external calls of {callers} callers:\n{disturbed}");
        }
    }
}

#[test]
fn the_main_number() {
    check(
        "0 t1 in 500
         1 t1 joins vaxel
         5 9001 out
         5 t1 dials 9001
         9 t1 dialled 9001 answer
         9 t1 leaves vaxel
         9 9001 bridge b
         9 t1 bridge b
         20 t1 ends
         20 9001 ends",
        &["external answered operator>operator cause=main_number by=9001 after=9s [vaxel answered 8s]"],
    );
}

#[test]
fn what_follows_a_queues_abandon_decides_what_it_was() {
    // The caller hung up.
    check(
        "0 t1 in 500
         1 t1 joins vaxel
         7 t1 abandons vaxel
         7 t1 leaves vaxel
         7 t1 ends 127",
        &["external abandoned lost>lost at=queue cause=main_number [vaxel abandoned 6s]"],
    );
    // The queue gave up; the same event came first.
    check(
        "0 t1 in 500
         1 t1 joins vaxel
         7 t1 abandons vaxel
         7 t1 leaves vaxel
         7 t1 exit timeout
         8 t1 ends",
        &["external timed_out lost>lost at=queue cause=main_number [vaxel timed_out 6s]"],
    );
    // A key that leads elsewhere gives no abandon at all.
    check(
        "0 t1 in 500
         1 t1 joins vaxel
         7 t1 leaves vaxel
         8 2101 out
         8 t1 dials 2101
         9 t1 dialled 2101 answer
         20 t1 ends
         20 2101 ends",
        &[
            "external answered same_function>same_function cause=main_number by=2101 after=9s [vaxel flowed_out 6s]",
        ],
    );
}

#[test]
fn queues_that_let_nobody_in_leave_only_a_status() {
    check(
        "0 t1 in 500
         1 t1 exit full
         2 t1 ends",
        &["external saturated lost>lost at=queue cause=main_number [vaxel saturated 0s]"],
    );
    check(
        "0 t1 in 521
         1 t1 exit joinempty
         1 t1 joins vaxel
         4 9001 out
         4 t1 dials 9001
         6 t1 dialled 9001 answer
         9 t1 ends
         9 9001 ends",
        &[
            "external answered operator>operator cause=group_timeout by=9001 after=6s [grupp blocked 0s] [vaxel answered 5s]",
        ],
    );
}

#[test]
fn the_person_sought() {
    let ring = "0 t1 in 501\n0 2101 out\n0 t1 dials 2101\n";
    check(
        &format!("{ring}8 t1 dialled 2101 answer\n9 t1 ends\n9 2101 ends"),
        &["external answered sought_person>sought_person by=2101 after=8s"],
    );
    check(
        &format!("{ring}8 t1 dialled 2101 cancel\n8 2101 ends\n8 t1 ends 0"),
        &["external abandoned lost>lost at=ringing"],
    );
    check(
        &format!("{ring}8 t1 dialled 2101 busy\n8 2101 ends\n8 t1 ends 17"),
        &["external timed_out lost>lost at=ringing"],
    );
    check(
        &format!("{ring}8 t1 dialled 2101 busy\n8 2101 ends\n9 t1 requests\n9 t1 ends 17"),
        &["external abandoned lost>lost at=ringing"],
    );
}

#[test]
fn a_phone_that_is_off_is_known_by_its_dial_status_alone() {
    check(
        "0 t1 in 501
         0 t1 gaveup off
         0 t1 notdiverted off
         1 t1 joins vaxel
         3 t1 abandons vaxel
         3 t1 leaves vaxel
         3 t1 ends",
        &["external abandoned lost>lost at=queue cause=not_diverted:unavailable [vaxel abandoned 2s]"],
    );
    check("0 t1 in 501\n0 t1 gaveup off\n1 t1 ends 20", &["external blocked lost>lost at=ringing"]);
}

#[test]
fn diverted_to_the_operator_with_a_reason() {
    check(
        "0 t1 in 501
         0 t1 diverted operator lunch
         0 t1 joins vaxel
         4 9001 out
         4 t1 dials 9001
         6 t1 dialled 9001 answer
         9 t1 ends
         9 9001 ends",
        &[
            "external answered operator>operator cause=diverted_to_operator:lunch by=9001 after=6s [vaxel answered 6s]",
        ],
    );
}

#[test]
fn a_consultation_is_no_caller_whatever_queue_it_falls_into() {
    // 9001 puts the caller on hold and asks 2101, who is busy and not diverted: the consulting leg falls into the queue.
    check(
        "0 t1 in 500
         0 t1 joins vaxel
         2 9001 out
         2 t1 dials 9001
         4 t1 dialled 9001 answer
         4 t1 leaves vaxel
         4 9001 bridge b
         4 t1 bridge b
         9 9001 held
         10 9001b in 2101
         10 9001b gaveup busy
         10 9001b notdiverted busy
         10 9001b joins vaxel
         20 9001b abandons vaxel
         20 9001b leaves vaxel
         20 9001b ends
         30 t1 ends
         30 9001 ends",
        &["external answered operator>operator cause=main_number by=9001 after=4s [vaxel answered 4s]"],
    );
}

const CONSULT: &str = "0 t1 in 500
     0 t1 joins vaxel
     2 9001 out
     2 t1 dials 9001
     4 t1 dialled 9001 answer
     4 t1 leaves vaxel
     4 9001 bridge b
     4 t1 bridge b\n";

#[test]
fn an_attended_transfer_reaches_the_person_asked_for() {
    let after = "10 9001b in 2101
         10 2101 out
         10 9001b dials 2101
         12 9001b dialled 2101 answer
         12 2101 bridge c
         12 9001b bridge c
         20 t1 attended 9001 9001b 2101
         20 9001 unbridge b
         20 2101 bridge b
         20 9001 ends
         20 9001b ends
         40 t1 ends
         40 2101 ends";
    let expect =
        "external answered operator>sought_person cause=main_number by=9001 after=4s [vaxel answered 4s]";
    check(&format!("{CONSULT}9 9001 held\n{after}"), &[expect]);
    // Without a word about holding it looks like a call of its own, until the transfer shows what it was.
    check(
        &format!("{CONSULT}{after}"),
        &["internal answered sought_person>sought_person by=2101 after=2s merged", expect],
    );
}

#[test]
fn a_blind_transfer_that_comes_back() {
    check(
        &format!(
            "{CONSULT}10 t1 blind 9001 2101
             10 9001 ends
             10 2101 out
             10 t1 dials 2101
             30 t1 dialled 2101 noanswer
             30 2101 ends
             30 t1 notdiverted noanswer
             30 t1 joins vaxel
             33 9002 out
             33 t1 dials 9002
             35 t1 dialled 9002 answer
             50 t1 ends
             50 9002 ends"
        ),
        &[
            "external answered operator>operator cause=main_number by=9001 after=4s [vaxel answered 4s] [vaxel answered 5s]",
        ],
    );
    let calls = play(&format!("{CONSULT}10 t1 blind 9001 2101\n11 t1 notdiverted busy\n11 t1 joins vaxel"));
    let cause = calls[0].passes[1].cause.clone().unwrap();
    assert_eq!((cause.kind.word(), cause.after_transfer), ("not_diverted", true));
    assert_eq!(calls[0].transfers, 1);
}

#[test]
fn a_colleague_picks_up() {
    check(
        "0 t1 in 501
         0 2101 out
         0 t1 dials 2101
         3 2102 in *8
         4 2102 pickup 2101
         4 t1 dialled 2102 answer
         4 2101 ends 26
         9 t1 ends
         9 2102 ends",
        &["external answered same_function>same_function by=2102 after=4s"],
    );
}

#[test]
fn the_callers_way_may_lead_through_an_internal_pair() {
    check(
        "0 t1 in 501
         0 l1 out
         0 l2 in 2101
         0 l1 pair l2
         0 t1 dials l1
         0 2101 out
         0 l2 dials 2101
         5 l2 dialled 2101 answer
         5 t1 dialled l1 answer
         9 t1 ends
         9 l1 ends
         9 l2 ends
         9 2101 ends",
        &["external answered sought_person>sought_person by=2101 after=5s"],
    );
}

#[test]
fn mailboxes() {
    let expect = "external voicemail personal_voicemail>personal_voicemail";
    let calls = play("0 t1 in 501\n1 t1 mailbox\n5 t1 message\n6 t1 ends");
    assert_eq!((told(&calls[0]).as_str(), calls[0].message_left), (expect, Some(true)));
    let calls = play("0 t1 in 501\n1 t1 mailbox\n6 t1 ends");
    assert_eq!((told(&calls[0]).as_str(), calls[0].message_left), (expect, Some(false)));
}

#[test]
fn feature_codes_are_no_calls_and_calls_out_are_outgoing() {
    check("0 2101 in *21\n1 2101 ends", &[]);
    check(
        "0 2101 in 070\n0 t1 out\n0 2101 dials t1\n5 2101 dialled t1 answer\n9 2101 ends\n9 t1 ends",
        &["outgoing answered none>none"],
    );
}

#[test]
fn a_call_that_left_through_the_trunk_flowed_out() {
    check(
        "0 t1 in 501\n0 t2 out\n0 t1 dials t2\n5 t1 dialled t2 answer\n9 t1 ends\n9 t2 ends",
        &["external flowed_out none>none"],
    );
}

#[test]
fn after_a_gap_only_what_is_still_there_is_known() {
    let waiting = "0 t1 in 500\n1 t1 joins vaxel\n2 t2 in 500\n2 t2 joins vaxel\n";
    check(
        &format!(
            "{waiting}30 - gap
             30 - snapshot
             30 t2 seen
             30 - snapshotted
             40 t2 abandons vaxel
             40 t2 leaves vaxel
             40 t2 ends"
        ),
        &[
            "external unknown none>none cause=main_number [vaxel unknown 29s]",
            "external abandoned lost>lost at=queue cause=main_number [vaxel abandoned 38s]",
        ],
    );
    // A call that began in the gap and was first seen connected: how it was answered nobody knows.
    check(
        "30 - gap\n30 - snapshot\n30 t3 seen\n30 - snapshotted\n40 t3 ends",
        &["external unknown none>none"],
    );
    // A channel that begins while the answer to the snapshot is on its way is not in it, and alive.
    check(
        "30 - snapshot\n30 t4 in 500\n30 - snapshotted\n31 t4 requests\n31 t4 ends",
        &["external abandoned lost>lost at=menu"],
    );
}

#[test]
fn a_call_older_than_any_call_may_be_ends_as_unknown() {
    check(
        "0 t1 in 500\n1 t1 joins vaxel\n3700 t2 in 500\n3701 t2 requests\n3701 t2 ends",
        &[
            "external unknown none>none cause=main_number [vaxel unknown 3699s]",
            "external abandoned lost>lost at=menu",
        ],
    );
}

#[test]
fn before_its_end_a_call_is_in_progress() {
    check(
        "0 t1 in 500\n1 t1 joins vaxel",
        &["external in_progress none>none cause=main_number [vaxel in_progress ?] not-final"],
    );
}
