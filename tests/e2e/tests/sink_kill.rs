//! The sink killed with -9 again and again, and ClickHouse too: every record is in its table once.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use e2e::{Machine, recordings};
use fastrand::Rng;
use kafka::{Look, Settings};
use std::process::Command;
use std::time::Duration;

#[test]
fn killed_at_any_point_every_record_is_there_once() {
    // Small batches: many ranges to be killed in.
    let machine = Machine::with(
        "[sink]\nbatch_rows = 25\nbatch_every_ms = 20\ncall_events = true\n[retention]\nevents_days = 36500\n",
    );
    let processor = machine.spawn(&["process"]);
    let first = machine.spawn(&["sink"]);
    machine.wait_for("SELECT count() FROM calls", "0", Duration::from_secs(60));
    for table in ["calls", "kpi_windows", "kpi_corrections", "rejected", "call_events"] {
        // Without merges a row that was written twice stays twice.
        assert_eq!(machine.ask(&format!("SYSTEM STOP MERGES svarstid.{table}")), "");
    }
    let recording = recordings().join("ami.raw.txt.gz");
    let collector = machine.spawn(&["collect", "--replay", recording.to_str().unwrap(), "--speed", "60"]);
    let mut random = Rng::with_seed(20_260_101);
    drop(first);
    for round in 0..8 {
        let sink = machine.spawn(&["sink"]);
        std::thread::sleep(Duration::from_millis(300 + random.u64(..900)));
        if round == 4 {
            machine.kill("clickhouse");
        }
        drop(sink);
    }
    let sink = machine.spawn(&["sink"]);
    machine.wait_for("SELECT count() FROM calls_latest WHERE is_final", "171", Duration::from_secs(120));
    collector.wait();
    machine.wait_for("SELECT sum(offered) FROM kpi WHERE dimension = 'site'", "171", Duration::from_secs(60));
    let events = records(&machine).to_string();
    machine.wait_for(
        "SELECT uniqExact(kafka_partition, kafka_offset) FROM call_events",
        &events,
        Duration::from_secs(60),
    );
    processor.stop();
    sink.stop();
    for table in ["calls", "kpi_windows", "call_events"] {
        let twice = format!(
            "SELECT count() - uniqExact(kafka_topic_id, kafka_partition, kafka_offset) FROM {table} SETTINGS optimize_trivial_count_query = 0"
        );
        assert_eq!(machine.ask(&twice), "0", "{table}");
    }
    let analysed = Command::new(e2e::program("svarstid"))
        .arg("--config")
        .arg(recordings().join("svarstid.toml"))
        .args(["analyze", "--format", "jsonl"])
        .arg(&recording)
        .output()
        .unwrap();
    let site = String::from_utf8_lossy(&analysed.stdout).lines().next().unwrap().to_owned();
    let site: serde_json::Value = serde_json::from_str(&site).unwrap();
    let stored = machine.ask(
        "SELECT sum(offered), sum(answered), sum(calls_abandoned), sum(undiverted_calls) FROM kpi
         WHERE dimension = 'site' AND direction = 'external'",
    );
    let expect = format!(
        "{}\t{}\t{}\t{}",
        site["offered"], site["answered"], site["abandoned"], site["undiverted_calls"]
    );
    assert_eq!(stored, expect);
}

/// How many events the collector has written; marks that end transactions are not among them.
fn records(machine: &Machine) -> i64 {
    let look = Look::into(&Settings::new(machine.brokers(), "tests"), "call-events").unwrap();
    (0..4).map(|partition| look.span(partition).unwrap().end).sum()
}
