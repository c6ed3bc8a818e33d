//! A database with the calls of some days, and what they count for.

use super::calls::{SITE, call, position};
use super::machine::{self, value};
use call::{Call, Direction, Party, Pseudonym};
use e2e::Machine;
use fastrand::Rng;
use jiff::Timestamp;
use kpi::{Cadence, Dimension, Pane, PaneKey, Settings, WindowRecord, WindowRecordKind};
use sink::blocks::Blocks;
use std::collections::BTreeMap;
use store::{Source, Store};
use wire::rows::{CallRow, WindowRows};

pub const CADENCE: Cadence = Cadence { seconds: 6 };
const CALLS: u64 = 1500;
pub const DAY_US: i64 = 24 * 3_600_000_000;

/// Twelve days of few callers, known by one key, by the next, or by both.
fn calls() -> Vec<Call> {
    let mut random = Rng::with_seed(11);
    (0..CALLS).map(|n| spread(call(n, 1, &mut random), &mut random)).collect()
}

fn spread(mut call: Call, random: &mut Rng) -> Call {
    // A third within minutes, a third within a day: callers come again soon, later, and much later.
    let span_us = [1, DAY_US, 12 * DAY_US][random.usize(..3)];
    let moved = random.i64(0..span_us) - span_us / 2;
    let move_by = |us: &mut Option<i64>| *us = us.map(|us| us + moved);
    call.arrived_us += moved;
    [&mut call.queued_us, &mut call.alerted_us, &mut call.answered_us, &mut call.ended_us]
        .into_iter()
        .for_each(move_by);
    call.passes.iter_mut().for_each(|pass| pass.joined_us += moved);
    call.alerted_us = call.alerted_us.filter(|_| random.bool());
    call.queued_us = call.queued_us.filter(|_| random.bool());
    let party = |random: &mut Rng| match (random.u64(..8), random.u128(1..40)) {
        (0, _) => Party::Unknown,
        (1 | 2, value) => Party::Outside(vec![Pseudonym { epoch: 1, value }]),
        (3, value) => Party::Outside(vec![Pseudonym { epoch: 2, value }]),
        (_, value) => Party::Outside([2, 1].map(|epoch| Pseudonym { epoch, value }).into()),
    };
    match call.direction {
        Direction::External => call.caller = party(random),
        Direction::Outgoing => call.dialled = party(random),
        Direction::Internal => {}
    }
    if call.direction != Direction::Outgoing {
        call.dialled = Party::Own(format!("21{:02}", random.u64(..4)).into());
    }
    call.asked_for = (random.u64(..3) == 0).then(|| format!("31{:02}", random.u64(..30)).into());
    call
}

/// A database with the calls and the panes of their last versions.
pub struct Filled {
    pub store: Store,
    pub calls: Vec<Call>,
}

/// Fills a database of that name.
pub async fn fill(machine: &Machine, database: &str) -> Filled {
    let store = machine::store(machine, database).await;
    let calls = fill_store(&store).await;
    Filled { store, calls }
}

/// Fills a database that has its tables; gives the calls.
pub async fn fill_store(store: &Store) -> Vec<Call> {
    let calls = calls();
    put_calls(store, "calls", &calls).await;
    let mut panes = panes_of(&calls);
    panes.extend(clock_changes());
    put_panes(store, "windows", panes).await;
    calls
}

/// Writes calls; each time as if from a topic of this name.
pub async fn put_calls(store: &Store, topic: &str, calls: &[Call]) {
    let mut blocks = Blocks::new(source(topic, calls.len()));
    for (offset, call) in (0..).zip(calls) {
        blocks.add(&CallRow::new(call.clone(), position(offset), CADENCE).unwrap());
    }
    for block in blocks.finish() {
        store.insert(&block, &block.token(1)).await.unwrap();
    }
}

/// What calls count for.
pub fn panes_of(calls: &[Call]) -> BTreeMap<PaneKey, Pane> {
    let settings = Settings { cadence: CADENCE, thresholds_s: Vec::new() };
    let mut panes: BTreeMap<PaneKey, Pane> = BTreeMap::new();
    for (key, pane) in calls.iter().flat_map(|call| kpi::contributions(call, &settings)) {
        panes.entry(key).or_default().combine(&pane, 1);
    }
    panes
}

/// Closed panes of the first revision; each time as if from a topic of this name.
pub async fn put_panes(store: &Store, topic: &str, panes: BTreeMap<PaneKey, Pane>) {
    let mut blocks = Blocks::new(source(topic, panes.len()));
    for (offset, (key, pane)) in (0..).zip(panes) {
        let kind = WindowRecordKind::Pane { revision: 1, closed: true };
        let record =
            WindowRecord { key, kind, pane: Box::new(pane), definition_version: kpi::DEFINITION_VERSION };
        match WindowRows::new(record, position(offset)).unwrap() {
            WindowRows::Pane(row) => blocks.add(&row),
            WindowRows::Correction(row) => blocks.add(&row),
        }
    }
    for block in blocks.finish() {
        store.insert(&block, &block.token(1)).await.unwrap();
    }
}

fn source(topic: &str, rows: usize) -> Source {
    Source {
        topic: topic.into(),
        topic_id: format!("{topic:A>22}"),
        partition: 0,
        first: 0,
        last: i64::try_from(rows).unwrap() - 1,
    }
}

/// Lines of an answer.
pub async fn rows(filled: &Filled, sql: &str) -> Vec<String> {
    let text = value(&filled.store, sql).await;
    text.lines().map(str::to_owned).collect()
}

/// Minutes of a unit of its own on the days on which Sweden's clocks change: first and last of the day, and one in between.
fn clock_changes() -> impl Iterator<Item = (PaneKey, Pane)> {
    let minutes = [
        "2026-10-24T22:00Z",
        "2026-10-25T01:30Z",
        "2026-10-25T22:59Z",
        "2027-03-27T23:00Z",
        "2027-03-28T01:30Z",
        "2027-03-28T21:59Z",
    ];
    minutes.into_iter().map(|at| {
        let minute = at.replace('Z', ":00Z").parse::<Timestamp>().unwrap().as_second() / 60;
        let dimension = Dimension::Unit("clocks".into());
        let key = PaneKey { site: SITE.into(), minute, dimension, direction: Direction::External };
        (key, Pane { transferred_calls: 1, ..Pane::default() })
    })
}
