//! Ranges of several partitions on their way together, in a world of a few lines. What goes wrong by chance is `tests/sim`'s.

use crate::batch::Kind;
use crate::buffer::Limits;
use crate::lives::Lives;
use crate::meter::Meter;
use kpi::Cadence;
use pipeline::{Block, Clock, Delivery, Fault, Polled, Ranges, Source, Standing, Tables, Unwritten};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// What happens, and what was asked.
#[derive(Default)]
struct State {
    polled: VecDeque<Polled>,
    places: BTreeMap<i32, (i64, Option<i64>)>,
    /// Partitions whose inserts fail, and how often yet.
    fails: BTreeMap<i32, usize>,
    log: Vec<String>,
    /// The last word of the log; then it is over.
    until: &'static str,
}

#[derive(Clone, Default)]
struct World(Arc<Mutex<State>>);

impl World {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn say(&self, what: String) {
        self.state().log.push(what);
    }

    fn insert(&self, partition: i32) -> Result<(), Unwritten> {
        match self.state().fails.get_mut(&partition) {
            Some(left) if *left > 0 => {
                *left -= 1;
                Err(Unwritten::Resend("away".into()))
            }
            _ => Ok(()),
        }
    }
}

impl Source for World {
    fn poll(&mut self, _: Duration) -> Result<Polled, Fault> {
        Ok(self.state().polled.pop_front().unwrap_or(Polled::Nothing))
    }

    fn committed(&mut self, _: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault> {
        Ok(BTreeMap::new())
    }

    fn kept(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Range<i64>>, Fault> {
        Ok(partitions.iter().map(|partition| (*partition, 0..100)).collect())
    }

    fn start(&mut self, _: &BTreeMap<i32, Option<i64>>) -> Result<(), Fault> {
        Ok(())
    }

    fn lag(&mut self, _: &BTreeMap<i32, i64>) -> BTreeMap<i32, i64> {
        BTreeMap::new()
    }
}

impl Ranges for World {
    fn topic_id(&self) -> Result<String, Fault> {
        Ok("id".into())
    }

    fn places(&mut self, partitions: &[i32]) -> Result<Vec<Standing>, Fault> {
        let places = self.state().places.clone();
        let place = |partition: &i32| {
            let (next, pending_last) = places.get(partition).copied().unwrap_or((0, None));
            Standing { partition: *partition, next: Some(next), pending_last }
        };
        Ok(partitions.iter().map(place).collect())
    }

    fn mark_pending(&mut self, partition: i32, first: i64, last: i64) -> Result<(), Fault> {
        self.state().places.insert(partition, (first, Some(last)));
        self.say(format!("pending {partition}: {first}-{last}"));
        Ok(())
    }

    fn mark_done(&mut self, partition: i32, next: i64) -> Result<(), Fault> {
        self.state().places.insert(partition, (next, None));
        self.say(format!("done {partition}: {next}"));
        Ok(())
    }

    fn hold(&mut self, _: bool) -> Result<(), Fault> {
        Ok(())
    }
}

impl Tables for World {
    fn insert(&self, block: &Block, _: &str) -> Result<(), Unwritten> {
        self.say(format!("insert {}", block.source.partition));
        self.insert(block.source.partition)
    }

    fn insert_all(&self, blocks: &[&Block], tokens: &[String]) -> Vec<Result<(), Unwritten>> {
        if blocks.is_empty() {
            return Vec::new();
        }
        assert_eq!(blocks.len(), tokens.len());
        let partitions: Vec<_> = blocks.iter().map(|block| block.source.partition).collect();
        self.say(format!("insert {partitions:?}"));
        partitions.into_iter().map(|partition| self.insert(partition)).collect()
    }

    fn holds(&self, block: &Block) -> Result<bool, Unwritten> {
        self.say(format!("look {}", block.source.partition));
        Ok(false)
    }

    fn lacks(&self, _: &Block) -> Result<bool, Unwritten> {
        Ok(false)
    }
}

/// Each look at it takes 10 ms.
#[derive(Default)]
struct Ticks(AtomicU64);

impl Clock for Ticks {
    fn now_us(&self) -> i64 {
        0
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(10 * self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn sleep(&self, _: Duration) {}
}

/// A record that cannot be read is a row of `rejected` like any other.
fn records(partition: i32, offsets: Range<i64>) -> impl Iterator<Item = Polled> {
    offsets.map(move |offset| {
        Polled::Delivery(Delivery { partition, offset, written_us: 0, value: Some(vec![b'x']) })
    })
}

/// What was asked of a world in which all this happens, `fails` inserts of partition 1 and 2 among it, until the word.
fn asked(polled: Vec<Polled>, fails: [usize; 2], until: &'static str) -> Vec<String> {
    let world = World::default();
    let fails = [(1, fails[0]), (2, fails[1])].into();
    *world.state() = State { polled: polled.into(), fails, until, ..State::default() };
    let (metrics, health) =
        (telemetry::Metrics::new().unwrap(), telemetry::Health::new(Duration::from_secs(3600)));
    let looks = world.clone();
    let lives = Lives {
        kind: Kind::Calls,
        topic: "calls".into(),
        tables: world.clone(),
        limits: Limits { rows: 2, age: Duration::from_secs(3600) },
        cadence: Cadence { seconds: 6 },
        epoch: 1,
        codec: Arc::new(wire::Codec::built_in().unwrap()),
        meter: Meter::new(metrics.sink().unwrap(), health),
        clock: Arc::new(Ticks::default()),
        random: || Ok(0),
        stop: Box::new(move || {
            let state = looks.state();
            assert!(state.log.len() < 100, "{:?}", state.log);
            state.log.iter().any(|said| said == state.until)
        }),
    };
    let open = world.clone();
    lives.run(move || Ok(open.clone())).unwrap();
    std::mem::take(&mut world.state().log)
}

fn three_partitions() -> Vec<Polled> {
    let records = (0..3).flat_map(|partition| records(partition, 0..2));
    std::iter::once(Polled::Assigned(vec![0, 1, 2])).chain(records).collect()
}

const BEGIN: [&str; 4] = ["pending 0: 0-1", "pending 1: 0-1", "pending 2: 0-1", "insert [0, 1, 2]"];

#[test]
fn ranges_go_together_and_one_that_is_not_answered_holds_up_none_of_the_others() {
    let log = asked(three_partitions(), [2, 0], "done 1: 2");
    let rest = ["done 0: 2", "done 2: 2", "look 1", "insert 1", "look 1", "insert 1", "done 1: 2"];
    assert_eq!(log, [&BEGIN[..], &rest].concat());
}

#[test]
fn a_sink_that_is_stopped_while_it_waits_leaves_every_range_that_is_not_written() {
    let mut polled = three_partitions();
    // What comes behind a range that is still pending, of the one that is tried and of the one behind it.
    polled.extend([1, 2].into_iter().flat_map(|partition| records(partition, 2..4)));
    let log = asked(polled, [usize::MAX, usize::MAX], "look 1");
    assert_eq!(log, [&BEGIN[..], &["done 0: 2", "look 1", "insert 1"]].concat());
}

#[test]
fn ranges_that_lost_their_partitions_are_looked_for_by_whoever_has_them_next() {
    let mut polled = three_partitions();
    polled.push(Polled::Assigned(vec![1, 2]));
    polled.extend([1, 2].into_iter().flat_map(|partition| records(partition, 0..2)));
    let log = asked(polled, [1, 1], "done 2: 2");
    let rest = ["done 0: 2", "look 1", "insert 1", "done 1: 2", "look 2", "insert 2", "done 2: 2"];
    assert_eq!(log, [&BEGIN[..], &rest].concat());
}
