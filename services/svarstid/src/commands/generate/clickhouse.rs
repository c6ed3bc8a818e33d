//! Straight into the tables: three threads, each with its part of the work of a whole pipeline.
//!
//! ```text
//! the world ─► events ─► the processor's core ─► calls, panes ─► the sink's rows ─► ClickHouse
//! ```
#![expect(clippy::print_stderr, reason = "a command that talks to a person")]

use super::made::{Certain, Made};
use super::rows::Rows;
use crate::commands::store;
use anyhow::{Context, bail};
use call::Event;
use config::Config;
use generate::Generator;
use indicatif::{ProgressBar, ProgressStyle};
use pipeline::{Block, Tables};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::Instant;
use store::{Store, Waiting};

/// Events handed over, and between two looks at what is certain: some hours.
const EVENTS: usize = 20_000;
/// Rows written together.
const ROWS: usize = 200_000;
/// Of the tokens that ClickHouse knows blocks by.
const EPOCH: u32 = 0;

/// What was written.
#[derive(Default)]
struct Written {
    calls: u64,
    windows: u64,
}

pub fn fill(config: &Config, generator: Generator, seed: u64) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let store = store(config);
    runtime.block_on(prepare(&store, config))?;
    let tables = Waiting::new(store, runtime.handle().clone());
    let made = Made::new(processor::setup(config)?);
    let rows = Rows::new(seed, config.kpi_settings().cadence);
    let bar = bar();
    let (events_out, events_in) = sync_channel(4);
    let (spent_out, spent_in) = channel();
    let (made_out, made_in) = sync_channel(4);
    let (events, written) = std::thread::scope(|scope| {
        let world = scope.spawn(move || tell(generator, &events_out, &spent_in));
        let making = scope.spawn(move || make(made, &events_in, &spent_out, &made_out));
        let written = write(&tables, rows, &made_in, &bar);
        // A thread that stops lets go of its channel, and the ones before it stop, too.
        drop(made_in);
        let made = making.join();
        let events = world.join();
        let panicked = || anyhow::anyhow!("a thread ended with a panic");
        let written = written?;
        made.map_err(|_| panicked())??;
        anyhow::Ok((events.map_err(|_| panicked())?, written))
    })?;
    bar.finish_and_clear();
    let seconds = began.elapsed().as_secs_f64();
    let Written { calls, windows } = written;
    let per_second = |count: u64| count as f64 / seconds;
    eprintln!(
        "{calls} calls and {windows} minutes of figures from {events} events in {seconds:.0} s: {:.0} events/s, {:.0} calls/s",
        per_second(events),
        per_second(calls)
    );
    Ok(ExitCode::SUCCESS)
}

/// Makes the tables, and refuses to mix figures.
async fn prepare(store: &Store, config: &Config) -> anyhow::Result<()> {
    let site = &*config.site.id;
    store.apply(store::schema::FILES).await.context("the tables could not be made")?;
    store.check_deduplication().await?;
    sink::told::tell(store, config, &sink::told::sites(config)?).await?;
    let sql = "SELECT count() FROM (SELECT 1 FROM calls WHERE site = ? LIMIT 1)";
    let found = store.fetch_with(sql, &[site], "TabSeparated").await?;
    if found.trim_ascii() != b"0" {
        bail!(
            "ClickHouse already holds calls of site `{site}`: generated ones would mix with them. Name another database in \
             [clickhouse], or another site.id, or empty the tables (TRUNCATE TABLE calls; TRUNCATE TABLE kpi_windows; \
             TRUNCATE TABLE kpi_corrections)"
        );
    }
    Ok(())
}

/// Memory goes back to the thread that it came from, which has the time: a tenth of what the processor's thread does.
fn tell(mut generator: Generator, out: &SyncSender<Vec<Event>>, spent: &Receiver<Vec<Event>>) -> u64 {
    let mut count = 0;
    loop {
        spent.try_iter().for_each(drop);
        let events: Vec<Event> = generator.by_ref().take(EVENTS).collect();
        count += events.len() as u64;
        // Nobody takes them any more: somebody has an error to tell.
        if events.is_empty() || out.send(events).is_err() {
            return count;
        }
    }
}

fn make(
    mut made: Made,
    events: &Receiver<Vec<Event>>,
    spent: &Sender<Vec<Event>>,
    out: &SyncSender<(i64, Certain)>,
) -> anyhow::Result<()> {
    let mut at_us = 0;
    for events in events {
        at_us = events.last().map_or(at_us, |event| event.at_us);
        let certain = made.apply(&events)?;
        // Nobody takes them back at the end.
        let _ = spent.send(events);
        if out.send((at_us, certain)).is_err() {
            return Ok(());
        }
    }
    // The writer has an error of its own, if it is gone.
    let _ = out.send((at_us, made.finish()));
    Ok(())
}

fn write(
    tables: &Waiting,
    mut rows: Rows,
    made: &Receiver<(i64, Certain)>,
    bar: &ProgressBar,
) -> anyhow::Result<Written> {
    let mut written = Written::default();
    for (at_us, certain) in made {
        written.calls += certain.calls.len() as u64;
        written.windows += certain.windows.len() as u64;
        bar.set_position(written.calls);
        bar.set_message(crate::time::rfc3339(at_us).chars().take(10).collect::<String>());
        rows.add(certain);
        if rows.len() >= ROWS {
            insert(tables, &rows.cut()?)?;
        }
    }
    if rows.len() > 0 {
        insert(tables, &rows.cut()?)?;
    }
    Ok(written)
}

fn insert(tables: &Waiting, blocks: &[Block]) -> anyhow::Result<()> {
    for block in blocks {
        let written = tables.insert(block, &block.token(EPOCH));
        written.with_context(|| format!("{} rows could not be written to `{}`", block.rows, block.table))?;
    }
    Ok(())
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("  {msg}  {pos:>9} calls  {per_sec}  {elapsed_precise}") {
        bar.set_style(style);
    }
    bar
}
