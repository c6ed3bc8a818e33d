//! The collector, from a file of the manager interface into Kafka, every event on disk first; and sizes on disk.

use crate::Size;
use crate::line::{Line, Lines};
use crate::recording;
use crate::town::used;
use anyhow::{Context, ensure};
use e2e::{Machine, Service};
use kafka::{Look, Settings, Topics};
use std::path::Path;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Its throughput and processor time, of all that a PBX can tell and of what it is asked for.
///
/// # Errors
/// Kafka does not answer, or not the same events came of both.
pub fn measure(size: Size, lines: &mut Lines) -> anyhow::Result<()> {
    let machine = Machine::start();
    let copies = size.of(80, 2);
    let whole = of_file(&machine, size, &recording::many(machine.folder(), copies)?, "collector", lines)?;
    let filtered = recording::many_filtered(machine.folder(), copies)?;
    let asked_for = of_file(&machine, size, &filtered, "collector_filtered", lines)?;
    ensure!(whole == asked_for, "{whole} events of the whole recording, {asked_for} of the filtered one");
    Ok(())
}

/// Tells the lines of one recording, and how many events it gives.
fn of_file(machine: &Machine, size: Size, file: &Path, name: &str, lines: &mut Lines) -> anyhow::Result<i64> {
    let bytes = std::fs::metadata(file)?.len() as f64;
    let (mut throughput, mut read, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    let mut ends = vec![events(&look(machine)?, machine)?];
    for _ in 0..size.rounds() {
        let before = ends.last().copied().unwrap_or(0);
        let mut service = machine.spawn(&["collect", "--replay", path(file)?]);
        let (samples, cpu_s) = watch(machine, &mut service, before)?;
        service.wait();
        let end = events(&look(machine)?, machine)?;
        let events = (end - before) as f64;
        throughput.push(match size {
            Size::Full => steady(&samples, before)?,
            // So few events come within one look: their time is that of the start, too, and nobody reads it.
            Size::Smoke => from_start(&samples)?,
        });
        read.push(throughput.last().copied().unwrap_or(0.0) * bytes / events / 1e6);
        cpu.push(cpu_s * 1e6 / events);
        ends.push(end);
    }
    let told: Vec<i64> = ends.windows(2).map(|ends| ends[1] - ends[0]).collect();
    ensure!(told.windows(2).all(|two| two[0] == two[1]), "the same file gave {told:?} events");
    lines.tell(Line::median(format!("{name}_events_per_s"), throughput, "events/s"))?;
    lines.tell(Line::median(format!("{name}_mb_per_s"), read, "MB/s"))?;
    lines.tell(Line::median(format!("{name}_cpu_us_per_event"), cpu, "µs"))?;
    told.first().copied().context("no round was run")
}

/// A path as an argument.
fn path(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{} is no text", path.display()))
}

/// How many events Kafka had when, until the collector ended; and the processor time that it had used when it was seen last.
fn watch(
    machine: &Machine,
    service: &mut Service,
    before: i64,
) -> anyhow::Result<(Vec<(Instant, i64)>, f64)> {
    let look = look(machine)?;
    let (mut samples, mut cpu_s) = (vec![(Instant::now(), before)], 0.0);
    loop {
        let is_running = service.is_running();
        let now = events(&look, machine)?;
        if samples.last().is_some_and(|(_, last)| *last != now) {
            samples.push((Instant::now(), now));
        }
        if !is_running {
            return Ok((samples, cpu_s));
        }
        cpu_s = used(service).map_or(cpu_s, |used| used.cpu_s);
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Events a second between the first look that showed some and the first that showed all.
fn steady(samples: &[(Instant, i64)], before: i64) -> anyhow::Result<f64> {
    let first = samples.iter().find(|(_, events)| *events > before).context("no event came")?;
    let last = samples.last().context("nothing was seen")?;
    ensure!(last.1 > first.1, "all events came within one look: the file is too small");
    Ok((last.1 - first.1) as f64 / last.0.duration_since(first.0).as_secs_f64())
}

/// Events a second from the start of the collector to the look that showed all.
fn from_start(samples: &[(Instant, i64)]) -> anyhow::Result<f64> {
    let (first, last) = samples.first().zip(samples.last()).context("nothing was seen")?;
    ensure!(last.1 > first.1, "no event came");
    Ok((last.1 - first.1) as f64 / last.0.duration_since(first.0).as_secs_f64())
}

fn look(machine: &Machine) -> anyhow::Result<Look> {
    let settings = Settings::new(machine.brokers(), "svarstid-bench");
    Ok(Look::into(&settings, &Topics::new("", 1).call_events())?)
}

/// How many the topic holds; none before it is made.
fn events(look: &Look, machine: &Machine) -> anyhow::Result<i64> {
    let config = config::load(&machine.config())?;
    let partition = kafka::partition_of(config.site.id.as_bytes(), config.kafka.partitions);
    Ok(look.span(partition).map_or(0, |span| span.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starting_and_ending_do_not_count() {
        let began = Instant::now();
        let at = |seconds, events| (began + Duration::from_secs(seconds), events);
        let samples = [at(0, 10), at(5, 110), at(6, 400), at(7, 510)];
        assert_eq!(steady(&samples, 10).unwrap().to_bits(), 200.0_f64.to_bits());
        assert!(steady(&samples[..2], 10).is_err());
        assert!(steady(&[], 10).is_err());
        assert_eq!(from_start(&samples[..2]).unwrap().to_bits(), 20.0_f64.to_bits());
        assert!(from_start(&samples[..1]).is_err());
    }
}
