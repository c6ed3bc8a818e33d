//! Gauges of the sites and partitions that one loop works for. Loops of one process share the metrics: each takes away what it has
//! shown itself, and nothing else.

use call::Text;
use call::event::MemberState;
use pipeline::processor::{Gauges, QueueNow};
use std::collections::BTreeMap;
use std::time::Duration;
use telemetry::metrics::Processor as Metrics;

const HEARD: &str = "heard";
const SILENT: &str = "silent";

/// What was shown last.
#[derive(Default)]
pub struct Shown {
    /// By site.
    sites: BTreeMap<Text, Gauges>,
    /// When its gauges were shown, the clock's monotonic time.
    pub at: Duration,
    /// Something was committed since.
    pub is_stale: bool,
    /// By partition.
    lags: BTreeMap<i32, i64>,
    /// When the lag was asked for.
    pub looked: Option<Duration>,
}

impl Shown {
    /// The sites as they are at `now`, the clock's monotonic time.
    pub fn show(&mut self, metrics: &Metrics, sites: impl Iterator<Item = Gauges>, now: Duration) {
        (self.at, self.is_stale) = (now, false);
        for gauges in sites {
            let site = [&*gauges.site];
            metrics.watermark_timestamp_seconds.of(site).set(seconds(gauges.watermark_us));
            metrics.live_calls.of(site).set(count(gauges.live_calls));
            metrics.hearing.doubtful_calls.of(site).set(count(gauges.doubtful_calls));
            metrics.open_windows.of(site).set(count(gauges.open_panes));
            for (kind, last_us) in &gauges.heard {
                let of = [&*gauges.site, kind.word()];
                metrics.hearing.source_heard_timestamp_seconds.of(of).set(seconds(*last_us));
            }
            gauges.queues.iter().for_each(|queue| show_queue(metrics, &gauges.site, queue));
            show_collectors(metrics, &gauges, self.sites.get(&gauges.site));
            self.sites.insert(gauges.site.clone(), gauges);
        }
    }

    /// How far each partition is behind at `now`, the clock's monotonic time.
    pub fn show_lag(&mut self, metrics: &Metrics, topic: &str, lags: BTreeMap<i32, i64>, now: Duration) {
        let since = self.looked.replace(now).map(|before| now.saturating_sub(before));
        for (partition, behind) in &lags {
            let before = self.lags.get(partition).copied().zip(since);
            let of = [topic, &*partition.to_string()];
            metrics.behind.lag_records.of(of).set(*behind);
            metrics.behind.catch_up_seconds.of(of).set(catch_up_s(*behind, before));
        }
        self.lags = lags;
    }

    /// Other partitions were assigned.
    pub fn hide(&mut self, metrics: &Metrics, topic: &str) {
        for gauges in std::mem::take(&mut self.sites).into_values() {
            let site = [&*gauges.site];
            metrics.watermark_timestamp_seconds.forget(site);
            metrics.live_calls.forget(site);
            metrics.hearing.doubtful_calls.forget(site);
            metrics.open_windows.forget(site);
            for (kind, _) in &gauges.heard {
                metrics.hearing.source_heard_timestamp_seconds.forget([&*gauges.site, kind.word()]);
            }
            gauges.queues.iter().for_each(|queue| hide_queue(metrics, &gauges.site, queue));
            for (kind, state) in gauges.collectors.keys().flat_map(|kind| [(kind, HEARD), (kind, SILENT)]) {
                metrics.hearing.collectors.forget([&*gauges.site, kind.word(), state]);
            }
        }
        for partition in std::mem::take(&mut self.lags).into_keys() {
            let of = [topic, &*partition.to_string()];
            metrics.behind.lag_records.forget(of);
            metrics.behind.catch_up_seconds.forget(of);
        }
    }
}

fn show_collectors(metrics: &Metrics, gauges: &Gauges, before: Option<&Gauges>) {
    for (kind, (heard, silent)) in &gauges.collectors {
        let of = |state| [&*gauges.site, kind.word(), state];
        metrics.hearing.collectors.of(of(HEARD)).set(count(*heard));
        metrics.hearing.collectors.of(of(SILENT)).set(count(*silent));
        let silent_before =
            before.and_then(|before| before.collectors.get(kind)).map_or(0, |(_, silent)| *silent);
        if *silent > silent_before {
            tracing::warn!(
                site = &*gauges.site,
                source = kind.word(),
                heard,
                silent,
                "a collector is silent while another one at the same PBX is heard: figures are whole for as long as that one lives"
            );
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

/// How long until nothing is behind any more, at the pace at which that has become less since an earlier look; infinite if it has
/// not.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn catch_up_s(behind: i64, before: Option<(i64, Duration)>) -> f64 {
    match before {
        _ if behind == 0 => 0.0,
        Some((before, since)) if before > behind => {
            behind as f64 / (before - behind) as f64 * since.as_secs_f64()
        }
        Some(_) | None => f64::INFINITY,
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
            collectors: BTreeMap::from([(call::SourceKind::AsteriskAmi, (1, 1))]),
            queues: vec![queue],
        }
    }

    #[test]
    fn a_loop_takes_away_what_it_has_shown_and_nothing_else() {
        let all = telemetry::Metrics::new().unwrap();
        let metrics = all.processor().unwrap();
        let (mut one, mut other) = (Shown::default(), Shown::default());
        one.show(&metrics, std::iter::once(gauges("a")), Duration::ZERO);
        one.show_lag(&metrics, "t", BTreeMap::from([(0, 7)]), Duration::ZERO);
        other.show(&metrics, std::iter::once(gauges("b")), Duration::ZERO);
        other.show_lag(&metrics, "t", BTreeMap::from([(1, 8)]), Duration::ZERO);
        let of = |label: &str| all.text().unwrap().lines().filter(|line| line.contains(label)).count();
        assert_eq!((of("site=\"a\""), of("site=\"b\""), of("partition=\"0\"")), (14, 14, 2));
        one.hide(&metrics, "t");
        assert_eq!((of("site=\"a\""), of("site=\"b\""), of("partition=\"0\"")), (0, 14, 0));
        assert_eq!(of("partition=\"1\""), 2);
    }

    #[test]
    fn who_is_behind_tells_when_that_will_be_over() {
        let ten = Duration::from_secs(10);
        assert_eq!(catch_up_s(100, None), f64::INFINITY, "who looks for the first time cannot tell");
        assert_eq!(catch_up_s(100, Some((300, ten))), 5.0);
        assert_eq!(catch_up_s(100, Some((100, ten))), f64::INFINITY);
        assert_eq!(catch_up_s(100, Some((50, ten))), f64::INFINITY);
        assert_eq!(catch_up_s(0, Some((50, ten))), 0.0);
    }
}
