//! The PBX's files alone, through the whole pipeline: the same calls as `svarstid analyze` finds in the best of them, each
//! once, whatever is killed on the way.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use e2e::{Machine, program, recordings};
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

fn unpack(name: &str, folder: &Path) -> PathBuf {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(recordings().join(format!("{name}.gz"))).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Of each call: id, outcome, reach.
fn analysed(files: &[&Path]) -> Vec<String> {
    let mut svarstid = Command::new(program("svarstid"));
    svarstid.arg("--config").arg(recordings().join("svarstid.toml")).args(["analyze", "--calls"]).args(files);
    let output = svarstid.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line = |line: &str| {
        let call: Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| call[key].as_str().unwrap_or_default().to_owned();
        format!("{}\t{}\t{}", word("call_id"), word("outcome"), word("reach"))
    };
    let mut lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn the_files_alone_tell_the_same_calls_as_analyze() {
    let folder = tempfile::tempdir().unwrap();
    let [cel, queue_log, cdr] = ["cel.csv", "queue_log", "cdr.csv"].map(|name| unpack(name, folder.path()));
    let section = |kind: &str, path: &Path| {
        format!(
            "[[collector.files]]\nkind = \"{kind}\"\npath = \"{}\"\nfrom = \"beginning\"\n",
            path.display()
        )
    };
    let machine = Machine::with(
        &[section("cel", &cel), section("queue_log", &queue_log), section("cdr", &cdr)].concat(),
    );
    let (processor, sink) = (machine.spawn(&["process"]), machine.spawn(&["sink"]));
    let collector = machine.spawn(&["collect"]);
    let whole = analysed(&[&cel]);
    assert_eq!(whole.len(), 171);
    machine.wait_for("SELECT count() FROM calls_latest", "171", PATIENCE);
    collector.kill();
    processor.kill();
    let (processor, collector) = (machine.spawn(&["process"]), machine.spawn(&["collect"]));
    let calls = "SELECT call_id, outcome, reach FROM calls_latest ORDER BY call_id";
    machine.wait_for(calls, &whole.join("\n"), PATIENCE);
    let conserved = "SELECT sum(offered) FROM kpi WHERE dimension = 'site'";
    machine.wait_for(conserved, "171", PATIENCE);
    collector.stop();
    processor.stop();
    sink.stop();
}
