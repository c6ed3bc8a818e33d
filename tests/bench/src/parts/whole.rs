//! The recording of a real PBX through everything, and what it takes on disk: from the first byte of the file to the last call in
//! ClickHouse, the start of the collector included.

use crate::Size;
use crate::line::{Line, Lines};
use crate::recording;
use anyhow::{Context, ensure};
use e2e::{Machine, program};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const CALLS_OF_ONE: u64 = 171;
const WITHIN: Duration = Duration::from_secs(600);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Once: it is for sizes, and for a figure that has everything in it.
///
/// # Errors
/// A service does not come to its end.
pub fn measure(size: Size, lines: &mut Lines) -> anyhow::Result<()> {
    let copies = size.of(40, 2);
    let machine = Machine::start();
    let file = recording::many(machine.folder(), copies)?;
    let file = file.to_str().context("the folder's name is no text")?;
    let spooled = spooled(&machine, file)? as f64;
    let (processor, sink) = (machine.spawn(&["process"]), machine.spawn(&["sink"]));
    machine.wait_for("SELECT count() FROM calls_latest", "0", WITHIN);
    let calls = (copies * CALLS_OF_ONE).to_string();
    let began = Instant::now();
    machine.spawn(&["collect", "--replay", file]).wait();
    while machine.ask("SELECT count() FROM calls_latest WHERE is_final") != calls
        || machine.ask("SELECT sum(offered) FROM kpi WHERE dimension = 'site'") != calls
    {
        ensure!(began.elapsed() < WITHIN, "{calls} calls were not there within {WITHIN:?}");
        std::thread::sleep(LOOK_EVERY);
    }
    let took = began.elapsed().as_secs_f64();
    processor.stop();
    sink.stop();
    let events = events(&machine)?;
    let in_kafka = bytes_under(&machine.folder().join("stack/kafka"), "call-events-") as f64;
    lines.tell(Line::once("recording_to_clickhouse_events_per_s", events / took, "events/s"))?;
    lines.tell(Line::once("spool_bytes_per_event", spooled / events, "bytes"))?;
    lines.tell(Line::once("kafka_bytes_per_event", in_kafka / events, "bytes"))?;
    for (table, what, of) in [("calls", "call", "calls_latest"), ("kpi_windows", "minute", "kpi")] {
        let merged = machine.ask(&format!("OPTIMIZE TABLE {table} FINAL"));
        ensure!(merged.is_empty(), "{merged}");
        let sql = format!(
            "SELECT (SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = '{table}') / (SELECT count() FROM {of})"
        );
        let bytes = machine.ask(&sql).parse().context("ClickHouse tells no size")?;
        lines.tell(Line::once(format!("clickhouse_bytes_per_{what}"), bytes, "bytes"))?;
    }
    Ok(())
}

/// How many the topic holds.
fn events(machine: &Machine) -> anyhow::Result<f64> {
    let config = config::load(&machine.config())?;
    let settings = kafka::Settings::new(machine.brokers(), "svarstid-bench");
    let look = kafka::Look::into(&settings, &kafka::Topics::new("", 1).call_events())?;
    let partition = kafka::partition_of(config.site.id.as_bytes(), config.kafka.partitions);
    Ok(look.span(partition)?.end as f64)
}

/// How many bytes wait on disk when Kafka is away.
fn spooled(machine: &Machine, recording: &str) -> anyhow::Result<u64> {
    let spool = machine.folder().join("nowhere");
    let text = std::fs::read_to_string(machine.config())?;
    let text = text.replace(&machine.brokers(), "127.0.0.1:1").replace("\"spool\"", "\"nowhere\"");
    let config = machine.folder().join("nowhere.toml");
    std::fs::write(&config, text)?;
    let mut command = Command::new(program("svarstid"));
    command.arg("--config").arg(config).args(["collect", "--replay", recording]);
    let mut child = command.stderr(Stdio::null()).spawn()?;
    let (mut before, mut bytes) = (1, 0);
    while bytes != before || bytes == 0 {
        std::thread::sleep(Duration::from_secs(2));
        (before, bytes) = (bytes, bytes_under(&spool, ""));
    }
    child.kill()?;
    child.wait()?;
    Ok(bytes)
}

/// Lengths of all files below a folder whose path holds these words.
fn bytes_under(folder: &Path, words: &str) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |path: &Path| match path {
        folder if folder.is_dir() => bytes_under(folder, words),
        // Kafka makes its indexes as large as they may become.
        file if file.to_string_lossy().contains(words)
            && file.extension().is_none_or(|kind| !kind.to_string_lossy().contains("index")) =>
        {
            std::fs::metadata(file).map_or(0, |file| file.len())
        }
        _ => 0,
    };
    entries.map(|entry| bytes(&entry.path())).sum()
}
