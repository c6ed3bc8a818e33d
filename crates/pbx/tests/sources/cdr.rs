//! Call detail records.

use super::{Plan, dialect, told};
use pbx::asterisk::cdr::Reader;

fn read(text: &str) -> Vec<String> {
    let mut reader = Reader::at(0, dialect(), Plan);
    reader.push(text.as_bytes());
    let mut records: Vec<_> = std::iter::from_fn(|| reader.next_record()).collect();
    records.extend(reader.finish());
    told(records).into_iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

/// The channel was made at 1795472488 (22:21:28 UTC); the PBX's clock is an hour ahead.
fn record(
    dst: &str,
    target: &str,
    application: &str,
    times: [&str; 3],
    talk: u32,
    disposition: &str,
) -> String {
    let (dst, context) = dst.split_once('@').unwrap();
    let [start, answer, end] =
        times.map(|time| if time.is_empty() { String::new() } else { format!("\"2026-11-23 {time}\"") });
    let (name, data) = application.split_once(' ').unwrap_or((application, ""));
    format!(
        "\"\",\"0980319282\",\"{dst}\",\"{context}\",\"x\",\"PJSIP/trunk-1\",\"{target}\",\"{name}\",\"{data}\",{start},{answer},{end},10,{talk},\"{disposition}\",\"DOCUMENTATION\",\"pbx-1795472488.14\",\"\",\"\",\"pbx-1795472488.14\",7\n"
    )
}

fn means(line: &str, expect: &str) {
    let told = read(line);
    let expect = format!(
        "1795472488 pbx-1795472488.14 CallRecorded(CallRecord {{ caller_device: Some(trunk), caller: Outside([]), {expect} }})"
    );
    assert_eq!(told, [expect], "{line}");
}

#[test]
fn what_became_of_an_attempt() {
    means(
        &record(
            "2101@people",
            "PJSIP/2101-2",
            "Dial PJSIP/2101,20,tT",
            ["23:21:28", "23:21:33", "23:21:40"],
            7,
            "ANSWERED",
        ),
        "dialled: 2101, queue: None, target: Some(2101), answered_us: Some(1795472493000000), ended_us: Some(1795472500000000), status: Answer, mailbox: false",
    );
    // The caller's channel was up before: when this one answered is not told.
    means(
        &record(
            "s@in-queue",
            "PJSIP/9001-2",
            "Queue vaxel,tT,,,150",
            ["23:21:28", "23:21:28", "23:21:40"],
            12,
            "ANSWERED",
        ),
        "dialled: Unknown, queue: Some(vaxel), target: Some(9001), answered_us: None, ended_us: Some(1795472500000000), status: Answer, mailbox: false",
    );
    // Nobody was there though the dialplan had answered; the last application is the queue: the caller gave up.
    means(
        &record(
            "s@in-queue",
            "",
            "Queue vaxel,tT,,,150",
            ["23:21:28", "23:21:28", "23:21:40"],
            12,
            "ANSWERED",
        ),
        "dialled: Unknown, queue: Some(vaxel), target: None, answered_us: None, ended_us: Some(1795472500000000), status: Cancel, mailbox: false",
    );
    // The dialplan came out of the queue by itself.
    means(
        &record("s@in-queue", "", "Hangup", ["23:21:28", "23:21:28", "23:23:58"], 150, "ANSWERED"),
        "dialled: Unknown, queue: Some(vaxel), target: None, answered_us: None, ended_us: Some(1795472638000000), status: NoAnswer, mailbox: false",
    );
    // Rung for as long as it may; given up before.
    let rung = |end: &str| {
        record("2101@people", "PJSIP/2101-2", "Dial PJSIP/2101,20,tT", ["23:21:28", "", end], 0, "NO ANSWER")
    };
    means(
        &rung("23:21:48"),
        "dialled: 2101, queue: None, target: Some(2101), answered_us: None, ended_us: Some(1795472508000000), status: NoAnswer, mailbox: false",
    );
    means(
        &rung("23:21:35"),
        "dialled: 2101, queue: None, target: Some(2101), answered_us: None, ended_us: Some(1795472495000000), status: Cancel, mailbox: false",
    );
    // Picked up elsewhere: `answered`, and not a second of talk.
    means(
        &record(
            "2101@people",
            "PJSIP/2101-2",
            "Dial PJSIP/2101,20,tT",
            ["23:21:28", "23:21:33", "23:21:33"],
            0,
            "ANSWERED",
        ),
        "dialled: 2101, queue: None, target: Some(2101), answered_us: None, ended_us: Some(1795472493000000), status: Other, mailbox: false",
    );
    means(
        &record(
            "2101@people",
            "",
            "VoiceMail 2101@town,us",
            ["23:21:28", "23:21:28", "23:21:40"],
            12,
            "ANSWERED",
        ),
        "dialled: 2101, queue: None, target: None, answered_us: None, ended_us: Some(1795472500000000), status: Other, mailbox: true",
    );
}

#[test]
fn records_that_cannot_be_read_are_told() {
    let without_id = record("2101@people", "", "Hangup", ["23:21:28", "", "23:21:28"], 0, "BUSY")
        .replace("pbx-1795472488.14", "");
    assert_eq!(
        read(&without_id),
        ["rejected: no uniqueid in column 17 (cdr.conf, [csv]: loguniqueid = yes)"]
    );
    let without_time = record("2101@people", "", "Hangup", ["25:21:28", "", "23:21:28"], 0, "BUSY");
    assert_eq!(
        read(&without_time),
        ["rejected: start is no time, or no channel's id tells the difference to UTC"]
    );
    assert_eq!(read("\"a\n"), ["rejected: a quote that is not closed"]);
}
