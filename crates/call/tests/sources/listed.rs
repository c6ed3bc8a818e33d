//! Rows of exported call lists.

use super::{calls, event, outside, plan, told};
use call::event::DialStatus;
use call::{Body, CallRecord, Event, Party, SourceAssembler, SourceKind, Text};

/// `from–to call/row caller→whom status@answer`, seconds; what a list does not tell is `-`.
fn row(line: &str) -> Event {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [from, to, ids, caller, dialled, queue, whom, status] = words[..] else { unreachable!("{line}") };
    let (linked, leg) = ids.split_once('/').unwrap_or((ids, ids));
    let told = |word: &str| Some(Text::from(word)).filter(|word| &**word != "-");
    let seconds = |text: &str| text.parse::<i64>().unwrap() * 1_000_000;
    let (status, answered) = status.split_once('@').unwrap_or((status, "-"));
    let record = CallRecord {
        caller_device: told(caller),
        caller: if caller == "trunk" { outside(70) } else { Party::Own(caller.into()) },
        dialled: told(dialled).map_or(Party::Unknown, |digits| match digits.strip_prefix('*') {
            Some(_) => Party::Service(digits),
            None => Party::Own(digits),
        }),
        queue: told(queue),
        target: told(whom),
        answered_us: told(answered).map(|at| seconds(&at)),
        ended_us: told(to).map(|at| seconds(&at)),
        status: match status {
            "answer" => DialStatus::Answer,
            "cancel" => DialStatus::Cancel,
            "noanswer" => DialStatus::NoAnswer,
            "unavailable" => DialStatus::Unavailable,
            "congestion" => DialStatus::Congestion,
            _ => DialStatus::Other,
        },
        mailbox: status == "mailbox",
    };
    let mut event =
        event(SourceKind::CsvImport, from.parse().unwrap(), leg, Body::CallRecorded(Box::new(record)));
    event.linked = Some(linked.into());
    event
}

fn check(lines: &str, expect: &[&str]) {
    let lines: Vec<&str> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let read = |lines: &mut dyn Iterator<Item = &&str>| {
        let calls = calls(SourceKind::CsvImport, lines.map(|line| row(line)));
        assert!(calls.values().all(|call| call.is_partial));
        calls.values().map(told).collect::<Vec<_>>()
    };
    assert_eq!(read(&mut lines.iter()), expect, "{lines:?}");
    assert_eq!(read(&mut lines.iter().rev()), expect, "in whatever order they come: {lines:?}");
}

#[test]
fn one_row_is_one_call() {
    check(
        "10 90 a trunk 9 vaxel 9001 answer@35",
        &["external answered operator>operator cause=main_number by=9001 after=25s [vaxel answered 25s]"],
    );
    check(
        "10 30 a trunk 9 vaxel - cancel",
        &["external abandoned lost>lost at=queue cause=main_number [vaxel abandoned 20s]"],
    );
    check(
        "10 30 a trunk 9 vaxel - noanswer",
        &["external timed_out lost>lost at=queue cause=main_number [vaxel timed_out 20s]"],
    );
    check(
        "10 30 a trunk 9 vaxel - unavailable",
        &["external blocked lost>lost at=queue cause=main_number [vaxel blocked 20s]"],
    );
    check("10 30 a trunk 2101 - - congestion", &["external failed lost>lost at=ringing"]);
    check(
        "10 30 a trunk 2101 social - mailbox",
        &["external voicemail personal_voicemail>personal_voicemail [social unknown ?]"],
    );
    check("10 30 a trunk 2101 - - other", &["external unknown none>none"]);
    check("10 30 a 2101 - - trunk answer@15", &["outgoing answered none>none by=trunk after=5s"]);
}

#[test]
fn what_the_list_does_not_tell_is_not_guessed() {
    // When; who; and neither.
    check("10 90 a trunk 2101 - 2101 answer", &["external answered sought_person>sought_person by=2101"]);
    check("10 90 a trunk 2101 - - answer@20", &["external answered none>none after=10s"]);
    check("10 - a trunk 2101 - - answer", &["external answered none>none"]);
    // Whoever took it in a group's queue is of the group.
    check(
        "10 90 a trunk - social - answer@20",
        &["external answered same_function>same_function after=10s [social answered 10s]"],
    );
    check(
        "10 - a trunk 9 vaxel - cancel",
        &["external abandoned lost>lost at=queue cause=main_number [vaxel abandoned ?]"],
    );
}

#[test]
fn a_person_s_number_that_came_to_the_operators() {
    // Diverted or not: a list does not tell.
    check(
        "10 90 a trunk 2101 vaxel 9001 answer@35",
        &["external answered operator>operator cause=unknown by=9001 after=25s [vaxel answered 25s]"],
    );
    let calls = calls(SourceKind::CsvImport, [row("10 90 a trunk 2101 vaxel 9001 answer@35")]);
    let call = calls.values().next().unwrap();
    assert_eq!((call.dialled_kind, call.sought.as_deref()), (call::DialledKind::Direct, Some("2101")));
}

#[test]
fn answered_outside_is_not_answered_here() {
    check("10 90 a trunk 2101 - trunk answer@20", &["external flowed_out none>none"]);
}

#[test]
fn rows_of_one_call() {
    check(
        "10 40 a/1 trunk - social - cancel
         40 90 a/2 trunk - vaxel 9001 answer@55",
        &[
            "external answered operator>operator cause=group_timeout by=9001 after=45s [social timed_out 30s] [vaxel answered 15s]",
        ],
    );
    // The last row says itself how it ended.
    check(
        "10 40 a/1 trunk - social - noanswer
         40 40 a/2 trunk - - - cancel",
        &["external abandoned lost>lost at=ringing [social timed_out 30s]"],
    );
}

#[test]
fn calls_inside_are_calls_and_service_codes_are_none() {
    check("10 30 a 2101 2102 - - answer", &["internal answered none>none"]);
    check("10 30 a 2101 2102 - - cancel", &["internal abandoned lost>lost at=ringing"]);
    check("10 11 a 2101 *21 - - other", &[]);
}

#[test]
fn who_calls_while_waiting_to_be_reached_consults_nobody() {
    // Nobody knows when 9001 answered, so nobody knows that the other call was made during the talk.
    check(
        "10 90 a trunk 9 vaxel 9001 answer
         20 30 b 9001 2102 - 2102 answer@25",
        &[
            "external answered operator>operator cause=main_number by=9001 [vaxel answered ?]",
            "internal answered sought_person>sought_person by=2102 after=5s",
        ],
    );
    check(
        "10 90 a trunk 9 vaxel 9001 answer@15
         20 30 b 9001 2102 - 2102 answer@25",
        &[
            "external answered operator>operator cause=main_number by=9001 after=5s [vaxel answered 5s]",
            "internal answered sought_person>sought_person by=2102 after=5s part of s/a",
        ],
    );
}

#[test]
fn a_list_of_earlier_calls_ends_them_in_its_own_time() {
    let newer = row("900000 900030 n trunk 2101 - - cancel");
    let older = ["10 30 a trunk 2101 - - cancel", "9000 9030 b trunk 2101 - - cancel"].map(row);
    let mut assembler = SourceAssembler::new(SourceKind::CsvImport, "s", plan());
    let mut over = Vec::new();
    for event in [&newer, &older[0], &older[1]] {
        let ended = assembler.apply(event).changed.into_iter().filter(|call| call.is_final);
        over.extend(ended.map(|call| call.call_id));
    }
    assert_eq!(over, ["s/a".into()], "an hour after it, by the list's times; the newer one goes on");
    assert_eq!(assembler.alive(), ["s/b", "s/n"].map(Text::from).into());
}
