//! What the collectors of several sites write: events, some of them twice, and a few bytes that are none.

use crate::broker::Topic;
use crate::broker::log::{self, Entry, Log};
use crate::rng::Rng;
use crate::world::World;
use call::event::GapReason;
use call::{Body, Event, EventId, SourceKind, Text};
use pipeline::processor::Setup;
use pipeline::processor::world::{World as Pbx, plan, random_steps};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use wire::Codec;

/// How far events may be out of order, as the processor's own constant says.
const DISORDER_US: i64 = processor::DISORDER_US;

/// A record and when it is written.
pub struct Written {
    at: u64,
    partition: i32,
    value: Vec<u8>,
}

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Partitions.
    pub partitions: i32,
    /// Sites.
    pub sites: u64,
    /// What happens at all sites together.
    pub steps: u64,
    /// How long it takes, virtual µs.
    pub takes: u64,
    /// Every site has a channel event log, too.
    pub logged: bool,
    /// Every site has a second collector; what it tells follows from this.
    pub paired: Option<u64>,
}

/// What the processors know of these sites.
#[must_use]
pub fn setup(size: Size) -> Setup {
    let mut plan = (*plan()).clone();
    if size.logged {
        plan.sources.extend([SourceKind::AsteriskAmi, SourceKind::AsteriskCel]);
    }
    let plan = Arc::new(plan);
    Setup {
        plans: (0..size.sites).map(|site| (name(site), plan.clone())).collect(),
        measures: kpi::Settings { cadence: kpi::Cadence { seconds: 6 }, thresholds_s: vec![20] },
        lateness: window::Lateness { allowed_us: 300_000_000 },
        disorder_us: DISORDER_US,
    }
}

fn name(site: u64) -> Text {
    format!("site-{site}").into()
}

/// Everything that will be written, by partition in this order.
///
/// # Errors
/// An event cannot be encoded.
pub fn records(rng: &mut Rng, size: Size, codec: &Codec) -> anyhow::Result<Vec<Written>> {
    let mut all = Vec::new();
    for site in 0..size.sites {
        let steps = usize::try_from(size.steps / size.sites)?;
        let mut events = renamed(Pbx::events(&random_steps(rng.any(), steps)), site, rng);
        if size.logged {
            events = logged(events, rng);
        }
        if let Some(seed) = size.paired {
            events = paired(events, &mut Rng::new(seed.wrapping_add(site)));
        }
        let partition = i32::try_from(site)? % size.partitions;
        let mut told = Vec::new();
        for event in &events {
            told.push(codec.encode_event(event)?);
            if rng.happens(150) {
                // the collector did not hear that it was written, and writes again from where it was sure
                let back = usize::try_from(rng.between(1, 12))?.min(told.len());
                let again = told[told.len() - back..].to_vec();
                told.extend(again);
            }
            if rng.happens(60) {
                told.push(b"GET / HTTP/1.1".to_vec());
            }
        }
        let mut times: Vec<u64> = told.iter().map(|_| rng.between(0, size.takes)).collect();
        times.sort_unstable();
        all.extend(times.into_iter().zip(told).map(|(at, value)| Written { at, partition, value }));
    }
    all.sort_by_key(|record| record.at);
    Ok(all)
}

/// As events of a site, whose collector began a new spool once.
fn renamed(mut events: Vec<Event>, site: u64, rng: &mut Rng) -> Vec<Event> {
    let new_spool = usize::try_from(rng.between(0, events.len() as u64)).unwrap_or(0);
    for (index, event) in events.iter_mut().enumerate() {
        event.origin.site = name(site);
        event.origin.stream += u64::from(index >= new_spool);
    }
    events
}

/// The same told by a log, some way behind; and of some of it the live connection does not hear.
fn logged(events: Vec<Event>, rng: &mut Rng) -> Vec<Event> {
    let mut index =
        |from: usize| usize::try_from(rng.between(from as u64, events.len() as u64)).unwrap_or(from);
    let behind = index(0).min(30);
    let away_from = index(0);
    let away = away_from..index(away_from);
    let (mut all, mut log) = (Vec::new(), VecDeque::new());
    let mut began_us = i64::MAX;
    for (index, event) in events.into_iter().enumerate() {
        let mut line = event.clone();
        let position = index as u64 + 1;
        (line.origin.kind, line.origin.stream, line.origin.position) =
            (SourceKind::AsteriskCel, 1_000, position);
        line.id = EventId(u128::from(position) << 64);
        if is_logged(&line.body) {
            log.push_back(line);
        }
        if !away.contains(&index) {
            all.push(event);
        } else if index + 1 == away.end {
            all.push(gap(event, began_us));
        } else if index == away.start {
            began_us = event.at_us;
        }
        if log.len() > behind {
            all.extend(log.pop_front());
        }
    }
    all.extend(log);
    all
}

/// The same told by a second collector, some way behind, that is away once.
fn paired(events: Vec<Event>, rng: &mut Rng) -> Vec<Event> {
    let mut index =
        |from: usize| usize::try_from(rng.between(from as u64, events.len() as u64)).unwrap_or(from);
    let behind = index(0).min(60);
    let away_from = index(0);
    let away = away_from..index(away_from);
    let (mut all, mut other) = (Vec::new(), VecDeque::new());
    let mut began_us = i64::MAX;
    for (index, event) in events.into_iter().enumerate() {
        let mut again = event.clone();
        (again.origin.stream, again.origin.position) = (2_000, index as u64 + 1);
        if index == away.start {
            began_us = again.at_us;
        }
        let is_heard_by_all = is_logged(&again.body) || again.body == Body::Heartbeat;
        if again.origin.kind != SourceKind::AsteriskAmi || !is_heard_by_all && index + 1 != away.end {
            // Log files have one stream, whoever reads them; gaps and looks are the first collector's own.
        } else if !away.contains(&index) {
            other.push_back(again);
        } else if index + 1 == away.end {
            other.push_back(gap(again, began_us));
        }
        all.push(event);
        if other.len() > behind {
            all.extend(other.pop_front());
        }
    }
    all.extend(other);
    all
}

/// A log tells of channels, not of looks at the PBX nor of connections.
fn is_logged(body: &Body) -> bool {
    !matches!(
        body,
        Body::Heartbeat
            | Body::Gap { .. }
            | Body::PbxStarted
            | Body::PbxStopped
            | Body::SnapshotStarted
            | Body::SnapshotEnded
            | Body::LegSeen { .. }
            | Body::QueueCallerSeen { .. }
    )
}

/// What the collector says when it hears again, in the place of the last event that it did not hear.
fn gap(mut event: Event, from_us: i64) -> Event {
    let to_us = event.at_us;
    (event.leg, event.linked) = (None, None);
    event.body = Body::Gap { from_us: from_us.min(to_us), to_us, reason: GapReason::ConnectionLost, lost: 0 };
    event
}

/// Has the records written in their time.
pub fn write(world: &mut World, records: Vec<Written>) {
    for Written { at, partition, value } in records {
        world.later(at, move |world| {
            let now = world.now;
            world.broker.log(Topic::Events, partition).append(now, (Vec::new(), Some(value)));
            world.news.insert(Topic::Events);
        });
    }
}

/// The values of a partition, as they were written.
#[must_use]
pub fn values(world: &World, partition: i32) -> BTreeMap<usize, Vec<u8>> {
    let entries = world.broker.read(Topic::Events, partition).map(Log::entries);
    let value = |(offset, entry): (usize, &Entry)| match &entry.body {
        log::Body::Data(_, Some(value)) => Some((offset, value.clone())),
        _ => None,
    };
    entries.unwrap_or_default().iter().enumerate().filter_map(value).collect()
}
