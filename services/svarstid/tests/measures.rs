//! `analyze` with every measure, on the recording, and on callers who call again.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

fn recording(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22").join(file)
}

fn analyze(arguments: &[&str], file: &Path) -> String {
    let mut svarstid = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    svarstid.arg("--config").arg(recording("svarstid.toml")).arg("analyze").args(arguments).arg(file);
    let out = svarstid.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn json(arguments: &[&str], file: &Path) -> Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&analyze(&arguments, file)).unwrap()
}

fn line<'a>(document: &'a Value, name: &str, direction: &str) -> &'a Value {
    let by = document["by"].as_str().unwrap();
    let mut lines = document["lines"].as_array().unwrap().iter();
    lines.find(|line| line[by] == name && line["direction"] == direction).unwrap()
}

#[test]
fn what_the_recording_s_phones_saw() {
    let document = json(&["--full"], &recording("ami.raw.txt.gz"));
    let site = line(&document, "whole site", "external");
    let check = |key: &str, expect: i64| assert_eq!(site[key], expect, "{key}");
    check("answered", 116);
    check("presented", 150);
    check("direct_calls", 78);
    check("undiverted_calls", 31);
    check("lost", 25);
    check("lost_stage_queue", 18);
    check("lost_stage_ringing", 7);
    check("cause_not_diverted", 38);
    check("not_diverted_after_transfer", 7);
    check("answered_within_3_signals_before_the_next", 43);
    check("answered_within_3_signals_during_the_last", 41);
    check("answered_within_3_signals_five_seconds_each", 42);
    check("final_reach_sought_person", 22);
    assert_eq!(site["undiverted_calls_share"], 31.0 / 78.0);
    assert_eq!(site["direct_number_share"], 96.0 / 150.0);
    // Luleå: 90 % in 15 s, at most 10 % lost.
    let target = &document["targets"][0];
    assert_eq!(
        (&target["clock"], &target["is_kept"], &target["presented"]),
        (&"arrival".into(), &false.into(), &150.into())
    );
    assert_eq!(site["sl_of_offered_15s_arrival"], target["sl_of_offered"]);
    let losses = site["losses"].as_array().unwrap();
    assert_eq!(losses.iter().map(|loss| loss["calls"].as_i64().unwrap()).sum::<i64>(), 25);
}

#[test]
fn every_cut_has_the_same_sums() {
    let file = recording("ami.raw.txt.gz");
    let sum = |by: &str, key: &str| {
        let lines = json(&["--by", by], &file)["lines"].as_array().unwrap().clone();
        lines.iter().map(|line| line[key].as_i64().unwrap()).sum::<i64>()
    };
    for by in ["unit", "number", "hour"] {
        let got =
            ["presented", "answered", "lost", "undiverted_calls", "operator_passes"].map(|key| sum(by, key));
        assert_eq!(got, [171, 126, 35, 34, 128], "{by}");
    }
    assert_eq!(["presented_passes", "operator_passes"].map(|key| sum("queue", key)), [148, 128]);
}

#[test]
fn numbers_of_few_calls_are_told_together() {
    let file = recording("ami.raw.txt.gz");
    let names = |arguments: &[&str]| {
        let document = json(arguments, &file);
        let lines = document["lines"].as_array().unwrap().clone();
        lines
            .into_iter()
            .map(|line| (line["number"].as_str().unwrap().to_owned(), line["presented"].as_i64().unwrap()))
            .collect::<Vec<_>>()
    };
    let few = names(&["--by", "number", "--measure", "loss"]);
    assert!(few.iter().all(|(name, calls)| *calls >= 5 || name.contains("below 5 calls")), "{few:?}");
    let all = names(&["--by", "number", "--measure", "loss", "--at-least", "1"]);
    assert!(all.len() > few.len() && all.iter().any(|(_, calls)| *calls < 5), "{all:?}");
}

#[test]
fn tables_fit_a_terminal() {
    let file = recording("ami.raw.txt.gz");
    let cuts: [(&[&str], usize); 5] = [
        (&["--full"], 100),
        (&["--by", "unit"], 100),
        (&["--by", "hour"], 100),
        (&["--by", "number"], 100),
        (&["--open-list"], 100),
    ];
    for (arguments, most) in cuts {
        let page = analyze(arguments, &file);
        let wide: Vec<&str> = page.lines().filter(|line| line.chars().count() > most).collect();
        assert!(wide.is_empty(), "{arguments:?}: {wide:#?}");
        assert!(page.lines().count() > 20, "{page}");
    }
    let page = analyze(&["--full"], &file);
    for question in [
        "Answer time",
        "three readings",
        "Targets",
        "Lost calls",
        "Reach",
        "Undiverted",
        "Why the operator",
        "Repeat",
    ] {
        assert!(page.contains(question), "{question}");
    }
    let csv = analyze(&["--by", "unit", "--format", "csv"], &file);
    let cells = csv.lines().map(|line| line.split(',').count()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!((cells.len(), csv.lines().count()), (1, 9), "{csv}");
}

/// One caller is lost twice and answered in the third try; one is lost and comes back the next day; one is lost only.
fn redials() -> tempfile::NamedTempFile {
    let mut log = tempfile::NamedTempFile::new().unwrap();
    let mut call = |at: i64, caller: &str, answered: bool| {
        writeln!(log, "{at}|{at}.1|vaxel|NONE|ENTERQUEUE||{caller}|1").unwrap();
        if answered {
            writeln!(log, "{}|{at}.1|vaxel|Anna Vaxel|CONNECT|9|{at}.2|9", at + 9).unwrap();
            writeln!(log, "{}|{at}.1|vaxel|Anna Vaxel|COMPLETECALLER|9|30|1", at + 39).unwrap();
        } else {
            writeln!(log, "{}|{at}.1|vaxel|NONE|ABANDON|1|1|20", at + 20).unwrap();
        }
    };
    let begin = 1_795_000_000;
    call(begin, "0701740605", false);
    call(begin + 60, "0701740606", false);
    call(begin + 120, "0701740605", false);
    call(begin + 300, "0701740607", false);
    call(begin + 400, "0701740605", true);
    call(begin + 90_000, "0701740606", false);
    log
}

#[test]
fn callers_who_call_again() {
    let log = redials();
    let repeat = json(&["--measure", "repeat"], log.path())["repeat"].clone();
    let check = |key: &str, expect: i64| assert_eq!(repeat[key], expect, "{key}: {repeat}");
    check("known_callers_calls", 6);
    check("episodes", 4);
    check("repeat_calls", 2);
    check("repeats_after_lost", 2);
    check("known_callers_lost", 5);
    check("recovered", 2);
    let open = json(&["--open-list"], log.path());
    let open = open["open_callers"].as_array().unwrap();
    let told: Vec<_> = open.iter().map(|caller| caller["lost_calls"].as_i64().unwrap()).collect();
    assert_eq!(told, [2, 1], "who was lost last comes first: {open:?}");
    let page = analyze(&["--open-list"], log.path());
    assert!(page.contains("\n2 callers") && !page.contains("07017"), "{page}");
}
