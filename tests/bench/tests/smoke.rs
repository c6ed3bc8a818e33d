//! Every part runs in its small size, and tells the lines whose names others know.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use bench::line::{Line, read};
use std::path::Path;
use std::process::Command;

/// Runs `bench` and gives the lines of its file.
fn bench(folder: &Path, arguments: &[&str]) -> Vec<Line> {
    let json = folder.join("bench.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    let output = command.arg("--json").arg(&json).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let lines = read(&json).unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed: Vec<&str> = printed.lines().filter(|line| line.starts_with("bench ")).collect();
    let kept: Vec<String> = lines.iter().map(Line::text).collect();
    assert!(printed.iter().all(|line| kept.iter().any(|kept| kept == line)), "{printed:?} {kept:?}");
    lines
}

fn check(lines: &[Line], names: &[&str]) {
    for name in names {
        let line = lines.iter().find(|line| line.name == *name);
        assert!(line.is_some_and(|line| line.value.is_finite() && line.value > 0.0), "{name}: {line:?}");
    }
}

#[test]
fn the_core_and_its_growth_are_measured_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let lines = bench(folder.path(), &["measure", "--size", "smoke", "core", "growth-core"]);
    check(
        &lines,
        &[
            "core_events_per_s_per_core",
            "core_allocations_per_event",
            "memory_per_open_call_bytes",
            "memory_per_open_window_bytes",
            "growth_core_sites_100",
            "growth_core_queues_1000",
            "growth_core_open_calls_1000",
            "growth_core_open_windows_1000",
        ],
    );
    let pictures = folder.path().join("pictures");
    bench(folder.path(), &["draw", pictures.to_str().unwrap()]);
    for row in ["sites", "queues", "open-calls", "open-windows"] {
        let svg = std::fs::read_to_string(pictures.join(format!("growth-core-{row}.svg"))).unwrap();
        assert_eq!(svg.matches("<circle").count(), 2, "{svg}");
    }
}

#[test]
fn the_processor_and_the_sink_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let lines = bench(folder.path(), &["measure", "--size", "smoke", "pipeline"]);
    check(&lines, &["pipeline_events_per_s", "sink_native_ratio"]);
}

#[test]
fn the_collector_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let lines = bench(folder.path(), &["measure", "--size", "smoke", "collector"]);
    check(
        &lines,
        &["collector_events_per_s", "collector_filtered_events_per_s", "collector_filtered_cpu_us_per_event"],
    );
}

#[test]
fn a_recovery_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    check(&bench(folder.path(), &["measure", "--size", "smoke", "recovery"]), &["recovery_s"]);
}

#[test]
fn times_until_figures_are_there_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let lines = bench(folder.path(), &["measure", "--size", "smoke", "latency"]);
    let names = ["kpi_latency", "visible_latency", "kpi_latency_idle", "visible_latency_idle"];
    check(&lines, &names.map(|name| format!("{name}_p99_ms")).each_ref().map(|name| &**name));
}
