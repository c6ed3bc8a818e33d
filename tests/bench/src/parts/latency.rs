//! How long after an event its figures can be read: by a reader of committed records in Kafka, and in ClickHouse.
//!
//! Each event is in one transaction of the processor, whose manifest says which events it covers and how many window records it
//! wrote. An event counts as committed when the last of those records came to a reader, and as visible when ClickHouse showed that
//! record or a later one of its partition. It began when Kafka's client took it (its record's time, whole milliseconds). Events of
//! transactions without a window record are left out.

use crate::fill::Fill;
use crate::line::{Line, Lines, percentile};
use crate::moments::{Moments, Seen, latencies};
use crate::seen::{Reader, read_all};
use crate::town::Town;
use crate::{Size, story};
use anyhow::ensure;
use pipeline::{Clock, SystemClock};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const PARTITIONS: i32 = 4;
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// ClickHouse is asked so often what it shows. Each look reads two columns of both tables on the cores that are measured, and may tell
/// of a record so much too late, never too soon.
const ASK_EVERY: Duration = Duration::from_millis(100);
const WITHIN: Duration = Duration::from_secs(300);
/// ClickHouse shows what the reader has, and nothing more comes for so long, seconds: it is over.
const AFTER_S: [u64; 2] = [5, 2];
/// A span lasts so long, seconds.
const LASTS_S: [u64; 2] = [85, 8];
/// At its beginning, which does not count: phones log in, a group forms, caches are cold.
const WARM_UP_S: [u64; 2] = [25, 2];
/// Events a second, of the idle system and of the busy one.
const RATES: [(usize, usize); 2] = [(10, 5_000), (50, 500)];
/// Of one site: a municipality in its busiest hour makes five.
const EVENTS_OF_ONE: [usize; 2] = [5, 50];

fn of<T>(size: Size, [full, smoke]: [T; 2]) -> T {
    size.of(full, smoke)
}

/// An idle system, then a busy one.
///
/// # Errors
/// A service does not run, or nothing was seen.
pub fn measure(size: Size, lines: &mut Lines) -> anyhow::Result<()> {
    let (idle, busy) = of(size, RATES);
    let sites = (idle + busy) / of(size, EVENTS_OF_ONE);
    let town = Town::start(sites, PARTITIONS)?;
    let (processor, sink) = (town.spawn("process", 1), town.spawn("sink", 1));
    // The last that the sink does before it reads.
    let told = sites.to_string();
    town.machine.wait_for("SELECT count() FROM config_sites", &told, WITHIN);
    let reader = Reader::of(&town, &town.topics(1).kpi_windows())?;
    let (done, newest) = (AtomicBool::new(false), [Newest::default(), Newest::default()]);
    let (sent, records, shown) = std::thread::scope(|scope| {
        let records = scope.spawn(|| records(reader, &newest[0], &done));
        let shown = scope.spawn(|| shown(&town, &newest[1], &done));
        let sent = send(&town, sites, size);
        if sent.is_ok() {
            settle(&newest, Duration::from_secs(of(size, AFTER_S)), || {
                records.is_finished() || shown.is_finished()
            });
        }
        done.store(true, Relaxed);
        let panicked = |_| anyhow::anyhow!("a thread panicked");
        let (records, shown) = (records.join().map_err(panicked)?, shown.join().map_err(panicked)?);
        anyhow::Ok((sent?, records?, shown?))
    })?;
    processor.stop();
    sink.stop();
    for (span, middle) in [(&sent.0, "_idle"), (&sent.1, "")] {
        let (kpi, visible) = latencies(&read(&town, span, &records, &shown)?);
        ensure!(
            !kpi.is_empty() && kpi.len() == visible.len(),
            "{} of {} were visible",
            visible.len(),
            kpi.len()
        );
        for (what, all) in [("kpi", kpi), ("visible", visible)] {
            for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
                lines.tell(Line::once(
                    format!("{what}_latency{middle}_{name}_ms"),
                    percentile(&all, share),
                    "ms",
                ))?;
            }
        }
    }
    Ok(())
}

/// Of each partition the newest record that was seen.
type Newest = Mutex<BTreeMap<i32, i64>>;

fn now(newest: &Newest) -> BTreeMap<i32, i64> {
    newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Waits until both have seen the same, and nothing more for so long; or one of them has ended, which it tells itself.
fn settle([records, shown]: &[Newest; 2], quiet: Duration, has_ended: impl Fn() -> bool) {
    let (began, mut before, mut since) = (Instant::now(), now(records), Instant::now());
    while since.elapsed() < quiet && began.elapsed() < WITHIN && !has_ended() {
        std::thread::sleep(LOOK_EVERY);
        let seen = now(records);
        if seen.is_empty() || seen != before || seen != now(shown) {
            (before, since) = (seen, Instant::now());
        }
    }
}

/// When the events of a span were written that count, µs UTC.
type Span = std::ops::Range<i64>;

/// First few a second, then many: of other sites, so that each has its story.
fn send(town: &Town, sites: usize, size: Size) -> anyhow::Result<(Span, Span)> {
    let mut fill = Fill::new(town, sites)?;
    let rates = of(size, RATES);
    let of_idle = rates.0 / of(size, EVENTS_OF_ONE);
    let idle = paced(&mut fill, story::at_sites(story::busy()?, of_idle), rates.0, size)?;
    let first = story::site_name(of_idle);
    let others = story::at_sites(story::busy()?, sites).filter(|event| event.origin.site >= first);
    let busy = paced(&mut fill, others, rates.1, size)?;
    fill.finish()?;
    Ok((idle, busy))
}

/// Hands events over at a steady pace, each told as of now.
fn paced(
    fill: &mut Fill,
    events: impl Iterator<Item = call::Event>,
    a_second: usize,
    size: Size,
) -> anyhow::Result<Span> {
    let (began, began_us) = (Instant::now(), SystemClock.now_us());
    let count = a_second * usize::try_from(of(size, LASTS_S))?;
    for (number, mut event) in events.take(count).enumerate() {
        let due = Duration::from_secs_f64(number as f64 / a_second as f64);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let now_us = SystemClock.now_us();
        (event.at_us, event.received_us) = (now_us, now_us);
        fill.send(&event)?;
    }
    let warm_us = 1_000_000 * i64::try_from(of(size, WARM_UP_S))?;
    Ok(began_us + warm_us..SystemClock.now_us() + 1)
}

/// Window records as they come.
fn records(mut reader: Reader, newest: &Newest, done: &AtomicBool) -> anyhow::Result<Vec<Seen>> {
    let mut seen = Vec::new();
    while !done.load(Relaxed) {
        if let Some((delivery, _)) = reader.next(Duration::from_millis(100))? {
            let (partition, offset) = (delivery.partition, delivery.offset);
            seen.push(Seen { partition, offset, at_us: SystemClock.now_us() });
            newest.lock().unwrap_or_else(PoisonError::into_inner).insert(partition, offset);
        }
    }
    Ok(seen)
}

/// The newest record of each partition that ClickHouse shows, whenever one is news.
fn shown(town: &Town, newest: &Newest, done: &AtomicBool) -> anyhow::Result<Vec<Seen>> {
    let sql = "SELECT kafka_partition, max(kafka_offset) FROM (SELECT kafka_partition, kafka_offset FROM kpi_windows UNION ALL \
               SELECT kafka_partition, kafka_offset FROM kpi_corrections) GROUP BY 1";
    let mut seen: Vec<Seen> = Vec::new();
    while !done.load(Relaxed) {
        let answer = town.machine.ask(sql);
        let at_us = SystemClock.now_us();
        for line in answer.lines() {
            let told = line.split_once('\t').and_then(|(p, o)| Some((p.parse().ok()?, o.parse().ok()?)));
            let Some((partition, offset)) = told else { anyhow::bail!("ClickHouse: {answer}") };
            let before = newest.lock().unwrap_or_else(PoisonError::into_inner).insert(partition, offset);
            if before != Some(offset) {
                seen.push(Seen { partition, offset, at_us });
            }
        }
        std::thread::sleep(ASK_EVERY);
    }
    Ok(seen)
}

/// What the topics tell afterwards, of events that were written within the span.
fn read(town: &Town, span: &Span, records: &[Seen], shown: &[Seen]) -> anyhow::Result<Vec<Moments>> {
    let topics = town.topics(1);
    let codec = wire::Codec::built_in()?;
    let mut all = Vec::new();
    for partition in 0..town.partitions {
        let (mut written, mut manifests, mut fault) = (Vec::new(), Vec::new(), None);
        read_all(town, &topics.call_events(), partition, |seen| {
            if span.contains(&seen.written_us) {
                written.push((seen.offset, seen.written_us));
            }
        })?;
        read_all(town, &topics.manifests(), partition, |seen| {
            match codec.decode_manifest(seen.value.unwrap_or_default()) {
                Ok(manifest) => manifests.push(manifest),
                Err(error) => fault = Some(error),
            }
        })?;
        if let Some(error) = fault {
            return Err(error.into());
        }
        let of = |seen: &[Seen]| seen.iter().filter(|seen| seen.partition == partition).copied().collect();
        all.push(Moments { written, manifests, records: of(records), shown: of(shown) });
    }
    Ok(all)
}
