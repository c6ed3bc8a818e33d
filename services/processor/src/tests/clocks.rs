//! Processors whose clocks differ: nothing that they tell of calls depends on when they work.

use super::*;
use pipeline::Clock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A machine's clock that is wrong, and was set in between; each question takes it a little further.
struct Wrong {
    /// Of its first answer, µs UTC.
    now_us: i64,
    /// Set back by so much at every hundredth question.
    set_back_us: i64,
    /// How long a step takes.
    step: Duration,
    asked: AtomicU64,
}

impl Wrong {
    fn new(now_us: i64, set_back_us: i64, step_ms: u64) -> Arc<Self> {
        let step = Duration::from_millis(step_ms);
        Arc::new(Self { now_us, set_back_us, step, asked: AtomicU64::new(0) })
    }

    fn passed(&self, asked: u64) -> Duration {
        self.step.saturating_mul(u32::try_from(asked).unwrap())
    }
}

impl Clock for Wrong {
    fn now_us(&self) -> i64 {
        let asked = self.asked.load(Ordering::Relaxed);
        let passed_us = i64::try_from(self.passed(asked).as_micros()).unwrap();
        self.now_us + passed_us - self.set_back_us * i64::try_from(asked / 100).unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.passed(self.asked.fetch_add(1, Ordering::Relaxed))
    }

    fn sleep(&self, so_long: Duration) {
        panic!("nothing waits for {so_long:?} here");
    }
}

const NOON_US: i64 = 1_763_377_200_000_000;
const AHEAD_US: i64 = 37_000_000;
const BEHIND_US: i64 = 2 * 3_600_000_000;

/// Strange days at a PBX, and among them a few bytes that are no event.
fn strange_days() -> Vec<Vec<u8>> {
    let mut records = input(&World::events(&random_steps(37, 900)));
    for place in [40, 400, 800] {
        records.insert(place, b"GET / HTTP/1.1".to_vec());
    }
    records
}

fn with_clock(clock: Arc<Wrong>, pace: Pace) -> Log {
    on(log(strange_days()), clock, pace)
}

fn on(mut log: Log, clock: Arc<Wrong>, pace: Pace) -> Log {
    let tools = Tools { clock, ..tools() };
    assert_eq!(live_by(&mut log, &mut std::iter::empty(), pace, &tools, NEVER_LATE), 1);
    log
}

/// Every record in its order, byte for byte, but for the time of a rejection; and these times.
fn told(log: &Log) -> (Vec<(Place, Vec<u8>)>, Vec<i64>) {
    let codec = Codec::built_in().unwrap();
    let mut times = Vec::new();
    let mut without_time = |(place, value): &(Place, Vec<u8>)| {
        if *place == Place::Manifests {
            // It counts what was rejected, and digests its times, too.
            let mut manifest = codec.decode_manifest(value).unwrap();
            manifest.rejected.digest = 0;
            return (*place, codec.encode_manifest(&manifest).unwrap());
        }
        if *place != Place::Rejected {
            return (*place, value.clone());
        }
        let mut rejected = codec.decode_rejected(value).unwrap();
        times.push(std::mem::take(&mut rejected.at_us));
        (*place, codec.encode_rejected(&rejected).unwrap())
    };
    let records = log.output.iter().map(&mut without_time).collect();
    (records, times)
}

/// One processor's clock is 37 s ahead, another's two hours behind and set back again and again.
#[test]
fn two_processors_with_different_clocks_agree() {
    let pace = Pace { commit_every: Duration::from_secs(3600), events_max: 50 };
    let right = with_clock(Wrong::new(NOON_US, 0, 1), pace);
    let (records, times) = told(&right);
    let corrections = seen(&right).corrections.len();
    assert!(records.len() > 800 && corrections > 10, "{} {corrections}", records.len());
    for (now_us, set_back_us) in [(NOON_US + AHEAD_US, 0), (NOON_US - BEHIND_US, 5_000_000), (0, 0)] {
        let wrong = with_clock(Wrong::new(now_us, set_back_us, 1), pace);
        let (found, found_times) = told(&wrong);
        assert!(found == records, "calls, panes, corrections, rejections");
        assert_eq!(wrong.state, right.state, "their own state, to the byte");
        // The one thing that is told by the clock: when a record was put aside.
        let apart: Vec<i64> = found_times.iter().zip(&times).map(|(found, right)| found - right).collect();
        assert_eq!(apart.len(), 3);
        assert!(apart.iter().all(|apart| *apart <= now_us - NOON_US && *apart != 0), "{apart:?}");
        assert!(set_back_us > 0 || apart == [now_us - NOON_US; 3], "{apart:?}");
    }
}

/// How fast time passes decides what is written together, and so which versions nobody saw: the last ones are the same.
#[test]
fn processors_that_time_passes_for_at_another_pace_agree() {
    let commit_every = Duration::from_secs(1);
    let pace = Pace { commit_every, events_max: 20_000 };
    let slow = with_clock(Wrong::new(NOON_US, 0, 1), pace);
    let fast = with_clock(Wrong::new(NOON_US, 0, 90), pace);
    assert!(fast.commits > 4 * slow.commits, "{} {}", fast.commits, slow.commits);
    let (slow_seen, fast_seen) = (seen(&slow), seen(&fast));
    assert_eq!(slow_seen, fast_seen);
    assert_eq!(without_manifest(&slow), without_manifest(&fast));
}

fn without_manifest(log: &Log) -> Table {
    log.state.iter().filter(|(key, _)| **key != b"manifest").map(|(k, v)| (k.clone(), v.clone())).collect()
}

#[test]
fn who_is_behind_commits_less_often_and_writes_less() {
    let pace = Pace { commit_every: Duration::from_secs(1), events_max: 20_000 };
    let clock = || Wrong::new(NOON_US, 0, 20);
    let behind = with_clock(clock(), pace);
    let in_time = on(Log { dry_every: Some(5), ..log(strange_days()) }, clock(), pace);
    assert!(in_time.commits > 3 * behind.commits, "{} {}", in_time.commits, behind.commits);
    assert!(in_time.output.len() > behind.output.len(), "{} {}", in_time.output.len(), behind.output.len());
    assert_eq!(seen(&in_time), seen(&behind));
    assert_eq!(without_manifest(&in_time), without_manifest(&behind));
}
