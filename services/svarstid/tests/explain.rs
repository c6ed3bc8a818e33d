//! `svarstid explain`: what is said about a call, and on which event it rests.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22")
}

fn svarstid(command: &[&str]) -> Output {
    let mut svarstid = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    svarstid.arg("--config").arg(recordings().join("svarstid.toml")).args(command);
    svarstid.arg(recordings().join("ami.raw.txt.gz")).output().unwrap()
}

fn explained(call: &str) -> String {
    let output = svarstid(&["explain", call]);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn calls() -> Vec<serde_json::Value> {
    let output = svarstid(&["analyze", "--calls"]);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The sentence on the line above the first one that holds these words: what the statement rests on.
fn rests_on(page: &str, words: &str) -> String {
    let lines: Vec<&str> = page.lines().collect();
    let at = lines.iter().position(|line| line.contains('→') && line.contains(words)).unwrap();
    let event = lines[..at].iter().rev().find(|line| !line.contains('→')).unwrap();
    let told = event.trim_start().split_once(" s  ").unwrap().1;
    told.rsplit_once("byte").unwrap().0.trim().to_owned()
}

#[test]
fn a_call_that_fell_to_the_operator() {
    let page = explained("pbx-B-1795472508.23");
    assert!(
        page.contains("reach operator, answered by 9002 after 7.954 s, operator cause not_diverted (busy)")
    );
    assert_eq!(rests_on(&page, "sought 4104"), "trunk calls from e1-44962a5f…, dialling 0846500412");
    assert_eq!(rests_on(&page, "not answered"), "dialling 4104: busy");
    assert_eq!(rests_on(&page, "operator cause"), "trunk joins queue vaxel, place 1 of 1");
    assert_eq!(rests_on(&page, "outcome answered; reach operator"), "dialling 9002: answered");
}

#[test]
fn a_caller_who_gave_up() {
    let page = explained("pbx-B-1795472488.14");
    assert!(page.contains("lost after 9.457 s, lost stage queue"));
    // The queue's own word is not enough: timeouts look the same.
    assert_eq!(rests_on(&page, "outcome abandoned"), "trunk is gone");
}

#[test]
fn every_statement_is_where_the_record_begins() {
    let page = explained("pbx-B-1795472508.23");
    let mut bytes = Vec::new();
    let file = std::fs::File::open(recordings().join("ami.raw.txt.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    let places: Vec<usize> =
        page.lines().filter_map(|line| line.rsplit_once("byte ")?.1.trim().parse().ok()).collect();
    assert!(places.len() > 15);
    for place in places {
        assert!(bytes[place..].starts_with(b"Event: "), "byte {place}");
    }
}

/// Parts of other calls are told as the calls they belong to.
#[test]
fn what_is_told_of_each_outcome_is_what_is_counted() {
    let mut told = std::collections::BTreeSet::new();
    for call in calls() {
        let text = |field: &str| call[field].as_str().unwrap_or_default().to_owned();
        if !told.insert((text("outcome"), text("reach"), text("direction"))) {
            continue;
        }
        let page = explained(&text("call_id"));
        let verdict = format!("outcome {}, reach {}", text("outcome"), text("reach"));
        assert!(page.contains(&verdict), "{verdict}: {page}");
        let (last, _) = page.rsplit_once(&format!("outcome {}", text("outcome"))).unwrap();
        assert!(last.contains('→'), "the outcome rests on no event: {page}");
    }
    assert!(told.len() > 6, "{told:?}");
}

#[test]
fn an_id_that_is_none_or_many() {
    let check = |call: &str, says: &str| {
        let output = svarstid(&["explain", call]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(says) && stderr.lines().count() == 1, "{stderr}");
    };
    check("nobody", "no call has the id nobody");
    check("4", "calls have ids that end in 4");
}
