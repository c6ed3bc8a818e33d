//! Every call of the recording, as `svarstid analyze --calls` tells it, against what the phones themselves saw.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// AMI's first event of a call and the phone's INVITE are this close.
const SAME_ARRIVAL_US: i64 = 600_000;
const ANSWER_TIME_P95_US: i64 = 300_000;

fn recording(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22").join(file)
}

fn gunzip(path: &Path) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn analysed() -> Vec<Value> {
    let out = Command::new(env!("CARGO_BIN_EXE_svarstid"))
        .arg("--config")
        .arg(recording("svarstid.toml"))
        .args(["analyze", "--calls"])
        .arg(recording("ami.raw.txt.gz"))
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    lines(&String::from_utf8(out.stdout).unwrap())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn arrived_us(call: &Value) -> i64 {
    text(call, "arrived_at").parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

/// Truth's words in the words of the measures: outcome, reach.
fn expected(outcome: &str) -> (&'static str, &'static str) {
    match outcome {
        "answered_direct" => ("answered", "sought_person"),
        "answered_colleague_diverted" | "answered_colleague_pickup" | "answered_group" => {
            ("answered", "same_function")
        }
        "operator_main"
        | "operator_not_diverted"
        | "operator_diverted"
        | "operator_colleague_no_answer"
        | "operator_group_timeout" => ("answered", "operator"),
        "voicemail_message" | "voicemail_no_message" | "voicemail" => ("voicemail", "personal_voicemail"),
        "abandoned" | "abandoned_ringing" | "abandoned_in_operator_queue" | "abandoned_in_group_queue" => {
            ("abandoned", "lost")
        }
        "queue_timeout" => ("timed_out", "lost"),
        other => panic!("truth has a word that this test does not know: {other}"),
    }
}

/// Truth's reason for a visit to the operator queue as a cause.
fn cause(why: &str) -> &'static str {
    match why.split(':').next().unwrap() {
        "main_number" => "main_number",
        "not_diverted" => "not_diverted",
        "diverted" => "diverted_to_operator",
        "colleague_no_answer" => "colleague_no_answer",
        "group_timeout" => "group_timeout",
        other => panic!("truth has a reason that this test does not know: {other}"),
    }
}

fn not_diverted_reason(why: &str) -> Option<&'static str> {
    match why.split(':').nth(1)? {
        "BUSY" => Some("busy"),
        "NOANSWER" => Some("no_answer"),
        "CHANUNAVAIL" | "UNAVAIL" => Some("unavailable"),
        _ => None,
    }
}

struct Pair {
    truth: Value,
    call: Value,
}

/// Truth and call belong together by direction, number dialled and moment of arrival.
fn paired() -> Vec<Pair> {
    let mut calls: BTreeMap<String, Value> =
        analysed().into_iter().map(|call| (text(&call, "call_id").to_owned(), call)).collect();
    let mut pairs = Vec::new();
    for truth in lines(&gunzip(&recording("truth.jsonl.gz"))) {
        let at_us = (truth["epoch_invite"].as_f64().unwrap() * 1e6) as i64;
        let near = |call: &Value| (arrived_us(call) - at_us).abs();
        let id = calls
            .iter()
            .filter(|(_, call)| call["direction"] == truth["direction"] && call["dialled"] == truth["to"])
            .filter(|(_, call)| near(call) < SAME_ARRIVAL_US)
            .min_by_key(|(_, call)| near(call))
            .map(|(id, _)| id.clone());
        let id = id.unwrap_or_else(|| panic!("no call for {}", truth["id"]));
        pairs.push(Pair { call: calls.remove(&id).unwrap(), truth });
    }
    assert!(calls.is_empty(), "calls that nobody made: {:?}", calls.keys());
    pairs
}

#[test]
fn every_call_is_as_the_phones_tell() {
    let pairs = paired();
    assert_eq!(pairs.len(), 171);
    let mut wrong = Vec::new();
    for Pair { truth, call } in &pairs {
        let (outcome, reach) = expected(text(truth, "outcome"));
        let visits = truth["queue_visits"].as_array().unwrap();
        let operator = visits.iter().find(|visit| visit["queue"] == "vaxel");
        let why = operator.map(|visit| text(visit, "why"));
        let left = truth["voicemail_left"].as_i64().unwrap_or(0) > 0;
        let checks = [
            ("outcome", text(call, "outcome") == outcome),
            ("reach", text(call, "reach") == reach),
            ("operator_cause", call["operator_cause"].as_str() == why.map(cause)),
            (
                "not_diverted_reason",
                call["not_diverted_reason"].as_str() == why.and_then(not_diverted_reason),
            ),
            ("answered_by", call["answered_by"] == truth["answered_by"]),
            ("message_left", (call["message_left"] == true) == left),
            ("lost_stage", call["lost_stage"].is_null() != (reach == "lost")),
            ("ended_at", !call["ended_at"].is_null()),
        ];
        wrong.extend(
            checks
                .iter()
                .filter(|(_, right)| !right)
                .map(|(what, _)| format!("{} {what}: {call}", truth["id"])),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_stay_in_a_queue_is_the_callers_own() {
    for Pair { truth, call } in paired() {
        let of_truth: Vec<String> = truth["queue_visits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| {
                format!(
                    "{} {} {}",
                    text(v, "queue"),
                    text(v, "result").replace("timeout", "timed_out"),
                    v["answered"]
                )
            })
            .collect();
        let of_call: Vec<String> = call["passes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| format!("{} {} {}", text(p, "queue"), text(p, "result"), p["answered_by"]))
            .collect();
        assert_eq!(of_call, of_truth, "{}", truth["id"]);
    }
}

#[test]
fn answer_times_and_signals_are_as_the_phones_tell() {
    let mut errors = Vec::new();
    let mut signals = 0;
    for Pair { truth, call } in paired() {
        if let (Some(seconds), Some(us)) = (truth["answer_s"].as_f64(), call["answer_time_us"].as_i64()) {
            errors.push((us - (seconds * 1e6) as i64).abs());
        }
        if let Some(seconds) = truth["ring_s_answering_leg"].as_f64() {
            let wanted = (seconds / 6.0) as i64 + 1;
            assert_eq!(call["ring_signals"].as_i64(), Some(wanted), "{}", truth["id"]);
            signals += 1;
        }
    }
    errors.sort_unstable();
    assert_eq!((errors.len(), signals), (126, 115));
    assert!(errors[errors.len() * 95 / 100] < ANSWER_TIME_P95_US, "{errors:?}");
}
