//! The sink beside ClickHouse's own format: the same rows into tables of the same kind.
//!
//! There is no client program beside the embedded engine, so the other side is `INSERT … FORMAT Native` over HTTP with a file that
//! was made before: blocks of columns as the engine itself wrote them, nothing to be parsed, no Kafka, one request for each table.

use super::pipeline::{SITES, generations};
use crate::Size;
use crate::line::{Line, Lines};
use crate::town::{Town, used};
use anyhow::ensure;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const TABLES: [&str; 2] = ["calls", "kpi_windows"];
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Nothing more came for so long: it is done.
const QUIET: Duration = Duration::from_secs(4);
const WITHIN: Duration = Duration::from_secs(600);

/// The ratio, where the processor of each generation has filled its topics.
///
/// # Errors
/// A service does not come to its end.
pub fn measure(town: &Town, size: Size, lines: &mut Lines) -> anyhow::Result<()> {
    let (mut sinks, mut natives, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut cpu, mut batches) = (Vec::new(), Vec::new());
    for generation in generations(size) {
        let sink = sink(town, generation)?;
        let native = native(town, generation)?;
        sinks.push(sink.rows_per_s);
        natives.push(native);
        ratios.push(sink.rows_per_s / native);
        cpu.push(sink.cpu_us_per_row);
        batches.push(sink.rows_per_batch);
    }
    lines.tell(Line::median("sink_rows_per_s", sinks, "rows/s"))?;
    lines.tell(Line::median("sink_rows_per_batch", batches, "rows"))?;
    lines.tell(Line::median("sink_cpu_us_per_row", cpu, "µs"))?;
    lines.tell(Line::median("native_rows_per_s", natives, "rows/s"))?;
    lines.tell(Line::median("sink_native_ratio", ratios, "times"))
}

/// The name of a generation's database.
fn database(generation: u32) -> String {
    if generation == 1 { "svarstid".into() } else { format!("svarstid_g{generation}") }
}

/// What the sink did.
struct Sink {
    /// From the beginning of the first insert to the last row.
    rows_per_s: f64,
    /// On the average.
    rows_per_batch: f64,
    /// Processor time of the sink, its start included.
    cpu_us_per_row: f64,
}

fn sink(town: &Town, generation: u32) -> anyhow::Result<Sink> {
    let mut service = town.spawn("sink", generation);
    let began = Instant::now();
    // What it tells of the sites, this table last, are rows, too.
    let told = format!("SELECT count() FROM {}.config_sites", database(generation));
    while town.number(&told).unwrap_or(0) < SITES as u64 {
        ensure!(began.elapsed() < WITHIN, "the sink did not tell of its sites within {WITHIN:?}");
        ensure!(service.is_running(), ended(town));
        std::thread::sleep(LOOK_EVERY);
    }
    let (rows_before, inserts_before) = (counted(town, ROWS), counted(town, INSERTS));
    // Until the last look at which no insert had begun; until the last rows came.
    let (mut first, mut last) = (Instant::now(), (Instant::now(), 0));
    while last.1 == 0 || last.0.elapsed() < QUIET {
        ensure!(began.elapsed() < WITHIN, "the sink did not come to its end within {WITHIN:?}");
        ensure!(service.is_running(), ended(town));
        let look = Instant::now();
        if counted(town, INSERTS) == inserts_before {
            first = look;
        }
        let rows = counted(town, ROWS).saturating_sub(rows_before);
        if rows > last.1 {
            last = (Instant::now(), rows);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    let used = used(&service)?;
    let batches = counted(town, INSERTS) - inserts_before;
    service.stop();
    Ok(Sink {
        rows_per_s: last.1 as f64 / last.0.duration_since(first).as_secs_f64(),
        rows_per_batch: last.1 as f64 / batches as f64,
        cpu_us_per_row: used.cpu_s * 1e6 / last.1 as f64,
    })
}

/// Why a sink is no more there.
fn ended(town: &Town) -> String {
    let log = town.machine.log("sink");
    format!("the sink ended while it was measured: {}", log.lines().last().unwrap_or("it said nothing"))
}

/// What the engine counts: rows that it took, and inserts that began.
const ROWS: &str = "InsertedRows";
const INSERTS: &str = "InsertQuery";

/// Since it began, of any table.
fn counted(town: &Town, event: &str) -> u64 {
    town.number(&format!("SELECT sum(value) FROM system.events WHERE event = '{event}'")).unwrap_or(0)
}

/// Rows a second of the same rows in the engine's own format, both tables at once.
fn native(town: &Town, generation: u32) -> anyhow::Result<f64> {
    let database = database(generation);
    let mut files = Vec::new();
    let mut rows = 0;
    for table in TABLES {
        rows += town.number(&format!("SELECT count() FROM {database}.{table}"))?;
        let file = town.machine.folder().join(format!("{table}.native"));
        save(town, &format!("SELECT * FROM {database}.{table} FORMAT Native"), &file)?;
        let made = town.machine.ask(&format!("CREATE TABLE {database}.native_{table} AS {database}.{table}"));
        ensure!(made.is_empty(), "{made}");
        files.push((format!("INSERT INTO {database}.native_{table} FORMAT Native"), file));
    }
    let began = Instant::now();
    std::thread::scope(|scope| {
        let inserting: Vec<_> =
            files.iter().map(|(sql, file)| scope.spawn(|| insert(town, sql, file))).collect();
        inserting
            .into_iter()
            .try_for_each(|one| one.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?)
    })?;
    let took = began.elapsed();
    check_and_drop(town, &database)?;
    Ok(rows as f64 / took.as_secs_f64())
}

/// The same rows are there.
fn check_and_drop(town: &Town, database: &str) -> anyhow::Result<()> {
    for table in TABLES {
        let of = |name: &str| town.number(&format!("SELECT count() FROM {database}.{name} FINAL"));
        let (ours, native) = (of(table)?, of(&format!("native_{table}"))?);
        ensure!(ours == native, "{table}: {ours} rows by the sink and {native} in the native format");
        let dropped = town.machine.ask(&format!("DROP TABLE {database}.native_{table} SYNC"));
        ensure!(dropped.is_empty(), "{dropped}");
    }
    Ok(())
}

fn agent(town: &Town) -> (ureq::Agent, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    (agent, format!("http://{}/", town.machine.clickhouse()))
}

/// An answer into a file.
fn save(town: &Town, sql: &str, file: &PathBuf) -> anyhow::Result<()> {
    let (agent, url) = agent(town);
    let request =
        agent.post(url).header("X-ClickHouse-User", "svarstid").header("X-ClickHouse-Key", "svarstid");
    let mut answer = request.send(sql)?;
    ensure!(answer.status().is_success(), "{}", answer.body_mut().read_to_string()?);
    std::io::copy(&mut answer.body_mut().as_reader(), &mut std::fs::File::create(file)?)?;
    Ok(())
}

fn insert(town: &Town, sql: &str, file: &Path) -> anyhow::Result<()> {
    let (agent, url) = agent(town);
    let request = agent.post(url).query("query", sql);
    let request = request.header("X-ClickHouse-User", "svarstid").header("X-ClickHouse-Key", "svarstid");
    let mut answer = request.send(std::fs::File::open(file)?)?;
    ensure!(answer.status().is_success(), "{}", answer.body_mut().read_to_string()?);
    Ok(())
}
