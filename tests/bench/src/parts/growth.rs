//! How the throughput changes with what there is of everything: the core against sites, queues, open calls and open windows; the
//! pipeline against partitions; memory of one open call and of one open window.

use super::pipeline::{SITES, fill, generations, process};
use crate::core::Core;
use crate::line::{Line, Lines};
use crate::open::{self, Open};
use crate::town::Town;
use crate::{Size, story};
use anyhow::ensure;
use call::Event;

/// Where stories begin, µs UTC: a Monday morning.
const BEGINS_US: i64 = 1_772_438_400_000_000;
const MINUTE_US: i64 = 60_000_000;
/// A story behind open calls is told so many times as fast, so that they are not ended for their age, nor minutes closed.
const FASTER: i64 = 50;

/// One point of a row.
struct Point {
    row: &'static str,
    against: usize,
    core: Core,
}

/// The core and its memory.
///
/// # Errors
/// An event was not used.
pub fn measure_core(size: Size, lines: &mut Lines) -> anyhow::Result<()> {
    memory(size, lines)?;
    let points = points(size)?;
    let mut rounds: Vec<Vec<f64>> = points.iter().map(|_| Vec::new()).collect();
    // One after the other, and that again: what disturbs a while disturbs all.
    for _ in 0..size.rounds() {
        for (point, rounds) in points.iter().zip(&mut rounds) {
            let through = point.core.through()?;
            rounds.push(point.core.events() as f64 / through.took.as_secs_f64());
        }
    }
    for (point, rounds) in points.iter().zip(rounds) {
        let name = format!("growth_core_{}_{}", point.row, point.against);
        lines.tell(Line::median(name, rounds, "events/s").against(point.against as f64))?;
    }
    Ok(())
}

fn points(size: Size) -> anyhow::Result<Vec<Point>> {
    let events = size.of(200_000, 4_000);
    let mut points = Vec::new();
    for sites in size.of(&[1, 10, 100, 1_000, 10_000][..], &[1, 100]) {
        let core = Core::new(story::setup(*sites)?, story::at_sites(story::busy()?, *sites).take(events))?;
        points.push(Point { row: "sites", against: *sites, core });
    }
    for queues in size.of(&[10, 100, 1_000, 10_000, 100_000][..], &[10, 1_000]) {
        let story = story::busy()?.map(|event| open::in_queues(event, *queues)).take(events);
        points.push(Point { row: "queues", against: *queues, core: Core::new(story::setup(0)?, story)? });
    }
    for calls in size.of(&[1_000, 10_000, 100_000, 1_000_000][..], &[100, 1_000]) {
        let core = behind(|open| open_calls(open, *calls), events)?;
        points.push(Point { row: "open_calls", against: *calls, core });
    }
    for windows in size.of(&[100, 1_000, 10_000, 100_000][..], &[100, 1_000]) {
        let core = behind(|open| open_windows(open, *windows), events)?;
        points.push(Point { row: "open_windows", against: *windows, core });
    }
    Ok(points)
}

/// A story at a site where something is open.
fn behind(first: impl Fn(&mut Open) -> Vec<Event>, events: usize) -> anyhow::Result<Core> {
    let mut open = Open::new(BEGINS_US);
    let before = first(&mut open);
    let story: Vec<Event> = open.goes_on(story::at_sites(story::busy()?, 1), FASTER).take(events).collect();
    Core::behind(story::setup(1)?, before.into_iter(), story.into_iter())
}

fn open_calls(open: &mut Open, calls: usize) -> Vec<Event> {
    let site = open::site();
    (0..calls).flat_map(|_| open.call(&site)).collect()
}

/// Each in a queue of its own, of calls that are over; the site's own are among them.
fn open_windows(open: &mut Open, windows: usize) -> Vec<Event> {
    let site = open::site();
    let mut events: Vec<Event> =
        (0..windows).flat_map(|number| open.lost_in(&site, &format!("queue-{number:06}").into())).collect();
    events.push(open.beat(&site, MINUTE_US));
    events.push(open.beat(&site, MINUTE_US));
    events
}

/// What one more open call and one more open window take.
fn memory(size: Size, lines: &mut Lines) -> anyhow::Result<()> {
    let many = size.of(100_000, 1_000);
    let core = Core::new(story::setup(1)?, open_calls(&mut Open::new(BEGINS_US), many).into_iter())?;
    let calls = core.kept()?;
    ensure!(calls.open_calls == many, "{} calls of {many} are open", calls.open_calls);
    lines.tell(Line::once("memory_per_open_call_bytes", calls.bytes / many as f64, "bytes"))?;
    let core = Core::new(story::setup(1)?, open_windows(&mut Open::new(BEGINS_US), many).into_iter())?;
    let windows = core.kept()?;
    ensure!(windows.open_calls == 0, "{} calls are not over", windows.open_calls);
    ensure!(windows.open_panes >= many, "{} windows of {many} are open", windows.open_panes);
    lines.tell(Line::once("memory_per_open_window_bytes", windows.bytes / windows.open_panes as f64, "bytes"))
}

/// The pipeline with one topic after the other, each of more partitions, in one Kafka.
///
/// # Errors
/// A service does not come to its end.
pub fn measure_partitions(size: Size, lines: &mut Lines) -> anyhow::Result<()> {
    let counts = size.of(&[1, 2, 4, 8, 16][..], &[2]);
    let machine = Town::start(SITES, 1)?;
    let towns: Vec<_> = counts.iter().map(|count| machine.beside(*count)).collect::<Result<_, _>>()?;
    let mut events = 0;
    for town in &towns {
        events = fill(town, SITES, size.of(500_000, 100_000))?;
    }
    let mut rounds: Vec<Vec<f64>> = counts.iter().map(|_| Vec::new()).collect();
    for generation in generations(size) {
        for (town, rounds) in towns.iter().zip(&mut rounds) {
            rounds.push(process(town, generation, events)?.0);
        }
    }
    for (count, rounds) in counts.iter().zip(rounds) {
        let name = format!("growth_pipeline_partitions_{count}");
        lines.tell(Line::median(name, rounds, "events/s").against((*count).into()))?;
    }
    Ok(())
}
