//! The processor, exactly once, from a topic that is full, with the broker on the same cores.

use crate::fill::Fill;
use crate::line::{Line, Lines};
use crate::seen::{Reader, steady};
use crate::town::{Town, Used, used};
use crate::{Size, story};
use std::time::Duration;

/// How many municipalities there are.
pub const SITES: usize = 100;
const PARTITIONS: i32 = 8;
const WITHIN: Duration = Duration::from_secs(600);

/// Its throughput, processor time and memory. Each round is a generation of its own, so that each begins with nothing. The town is
/// left with the topics of all generations full.
///
/// # Errors
/// A service does not come to its end.
pub fn measure(size: Size, lines: &mut Lines) -> anyhow::Result<Town> {
    let town = Town::start(SITES, PARTITIONS)?;
    let events = fill(&town, SITES, size.of(6_000_000, 100_000))?;
    let (mut throughput, mut cpu, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for generation in generations(size) {
        let (steady, used) = process(&town, generation, events)?;
        throughput.push(steady);
        cpu.push(used.cpu_s * 1e6 / events as f64);
        memory.push(used.peak_bytes / 1e6);
    }
    lines.tell(Line::median("pipeline_events_per_s", throughput, "events/s"))?;
    lines.tell(Line::median("pipeline_cpu_us_per_event", cpu, "µs"))?;
    lines.tell(Line::median("pipeline_peak_memory_mb", memory, "MB"))?;
    Ok(town)
}

/// Of the rounds, from 1.
pub fn generations(size: Size) -> impl Iterator<Item = u32> {
    (1..).take(size.rounds())
}

/// So many events into the topic of a town.
///
/// # Errors
/// Kafka does not take them.
pub fn fill(town: &Town, sites: usize, events: usize) -> anyhow::Result<u64> {
    let mut fill = Fill::new(town, sites)?;
    story::at_sites(story::busy()?, sites).take(events).try_for_each(|event| fill.send(&event))?;
    fill.finish()
}

/// Lets the processor of a generation do everything: events a second from its first commit on, and what it used, its start included.
///
/// # Errors
/// It does not come to its end.
pub fn process(town: &Town, generation: u32, events: u64) -> anyhow::Result<(f64, Used)> {
    town.make_topics(generation)?;
    let mut reader = Reader::of(town, &town.topics(generation).manifests())?;
    let processor = town.spawn("process", generation);
    let seen = reader.transactions(events, WITHIN)?;
    let used = used(&processor)?;
    processor.stop();
    Ok((steady(&seen)?, used))
}
