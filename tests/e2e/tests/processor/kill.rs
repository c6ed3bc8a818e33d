//! Kill the processor with -9 anywhere, or Kafka: the figures do not change. The real program, real Kafka.

use crate::seen::Seen;
use crate::stage::Stage;
use crate::{TURN, feed};
use fastrand::Rng;
use std::collections::BTreeSet;
use std::sync::PoisonError;
use std::time::Duration;

const SEED: u64 = 20_261_124;
/// So many lives are cut short at least.
const KILLS_MIN: usize = 12;
/// Longer than a session (6 s) and a transaction (15 s).
const STANDSTILL: Duration = Duration::from_secs(20);
/// So often the broker is killed.
const OUTAGES: u32 = 3;
const SETTINGS: &str = "commit_every_ms = 20\nallowed_lateness_s = 300\n";

#[test]
fn killed_anywhere_the_figures_do_not_change() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let stage = Stage::new(SETTINGS);
    let events = feed::events(&stage.config, SEED);
    let expect = Seen::undisturbed(&stage.config, &events);
    assert!(expect.calls.len() > 300 && expect.panes.len() > 300 && expect.corrections.len() > 10);
    let mut records = feed::encoded(&events);
    records.insert(1000, b"not an event".to_vec());
    let killed_at = std::thread::scope(|scope| {
        let feeding = scope.spawn(|| feed::send(&stage, &records, 30, Duration::from_millis(25)));
        let killed_at = kill_again_and_again(&stage, || feeding.is_finished());
        feeding.join().unwrap();
        killed_at
    });
    let in_the_middle = killed_at.iter().filter(|done| (1..records.len() as i64).contains(done));
    eprintln!("killed with so many of {} records done: {killed_at:?}", records.len());
    assert!(in_the_middle.count() >= 5, "it was killed at {killed_at:?} of {}", records.len());
    finish(&stage);

    let mut seen = Seen::in_topics(&stage);
    let rejected = std::mem::take(&mut seen.rejected);
    assert!(matches!(&rejected[..], [(_, "not_avro")]), "{rejected:?}");
    seen.check_equals(&expect);
    stage.every_transaction_is_whole();
    assert!(!stage.log().contains("\"level\":\"ERROR\""), "{}", stage.log());
}

#[test]
fn kafka_may_die_at_any_time() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let stage = Stage::new(SETTINGS);
    let events = feed::events(&stage.config, SEED + 1);
    let expect = Seen::undisturbed(&stage.config, &events);
    let records = feed::encoded(&events);
    let processor = stage.processor();
    std::thread::scope(|scope| {
        let feeding = scope.spawn(|| feed::send(&stage, &records, 30, Duration::from_millis(50)));
        for _ in 0..OUTAGES {
            std::thread::sleep(Duration::from_secs(2));
            stage.kill_kafka();
        }
        feeding.join().unwrap();
    });
    stage.wait_until_done(processor);
    Seen::in_topics(&stage).check_equals(&expect);
    stage.every_transaction_is_whole();
    assert!(stage.log().contains("starting over"), "no outage was noticed: {}", stage.log());
}

/// A machine that stands still for longer than a session and a transaction last: it is put out of its group, and comes back.
#[test]
fn a_processor_that_stood_still_goes_on_by_itself() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let stage = Stage::new(SETTINGS);
    let events = feed::events(&stage.config, SEED + 2);
    let expect = Seen::undisturbed(&stage.config, &events);
    let records = feed::encoded(&events);
    let processor = stage.processor();
    std::thread::scope(|scope| {
        let feeding = scope.spawn(|| feed::send(&stage, &records, 30, Duration::from_millis(25)));
        while stage.progress().0 < 100 {
            std::thread::sleep(Duration::from_millis(20));
        }
        processor.signal("STOP");
        std::thread::sleep(STANDSTILL);
        processor.signal("CONT");
        feeding.join().unwrap();
    });
    stage.wait_until_done(processor);
    Seen::in_topics(&stage).check_equals(&expect);
    stage.every_transaction_is_whole();
}

/// Lives of seeded lengths, each ended by SIGKILL; gives how far each had come.
fn kill_again_and_again(stage: &Stage, fed: impl Fn() -> bool) -> BTreeSet<i64> {
    let mut random = Rng::with_seed(SEED);
    let mut killed_at = BTreeSet::new();
    let mut kills = 0;
    while kills < KILLS_MIN || !fed() {
        let processor = stage.processor();
        std::thread::sleep(Duration::from_millis(random.u64(300..2_800)));
        processor.kill();
        killed_at.insert(stage.progress().0);
        kills += 1;
    }
    killed_at
}

/// One more life, until every offset of the input is committed, then a polite end.
fn finish(stage: &Stage) {
    let processor = stage.processor();
    stage.wait_until_done(processor);
}
