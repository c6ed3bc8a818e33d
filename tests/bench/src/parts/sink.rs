//! The sink beside ClickHouse's own format: the same rows into tables of the same kind.
//!
//! There is no client program beside the embedded engine, so the other side is `INSERT … FORMAT Native` over HTTP with a file that
//! was made before: blocks of columns as the engine itself wrote them, nothing to be parsed, no Kafka, one request for each table.

use super::pipeline::generations;
use crate::Size;
use crate::line::{Line, Lines};
use crate::town::Town;
use anyhow::{Context, ensure};
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
    for generation in generations(size) {
        let sink = sink(town, generation)?;
        let native = native(town, generation)?;
        sinks.push(sink);
        natives.push(native);
        ratios.push(sink / native);
    }
    lines.tell(Line::median("sink_rows_per_s", sinks, "rows/s"))?;
    lines.tell(Line::median("native_rows_per_s", natives, "rows/s"))?;
    lines.tell(Line::median("sink_native_ratio", ratios, "times"))
}

/// The name of a generation's database.
fn database(generation: u32) -> String {
    if generation == 1 { "svarstid".into() } else { format!("svarstid_g{generation}") }
}

/// Rows a second between the first that the engine took and the last.
fn sink(town: &Town, generation: u32) -> anyhow::Result<f64> {
    let before = rows_taken(town);
    let service = town.spawn("sink", generation);
    let began = Instant::now();
    let (mut first, mut last) = (None, (Instant::now(), 0));
    while first.is_none() || last.0.elapsed() < QUIET {
        ensure!(began.elapsed() < WITHIN, "the sink did not come to its end within {WITHIN:?}");
        let rows = rows_taken(town).saturating_sub(before);
        if rows > last.1 {
            last = (Instant::now(), rows);
            first.get_or_insert(last);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    service.stop();
    let first = first.context("no row came")?;
    ensure!(last.1 > first.1, "all rows came within one look: there are too few");
    Ok((last.1 - first.1) as f64 / last.0.duration_since(first.0).as_secs_f64())
}

/// Rows that the engine took since it began, into any table.
fn rows_taken(town: &Town) -> u64 {
    town.number("SELECT sum(value) FROM system.events WHERE event = 'InsertedRows'").unwrap_or(0)
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
