//! Exported call lists, from the command line: the calls that they are, and how they are said to be understood.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn lists() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/call-lists")
}

fn svarstid(config: &str, command: &[&str], list: &Path) -> Output {
    let mut svarstid = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    svarstid.arg("--config").arg(lists().join(config)).args(command).arg(list).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Each call in one line: id, direction, what was dialled, outcome and reach, who answered after how many seconds, stays
/// in queues.
fn calls(output: &Output) -> Vec<String> {
    let told = |line: &str| {
        let call: Value = serde_json::from_str(line).unwrap();
        let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let mut told = ["call_id", "direction", "dialled_kind", "outcome", "reach", "answered_by", "unit"]
            .map(|key| word(&call[key]))
            .join(" ");
        let seconds = |us: &Value| us.as_i64().map_or("?".to_owned(), |us| format!("{}", us as f64 / 1e6));
        told += &format!(" after {}", seconds(&call["answer_time_us"]));
        for pass in call["passes"].as_array().unwrap() {
            told += &format!(
                " [{} {} {}]",
                word(&pass["queue"]),
                word(&pass["result"]),
                seconds(&pass["wait_us"])
            );
        }
        assert_eq!((&call["is_partial"], &call["sources"][0]), (&Value::Bool(true), &"csv_import".into()));
        told.trim_start_matches("exempelby/").to_owned()
    };
    text(&output.stdout).lines().map(told).collect()
}

#[test]
fn a_swedish_list() {
    let output =
        svarstid("exempelby.toml", &["analyze", "--calls"], &lists().join("exempelby-2026-11-24.csv"));
    assert_eq!(
        calls(&output),
        [
            "T-1001 external main answered operator 1901 Växeln after 12 [Växeln answered 12]",
            "T-1002 external main abandoned lost - Växeln after ? [Växeln abandoned 41]",
            "T-1003 external direct answered sought_person 1011 Social after 9",
            "T-1004 external direct voicemail personal_voicemail - Social after ?",
            "T-1005 external group timed_out lost - Bygglov after ? [Bygglov timed_out 120]",
            "T-1006 outgoing other answered none trunk - after ?",
            "T-1007 internal direct answered sought_person 1014 Social after 5",
            "T-1008 external direct timed_out lost - Social after ?",
            "T-1009 external group answered same_function 1031 Bygglov after 20 [Bygglov answered 20]",
        ]
    );
    let rejected = text(&output.stderr);
    assert!(
        rejected.contains("line 12, column `Resultat`: `Vidarekopplat` is not in [import.results]"),
        "{rejected}"
    );
    assert!(rejected.contains("line 13, column `Resultat`: `` is not in"), "{rejected}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_contact_centre_s_list_in_whatever_order_its_rows_are() {
    let expect = [
        "c1 external main answered operator 1901 Växeln after 20.5 [Växeln answered 20.5]",
        "c2 external group abandoned lost - Social after ? [Social abandoned 25]",
        "c3 external group answered operator 1902 Social after 52 [Social timed_out 40] [Växeln answered 12]",
        "c4 outgoing other answered none trunk - after 10",
        "c5 external direct voicemail personal_voicemail - Social after ?",
    ];
    let list = std::fs::read_to_string(lists().join("contact-centre.csv")).unwrap();
    let mut lines: Vec<&str> = list.lines().collect();
    lines[1..].reverse();
    let mut newest_first = tempfile::NamedTempFile::new().unwrap();
    newest_first.write_all(lines.join("\n").as_bytes()).unwrap();
    for path in [&lists().join("contact-centre.csv"), newest_first.path()] {
        let output = svarstid("contact-centre.toml", &["analyze", "--calls"], path);
        assert_eq!((calls(&output), output.status.code()), (expect.map(str::to_owned).to_vec(), Some(0)));
    }
}

#[test]
fn exports_that_overlap_count_a_row_once() {
    let list = std::fs::read_to_string(lists().join("contact-centre.csv")).unwrap();
    // The next day's export begins with the same rows.
    let later =
        list.clone() + "9-1,c9,2026-11-25T08:00:00Z,,2026-11-25T08:00:09Z,anonymous,1012,,,abandoned\n";
    let (mut first, mut second) =
        (tempfile::NamedTempFile::new().unwrap(), tempfile::NamedTempFile::new().unwrap());
    first.write_all(later.as_bytes()).unwrap();
    second.write_all(later.as_bytes()).unwrap();
    let first = first.path().to_str().unwrap();
    let both = svarstid("contact-centre.toml", &["analyze", "--calls", first], second.path());
    assert_eq!((calls(&both).len(), both.status.code()), (6, Some(0)), "{}", text(&both.stderr));
}

fn check(config: &str, list: &Path, code: i32, says: &[&str]) {
    let output = svarstid(config, &["import", "check"], list);
    let told = text(&output.stdout);
    for line in says {
        assert!(
            told.lines().any(|told| told == *line),
            "no line {line:?} in\n{told}{}",
            text(&output.stderr)
        );
    }
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(!told.contains("070174"), "numbers are hidden: {told}");
}

#[test]
fn how_a_list_is_understood() {
    check(
        "exempelby.toml",
        &lists().join("exempelby-2026-11-24.csv"),
        65,
        &[
            "written   columns apart by `;`, windows-1252, a header, times %Y-%m-%d %H:%M:%S in Europe/Stockholm",
            "column    wait = `Kötid` (h:mm:ss)",
            "unused    `Anteckning`",
            "rows      9 read, 2 rejected",
            "rejected  1 × column `Resultat`: `Vidarekopplat` is not in [import.results] (first on line 12)",
            "span      2026-11-24T07:01:10.000000Z to 2026-11-24T07:30:00.000000Z",
            "result    `Tappat` = cancel: 1 row",
            "calls     7 external: 3 answered, 1 voicemail, 1 abandoned, 2 timed_out",
            "hint      55 % of rows have no queue",
            "hint      1 row answered, without the time: figures of answers leave them out",
        ],
    );
    check("contact-centre.toml", &lists().join("contact-centre.csv"), 0, &["rows      6 read, 0 rejected"]);
}

#[test]
fn what_does_not_fit_is_said_with_what_would() {
    let list = |text: &[u8]| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        file
    };
    let english = std::fs::read(lists().join("contact-centre.csv")).unwrap();
    let semicolons = list(text(&english).replace(',', ";").as_bytes());
    check(
        "contact-centre.toml",
        semicolons.path(),
        65,
        &[
            "rejected  1 × the header has no column `Row` (import.columns.call_id) (first on line 1)",
            "hint      the header fits with delimiter = \";\"",
        ],
    );
    let western: Vec<u8> = text(&english).chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    check(
        "contact-centre.toml",
        list(&western).path(),
        65,
        &["hint      lists made on Windows are often encoding = \"windows-1252\""],
    );
    check(
        "contact-centre.toml",
        list(b"\xff\xfeR\0o\0w\0").path(),
        65,
        &["hint      it is UTF-16: export it as \"CSV UTF-8\""],
    );
    let header = list(english.split(|byte| *byte == b'\n').next().unwrap());
    let output = svarstid("contact-centre.toml", &["analyze"], header.path());
    assert!(text(&output.stderr).contains("it holds no record that can be read"), "{}", text(&output.stderr));
    let output = svarstid("contact-centre.toml", &["analyze"], semicolons.path());
    assert!(text(&output.stderr).contains("svarstid import check FILE"), "{}", text(&output.stderr));
    let unconfigured = svarstid("../asterisk22/svarstid.toml", &["import", "check"], semicolons.path());
    assert!(text(&unconfigured.stderr).contains("no section [import]"), "{}", text(&unconfigured.stderr));
}
