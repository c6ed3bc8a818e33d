//! Gauges of sites follow commits, but not each of them.

use super::*;
use pipeline::processor::Processor;

const LIVE_CALLS: &str = "svarstid_processor_live_calls{";

#[test]
fn gauges_are_shown_after_a_commit_and_once_a_second_at_most() {
    let metrics = telemetry::Metrics::new().unwrap();
    let health = telemetry::Health::new(Duration::from_secs(60));
    let meter = Meter::new(metrics.processor().unwrap(), health, "call-events".into());
    let mut processor = Processor::new(setup());
    // What is told after a look at this many milliseconds, and whether anybody was asked for it.
    let look = |processor: &Processor, ms| {
        let asked = Cell::new(false);
        let all = std::iter::once(processor).inspect(|_| asked.set(true));
        meter.look(Duration::from_millis(ms), all, BTreeMap::new);
        let text = metrics.text().unwrap();
        let told = text.lines().find(|line| line.starts_with(LIVE_CALLS));
        (told.and_then(|line| line.rsplit_once(' ')).map(|(_, calls)| calls.to_owned()), asked.get())
    };
    meter.assigned(Duration::from_secs(1), std::iter::once(&processor));
    for event in World::events(&random_steps(7, 40)) {
        processor.apply(&event, &[]);
    }
    let live = processor.gauges().map(|gauges| gauges.live_calls).sum::<usize>();
    assert!(live > 0, "nothing to be told");
    assert_eq!(look(&processor, 2_500), (None, false), "nothing was committed");
    meter.committed(&[], 0);
    assert_eq!(look(&processor, 2_500), (Some(live.to_string()), true));
    meter.committed(&[], 0);
    assert!(!look(&processor, 3_499).1, "a second is not over");
    assert!(look(&processor, 3_500).1, "what was committed last is told without another commit");
    assert!(!look(&processor, 9_000).1);
}
