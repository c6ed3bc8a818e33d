//! Exported call lists through the whole pipeline: the same calls as `svarstid analyze` finds in them, each once, however often
//! they are imported, alone and at a site with a source that listens.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use e2e::{Machine, program, recordings};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

const MAPPING: &str = r#"
[import.columns]
call_id = "Row"
linked_id = "Call"
arrived = "Start"
answered = "Answered"
ended = "End"
caller = "From"
dialled = "To"
queue = "Queue"
answered_by = "Agent"
result = "Result"

[import.results]
answered = "answer"
abandoned = "cancel"
overflow = "no_answer"
"#;

const HEADER: &str = "Row,Call,Start,Answered,End,From,To,Queue,Agent,Result";

/// Of October, not in the order of their time; the third is none.
const OCTOBER: &[&str] = &[
    "4-1,oct4,2026-10-21T15:00:00Z,,2026-10-21T15:00:20Z,0701740614,0846500401,,,abandoned",
    "3-2,oct3,2026-10-20T07:10:40Z,2026-10-20T07:10:52Z,2026-10-20T07:12:00Z,0701740612,0846500421,vaxel,9002,answered",
    "5-1,oct5,yesterday,,,0701740615,0846500400,,,answered",
    "3-1,oct3,2026-10-20T07:10:00Z,,2026-10-20T07:10:40Z,0701740612,0846500421,grupp-socialforvaltningen,,overflow",
    "2-1,oct2,2026-10-20T07:03:00Z,,2026-10-20T07:03:25Z,0701740611,0846500400,vaxel,,abandoned",
    "1-1,oct1,2026-10-20T07:01:10.25Z,2026-10-20T07:01:30Z,2026-10-20T07:03:00Z,0701740610,0846500400,vaxel,9001,answered",
];
const NEXT_DAY: &str = "6-1,oct6,2026-10-22T09:00:00Z,2026-10-22T09:00:07Z,2026-10-22T09:01:00Z,0701740616,0846500402,,2102,answered";
const SEPTEMBER: &[&str] = &[
    "8-1,sep2,2026-09-08T10:00:00Z,,2026-09-08T10:00:30Z,0701740618,0846500400,vaxel,,abandoned",
    "7-1,sep1,2026-09-01T10:00:00Z,2026-09-01T10:00:09Z,2026-09-01T10:01:00Z,0701740617,0846500400,vaxel,9003,answered",
    // While the live source listened: it has told whatever came then.
    "9-1,nov1,2026-11-23T22:50:00Z,,2026-11-23T22:50:30Z,0701740619,0846500400,vaxel,,abandoned",
];

const CALLS: &str = "SELECT call_id, concat(replaceOne(toString(arrived_at), ' ', 'T'), 'Z'), direction, dialled_kind, outcome, reach, \
     ifNull(answered_by, ''), ifNull(toString(answer_time_us), ''), arrayStringConcat(passes.queue, '+'), arrayStringConcat(passes.result, '+'), is_partial \
     FROM calls_latest WHERE has(sources, 'csv_import') ORDER BY arrived_at";
const OFFERED: &str = "SELECT sum(offered) FROM kpi WHERE dimension = 'site'";

fn list(machine: &Machine, name: &str, rows: &[&str]) -> PathBuf {
    let path = machine.folder().join(name);
    std::fs::write(&path, [&[HEADER], rows].concat().join("\n")).unwrap();
    path
}

/// What it said on the way out.
fn import(machine: &Machine, list: &Path) -> String {
    let output = machine.answer(&["import", list.to_str().unwrap()], &[]);
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}{errors}");
    told.into_owned()
}

/// The calls of a list as `analyze` tells them, in the columns of [`CALLS`].
fn analysed(machine: &Machine, list: &Path) -> Vec<String> {
    let mut svarstid = Command::new(program("svarstid"));
    svarstid.arg("--config").arg(machine.config()).args(["analyze", "--calls"]).arg(list);
    let output = svarstid.output().unwrap();
    let line = |line: &str| {
        let call: Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| call[key].as_str().unwrap_or_default().to_owned();
        let of_passes = |key: &str| {
            let words = call["passes"].as_array().unwrap().iter().map(|pass| pass[key].as_str().unwrap());
            words.collect::<Vec<_>>().join("+")
        };
        let words = ["call_id", "arrived_at", "direction", "dialled_kind", "outcome", "reach", "answered_by"]
            .map(word);
        let after = call["answer_time_us"].as_i64().map(|us| us.to_string()).unwrap_or_default();
        let rest = [after, of_passes("queue"), of_passes("result"), call["is_partial"].to_string()];
        [&words[..], &rest[..]].concat().join("\t")
    };
    String::from_utf8(output.stdout).unwrap().lines().map(line).collect()
}

fn holds(told: &str, line: &str) {
    assert!(told.lines().any(|told| told.trim_end() == line), "no line {line:?} in\n{told}");
}

#[test]
fn imported_calls_are_those_of_analyze_each_once() {
    let machine = Machine::with(MAPPING);
    let (processor, sink) = (machine.spawn(&["process"]), machine.spawn(&["sink"]));
    let october = list(&machine, "october.csv", OCTOBER);
    let calls = analysed(&machine, &october);
    assert_eq!(calls.len(), 4);
    let told = import(&machine, &october);
    holds(&told, "rows      6 read: 5 told now, 0 known from before, 0 twice in the list, 1 rejected");
    holds(
        &told,
        "told      5 rows of 4 calls from 2026-10-20T07:01:10.250000Z to 2026-10-21T15:00:00.000000Z",
    );
    holds(&told, "delivered Kafka has all of it; 6 records were sent now");
    machine.wait_for(CALLS, &calls.join("\n"), PATIENCE);
    machine.wait_for(OFFERED, "4", PATIENCE);
    let bytes = [HEADER, OCTOBER[0], OCTOBER[1]].map(|line| line.len() + 1).iter().sum::<usize>();
    let rejected = "SELECT source_position, kind, reason, substring(detail, 1, 23) FROM rejected";
    let expect = format!("{}:{bytes}\tcsv_import\tinvalid_field\tline 4, column `Start`:", october.display());
    machine.wait_for(rejected, &expect, PATIENCE);

    // Again; and again from a machine that does not know it: every event comes twice, and the processor knows it.
    holds(
        &import(&machine, &october),
        "rows      6 read: 0 told now, 5 known from before, 0 twice in the list, 1 rejected",
    );
    std::fs::remove_dir_all(machine.folder().join("spool/import")).unwrap();
    holds(
        &import(&machine, &october),
        "rows      6 read: 5 told now, 0 known from before, 0 twice in the list, 1 rejected",
    );
    // An export that overlaps. When its call is there, so is whatever came before.
    let both = [OCTOBER, &[NEXT_DAY]].concat();
    let longer = list(&machine, "longer.csv", &both);
    holds(
        &import(&machine, &longer),
        "rows      7 read: 1 told now, 5 known from before, 0 twice in the list, 1 rejected",
    );
    let more = analysed(&machine, &longer);
    assert_eq!(more[..4], calls);
    machine.wait_for(CALLS, &more.join("\n"), PATIENCE);
    machine.wait_for(OFFERED, "5", PATIENCE);

    // A live source begins in November; then comes a list of September.
    let recording = recordings().join("ami.raw.txt.gz");
    machine.run(&["collect", "--replay", recording.to_str().unwrap()]);
    machine.wait_for(OFFERED, "176", PATIENCE);
    let september = list(&machine, "september.csv", SEPTEMBER);
    let mut all = analysed(&machine, &september);
    assert!(all.pop().is_some_and(|call| call.contains("/nov1")));
    import(&machine, &september);
    all.extend(more);
    machine.wait_for(CALLS, &all.join("\n"), PATIENCE);
    machine.wait_for(OFFERED, "178", PATIENCE);
    for call in ["falkenberg/sep1", "falkenberg/oct3"] {
        let explained = machine.answer(&["explain", call], &[]);
        holds(&String::from_utf8_lossy(&explained.stdout), "The events give what the table says.");
    }
    let audit = machine.answer(&["audit"], &[]);
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    processor.stop();
    sink.stop();
}
