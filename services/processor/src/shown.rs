//! Gauges of the sites and partitions that one loop works for. Loops of one process share the metrics: each takes away what it has
//! shown itself, and nothing else.

use call::event::MemberState;
use pipeline::processor::{Gauges, QueueNow};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use telemetry::metrics::Processor as Metrics;

/// What was shown last.
#[derive(Default)]
pub struct Shown {
    sites: Vec<Gauges>,
    lags: BTreeSet<String>,
    /// When the lag was asked for.
    pub looked: Option<Duration>,
}

impl Shown {
    pub fn show(&mut self, metrics: &Metrics, sites: Vec<Gauges>) {
        for gauges in &sites {
            let site = [&*gauges.site];
            metrics.watermark_timestamp_seconds.of(site).set(seconds(gauges.watermark_us));
            metrics.live_calls.of(site).set(count(gauges.live_calls));
            metrics.doubtful_calls.of(site).set(count(gauges.doubtful_calls));
            metrics.open_windows.of(site).set(count(gauges.open_panes));
            for (kind, last_us) in &gauges.heard {
                let of = [&*gauges.site, kind.word()];
                metrics.source_heard_timestamp_seconds.of(of).set(seconds(*last_us));
            }
            gauges.queues.iter().for_each(|queue| show_queue(metrics, &gauges.site, queue));
        }
        self.sites = sites;
    }

    pub fn show_lag(&mut self, metrics: &Metrics, topic: &str, lag: BTreeMap<i32, i64>) {
        for (partition, behind) in lag {
            let partition = partition.to_string();
            metrics.lag_records.of([topic, &partition]).set(behind);
            self.lags.insert(partition);
        }
    }

    /// Other partitions were assigned.
    pub fn hide(&mut self, metrics: &Metrics, topic: &str) {
        for gauges in std::mem::take(&mut self.sites) {
            let site = [&*gauges.site];
            metrics.watermark_timestamp_seconds.forget(site);
            metrics.live_calls.forget(site);
            metrics.doubtful_calls.forget(site);
            metrics.open_windows.forget(site);
            for (kind, _) in &gauges.heard {
                metrics.source_heard_timestamp_seconds.forget([&*gauges.site, kind.word()]);
            }
            gauges.queues.iter().for_each(|queue| hide_queue(metrics, &gauges.site, queue));
        }
        for partition in std::mem::take(&mut self.lags) {
            metrics.lag_records.forget([topic, &partition]);
        }
    }
}

fn show_queue(metrics: &Metrics, site: &str, now: &QueueNow) {
    let of = [site, &*now.queue];
    metrics.queues.waiting_callers.of(of).set(count(now.waiting));
    metrics.queues.longest_wait_seconds.of(of).set(seconds(now.longest_wait_us));
    for (state, members) in MemberState::SERVING.into_iter().zip(now.members) {
        metrics.queues.members.of([site, &*now.queue, state.word()]).set(count(members));
    }
}

fn hide_queue(metrics: &Metrics, site: &str, now: &QueueNow) {
    metrics.queues.waiting_callers.forget([site, &*now.queue]);
    metrics.queues.longest_wait_seconds.forget([site, &*now.queue]);
    for state in MemberState::SERVING {
        metrics.queues.members.forget([site, &*now.queue, state.word()]);
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge in seconds; a double holds microseconds of this century"
)]
fn seconds(us: i64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gauges(site: &str) -> Gauges {
        let members = [1, 0, 0, 0, 0];
        let queue = QueueNow { queue: "vaxel".into(), waiting: 2, longest_wait_us: 3_000_000, members };
        Gauges {
            site: site.into(),
            watermark_us: 5_000_000,
            live_calls: 1,
            open_panes: 1,
            doubtful_calls: 0,
            heard: vec![(call::SourceKind::AsteriskAmi, 5_000_000)],
            queues: vec![queue],
        }
    }

    #[test]
    fn a_loop_takes_away_what_it_has_shown_and_nothing_else() {
        let all = telemetry::Metrics::new().unwrap();
        let metrics = all.processor().unwrap();
        let (mut one, mut other) = (Shown::default(), Shown::default());
        one.show(&metrics, vec![gauges("a")]);
        one.show_lag(&metrics, "t", BTreeMap::from([(0, 7)]));
        other.show(&metrics, vec![gauges("b")]);
        other.show_lag(&metrics, "t", BTreeMap::from([(1, 8)]));
        let of = |label: &str| all.text().unwrap().lines().filter(|line| line.contains(label)).count();
        assert_eq!((of("site=\"a\""), of("site=\"b\""), of("partition=\"0\"")), (12, 12, 1));
        one.hide(&metrics, "t");
        assert_eq!((of("site=\"a\""), of("site=\"b\""), of("partition=\"0\"")), (0, 12, 0));
        assert_eq!(of("partition=\"1\""), 1);
    }
}
