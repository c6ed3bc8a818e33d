//! Many seeds; that a seed is always the same run; and that everything that should go wrong in them does.

use sim::story::Tally;
use sim::{Options, run};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A thousand from here.
const FIRST: u64 = 10_000;
const COUNT: u64 = 1_000;
const STEPS: u64 = 60;

/// What must have happened in so many seeds.
const EXPECTED: [&str; 28] = [
    "ClickHouse down",
    "answers lost",
    "blocks found by a look",
    "commits",
    "commits aborted",
    "commits unclear",
    "coordinators away",
    "inserts",
    "inserts known by their token",
    "kills",
    "kills before a request",
    "kills before an answer",
    "members put out",
    "networks cut",
    "partitions kept back for a commit",
    "processes frozen",
    "processes replaced",
    "processes stopped by a fault",
    "processes told to stop",
    "records compacted away",
    "requests late",
    "requests lost",
    "requests slow",
    "transactions aborted",
    "transactions timed out",
    "producers fenced",
    "instances fenced",
    "members of old generations refused",
];

#[test]
fn a_thousand_seeds_hold_and_everything_went_wrong_in_them() {
    let (next, tally) = (AtomicU64::new(FIRST), Mutex::new(Tally::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= FIRST + COUNT {
                return;
            }
            let outcome = run(&Options { steps: STEPS, ..Options::new(seed) }).unwrap();
            assert!(outcome.findings.is_empty(), "--seed {seed} --steps {STEPS}: {:?}", outcome.findings);
            let mut sums = tally.lock().unwrap_or_else(PoisonError::into_inner);
            outcome.tally.iter().for_each(|(what, count)| *sums.entry(what).or_default() += count);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(work))));
    let tally = tally.into_inner().unwrap();
    let missing: Vec<_> = EXPECTED.iter().filter(|what| !tally.contains_key(*what)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?} of {tally:#?}");
}

#[test]
fn a_seed_is_the_same_to_the_byte_each_time() {
    for seed in [4, 186, 361] {
        let told = || run(&Options { told: true, ..Options::new(seed) }).unwrap();
        let (one, other) = (told(), told());
        assert!(one.lines.len() > 20, "{:?}", one.lines);
        assert_eq!(one.lines, other.lines, "seed {seed}");
        assert_eq!(one.tally, other.tally, "seed {seed}");
    }
}
