//! Calls as `svarstid analyze --calls` tells them, beside what the phones themselves saw.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The manager interface's first event of a call and the phone's INVITE are this close.
const SAME_ARRIVAL_US: i64 = 600_000;

/// Every recording of the same calls.
pub const AMI: &str = "ami.raw.txt.gz";
pub const CEL: &str = "cel.csv.gz";
pub const QUEUE_LOG: &str = "queue_log.gz";
pub const CDR: &str = "cdr.csv.gz";

pub struct Pair {
    pub truth: Value,
    pub call: Value,
}

pub fn recording(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22").join(file)
}

pub fn gunzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn lines(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The calls of these files, by their ids.
pub fn analysed(files: &[PathBuf]) -> BTreeMap<String, Value> {
    let mut svarstid = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    svarstid.arg("--config").arg(recording("svarstid.toml")).args(["analyze", "--calls"]).args(files);
    let out = svarstid.output().unwrap();
    // Exit code 2 says that a record was rejected: a cut may go through one.
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(matches!(out.status.code(), Some(0 | 2)), "{said}");
    let is_cut = files.iter().any(|file| !file.starts_with(recording("")));
    assert!(is_cut || out.status.success(), "{said}");
    lines(&out.stdout).into_iter().map(|call| (text(&call, "call_id").to_owned(), call)).collect()
}

pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn arrived_us(call: &Value) -> i64 {
    text(call, "arrived_at").parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

/// Truth and call of the manager interface belong together by direction, number dialled and moment of arrival.
pub fn paired() -> Vec<Pair> {
    let mut calls = analysed(&[recording(AMI)]);
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

/// What the phones saw of each call, by the call's id: other sources do not tell the number dialled, but have the same ids.
pub fn truths() -> BTreeMap<String, Value> {
    paired().into_iter().map(|pair| (text(&pair.call, "call_id").to_owned(), pair.truth)).collect()
}

/// Truth's words in the words of the measures: outcome, reach.
pub fn expected(outcome: &str) -> (&'static str, &'static str) {
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

/// What is wrong about a call of a source that tells of channels; empty if nothing is.
pub fn wrong(truth: &Value, call: &Value) -> Vec<String> {
    let (outcome, reach) = expected(text(truth, "outcome"));
    let visits = truth["queue_visits"].as_array().unwrap();
    let operator = visits.iter().find(|visit| visit["queue"] == "vaxel");
    let why = operator.map(|visit| text(visit, "why"));
    let checks = [
        ("outcome", text(call, "outcome") == outcome),
        ("reach", text(call, "reach") == reach),
        ("operator_cause", call["operator_cause"].as_str() == why.map(cause)),
        ("not_diverted_reason", call["not_diverted_reason"].as_str() == why.and_then(not_diverted_reason)),
        ("answered_by", call["answered_by"] == truth["answered_by"]),
        ("lost_stage", call["lost_stage"].is_null() != (reach == "lost")),
        ("ended_at", !call["ended_at"].is_null()),
        ("passes", of_call(call) == of_truth(truth)),
    ];
    let wrong = checks.iter().filter(|(_, right)| !right);
    wrong.map(|(what, _)| format!("{} {what}: {call}", truth["id"])).collect()
}

fn of_truth(truth: &Value) -> Vec<String> {
    let visits = truth["queue_visits"].as_array().unwrap().iter();
    let told = |v: &Value| {
        format!(
            "{} {} {}",
            text(v, "queue"),
            text(v, "result").replace("timeout", "timed_out"),
            v["answered"]
        )
    };
    visits.map(told).collect()
}

fn of_call(call: &Value) -> Vec<String> {
    let passes = call["passes"].as_array().unwrap().iter();
    passes.map(|p| format!("{} {} {}", text(p, "queue"), text(p, "result"), p["answered_by"])).collect()
}

/// How far answer times are off, sorted, in microseconds.
pub fn errors_us<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Vec<i64> {
    let error = |(truth, call): (&Value, &Value)| {
        let (seconds, us) = (truth["answer_s"].as_f64()?, call["answer_time_us"].as_i64()?);
        Some((us - (seconds * 1e6) as i64).abs())
    };
    let mut errors: Vec<i64> = pairs.filter_map(error).collect();
    errors.sort_unstable();
    errors
}
