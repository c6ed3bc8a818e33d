//! Small channel event logs: what they tell that no line of them says.

use super::{Plan, dialect, said};
use pbx::asterisk::cel::Reader;

/// One line a row: seconds, event, channel `name=id^linked`, place `exten@context`, then application and extra.
fn log(rows: &str) -> String {
    let mut text = String::new();
    for row in rows.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [seconds, event, channel, place, rest @ ..] = &words[..] else { unreachable!("{row}") };
        let (name, ids) = channel.split_once('=').unwrap();
        let (id, linked) = ids.split_once('^').unwrap_or((ids, ids));
        let (exten, context) = place.split_once('@').unwrap();
        let (application, data) =
            rest.first().map_or(("", ""), |word| word.split_once('/').unwrap_or((word, "")));
        let extra = rest.get(1).copied().unwrap_or_default().replace('\'', "\"\"");
        text += &format!(
            "{event},{seconds}.000000,0980319282,{exten},{context},PJSIP/{name}-1,{application},\"{data}\",1.{id},1.{linked},\"{extra}\"\n"
        );
    }
    text.replace("PJSIP/Local", "Local").replace("near-1", "2101@x-1;1").replace("far-1", "2101@x-1;2")
}

fn check(rows: &str, expect: &[&str]) {
    let mut reader = Reader::at(0, dialect(), Plan);
    reader.push(log(rows).as_bytes());
    let mut told = Vec::new();
    while let Some(record) = reader.next_record() {
        told.extend(record.meaning.unwrap().iter().map(said));
    }
    // Starts and ends of channels are told as they stand.
    let told: Vec<String> = told
        .into_iter()
        .filter(|line| !line.contains("LegStarted") && !line.contains("LegEnded"))
        .map(|line| line.replace(" { ", " ").replace(" }", "").replace(", position: 0, count: 0", ""))
        .collect();
    assert_eq!(told, expect, "{rows}");
    assert_eq!(reader.restart_at(), log(rows).len() as u64, "every channel is gone");
}

#[test]
fn a_caller_in_a_queue_is_seen_when_a_member_answers() {
    check(
        "10 CHAN_START trunk=1 500@in
         10 ANSWER trunk=1 500@in Answer
         14 CHAN_START 9001=2^1 s@x
         18 ANSWER 9001=2^1 s@x AppQueue
         18 BRIDGE_ENTER trunk=1 s@in-queue Queue/vaxel,t,,,150 {'bridge_id':'b-1'}
         30 BRIDGE_EXIT trunk=1 s@in-queue Queue/vaxel,t,,,150 {'bridge_id':'b-1'}
         30 HANGUP 9001=2^1 s@x AppQueue
         30 CHAN_END 9001=2^1 s@x
         30 HANGUP trunk=1 s@in-queue
         30 CHAN_END trunk=1 s@in-queue",
        &[
            "10 1.1 QueueJoined queue: vaxel",
            "14 1.1 DialStarted dest: 1.2, endpoint: Device(9001)",
            "18 1.1 DialEnded dest: 1.2, endpoint: Device(9001), status: Answer",
            "18 1.1 BridgeEntered bridge: b-1",
            "30 1.1 BridgeLeft bridge: b-1",
        ],
    );
}

#[test]
fn a_caller_whom_nobody_was_rung_for_is_seen_at_the_end() {
    // The caller hung up; the dialplan let the caller go.
    check(
        "10 CHAN_START trunk=1 500@in
         25 HANGUP trunk=1 s@in-queue NoOp {'hangupsource':'PJSIP/trunk-1'}
         25 CHAN_END trunk=1 s@in-queue",
        &["10 1.1 QueueJoined queue: vaxel", "25 1.1 HangupRequested"],
    );
    check(
        "10 CHAN_START trunk=1 500@in
         25 HANGUP trunk=1 s@in-queue NoOp {'hangupsource':'dialplan/builtin'}
         25 CHAN_END trunk=1 s@in-queue",
        &[
            "10 1.1 QueueJoined queue: vaxel",
            "25 1.1 QueueAbandoned queue: vaxel",
            "25 1.1 QueueLeft queue: vaxel",
            "25 1.1 QueueExited status: Timeout",
        ],
    );
}

#[test]
fn a_phone_that_did_not_answer_and_what_the_dialplan_says_of_it() {
    check(
        "10 CHAN_START trunk=1 501@in
         10 CHAN_START 2101=2^1 s@x
         30 UNDIVERTED trunk=1 2101@people CELGenUserEvent/UNDIVERTED,2101_NOANSWER {'extra':'2101'}
         30 HANGUP 2101=2^1 2101@people AppDial
         30 CHAN_END 2101=2^1 2101@people
         31 HANGUP trunk=1 2101@people NoOp {'hangupsource':'','dialstatus':'NOANSWER'}
         31 CHAN_END trunk=1 2101@people",
        &[
            "10 1.1 DialStarted dest: 1.2, endpoint: Device(2101)",
            "30 1.1 DialEnded dest: 1.2, endpoint: Device(2101), status: NoAnswer",
            "30 1.1 NotDiverted sought: 2101, status: Other",
            "31 1.1 DialGaveUp status: NoAnswer",
        ],
    );
}

#[test]
fn a_group_behind_which_come_the_operators() {
    check(
        "10 CHAN_START trunk=1 521@in
         11 CHAN_START 2101=2^1 s@x
         40 HANGUP 2101=2^1 social@x AppQueue
         40 CHAN_END 2101=2^1 social@x
         41 CHAN_START 9001=3^1 s@x
         44 ANSWER 9001=3^1 s@x AppQueue
         44 ANSWER trunk=1 s@in-queue Queue/vaxel,t,,,150
         50 HANGUP 9001=3^1 s@x AppQueue
         50 CHAN_END 9001=3^1 s@x
         50 HANGUP trunk=1 s@in-queue
         50 CHAN_END trunk=1 s@in-queue",
        &[
            "10 1.1 QueueJoined queue: social",
            "11 1.1 DialStarted dest: 1.2, endpoint: Device(2101)",
            "40 1.1 DialEnded dest: 1.2, endpoint: Device(2101), status: NoAnswer",
            "40 1.1 QueueAbandoned queue: social",
            "40 1.1 QueueLeft queue: social",
            "40 1.1 QueueExited status: Timeout",
            "40 1.1 QueueJoined queue: vaxel",
            "41 1.1 DialStarted dest: 1.3, endpoint: Device(9001)",
            "44 1.1 DialEnded dest: 1.3, endpoint: Device(9001), status: Answer",
        ],
    );
}

#[test]
fn an_internal_pair_that_the_dialplan_called_and_one_that_asks_a_colleague() {
    // A member of the queue is an internal pair: the phone behind it is rung by its far half.
    check(
        "10 CHAN_START trunk=1 500@in
         11 CHAN_START Local/near=2^1 2101@x
         11 CHAN_START Local/far=3^1 2101@x
         11 CHAN_START 2101=4^1 s@x
         15 ANSWER 2101=4^1 2101@x AppDial
         15 ANSWER Local/near=2^1 s@x AppQueue
         15 ANSWER trunk=1 s@in-queue Queue/vaxel
         20 CHAN_END 2101=4^1 s@x
         20 CHAN_END Local/near=2^1 s@x
         20 CHAN_END Local/far=3^1 s@x
         20 CHAN_END trunk=1 s@in-queue",
        &[
            "11 1.3 HalvesPaired near: 1.2, far: 1.3",
            "10 1.1 QueueJoined queue: vaxel",
            "11 1.1 DialStarted dest: 1.2, endpoint: Internal far: false",
            "15 1.1 DialEnded dest: 1.2, endpoint: Internal far: false, status: Answer",
            "11 1.3 DialStarted dest: 1.4, endpoint: Device(2101)",
            "15 1.3 DialEnded dest: 1.4, endpoint: Device(2101), status: Answer",
        ],
    );
}

#[test]
fn a_phone_that_calls_while_it_speaks_has_put_the_other_on_hold() {
    check(
        "10 CHAN_START trunk=1 501@in
         10 CHAN_START 2101=2^1 s@x
         12 ANSWER 2101=2^1 2101@people AppDial
         12 BRIDGE_ENTER 2101=2^1 2101@people AppDial {'bridge_id':'b-1'}
         20 CHAN_START 2101=3 2102@people
         30 HANGUP 2101=3 2102@people
         30 CHAN_END 2101=3 2102@people
         40 CHAN_END 2101=2^1 2101@people
         40 CHAN_END trunk=1 2101@people",
        &[
            "10 1.1 DialStarted dest: 1.2, endpoint: Device(2101)",
            "12 1.1 DialEnded dest: 1.2, endpoint: Device(2101), status: Answer",
            "12 1.2 BridgeEntered bridge: b-1",
            "20 1.2 Held",
            "30 1.2 Resumed",
        ],
    );
}

#[test]
fn what_is_alive_is_where_reading_begins_again() {
    let mut reader = Reader::at(100, dialect(), Plan);
    let first = log("10 CHAN_START trunk=1 500@in\n");
    reader.push(first.as_bytes());
    reader.push(log("11 CHAN_START trunk=5 500@in\n11 CHAN_END trunk=5 500@in\n").as_bytes());
    while reader.next_record().is_some() {}
    assert_eq!(reader.restart_at(), 100);
}

#[test]
fn who_is_gone_but_called_one_that_is_alive_is_read_again_too() {
    let rows = "10 CHAN_START trunk=1 500@in
20 CHAN_START 2101=2^1 500@in
30 CHAN_END trunk=1 500@in
";
    let mut reader = Reader::at(0, dialect(), Plan);
    reader.push(log(rows).as_bytes());
    while reader.next_record().is_some() {}
    assert_eq!(reader.restart_at(), 0);
}

#[test]
fn a_channel_whose_end_was_never_written_is_forgotten_after_a_day() {
    let (first, second) = ("10 CHAN_START trunk=1 500@in\n", "86411 CHAN_START trunk=2 500@in\n");
    let mut reader = Reader::at(0, dialect(), Plan);
    reader.push(log(&format!("{first}{second}")).as_bytes());
    while reader.next_record().is_some() {}
    assert_eq!(reader.restart_at(), log(first).len() as u64);
}

#[test]
fn a_parking_space() {
    let parked = |reason: &str| {
        format!(
            "10 CHAN_START trunk=1 501@in
             20 PARK_START trunk=1 s@park Park {{'parker_dial_string':'PJSIP/2101','parking_lot':'default'}}
             30 PARK_END trunk=1 s@park Park {{'reason':'{reason}'}}
             40 HANGUP trunk=1 s@park
             40 CHAN_END trunk=1 s@park"
        )
    };
    check(&parked("ParkedCallUnparked"), &["20 1.1 Parked", "30 1.1 Unparked"]);
    check(&parked("ParkedCallTimeOut"), &["20 1.1 Parked", "30 1.1 Unparked"]);
    // Who gives up is parked until the end; after a swap this is the channel that stands there.
    check(&parked("ParkedCallGiveUp"), &["20 1.1 Parked", "30 1.1 Parked"]);
    check(&parked("ParkedCallSwap"), &["20 1.1 Parked", "30 1.1 Parked"]);
}
