//! How external callers were answered, and what that makes of the targets: counted when the transaction that tells it is committed.

use call::{OpeningHours, Target as Dialled, Text};
use config::{Config, ConfigError};
use kpi::{Served, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use telemetry::metrics::Answers as Metrics;

/// What ended for its caller longer ago says nothing of now: a processor that catches up would alert of yesterday.
const LATE_US: i64 = 600_000_000;
/// The same of what is judged by the week.
const LATE_FOR_WEEK_US: i64 = 7 * 86_400_000_000;
/// Label of a queue or unit that the configuration does not name: labels are bounded by it, not by what a PBX says.
const OTHER: &str = "other";

/// What the configuration tells of one site.
#[derive(Debug, Default)]
struct Site {
    targets: Vec<Target>,
    queues: BTreeSet<Text>,
    units: BTreeSet<Text>,
    /// None: always open.
    opening: Option<Arc<dyn OpeningHours>>,
}

/// What is watched, by site.
#[derive(Debug, Default)]
pub struct Watched(BTreeMap<Text, Site>);

impl Watched {
    /// By the configurations of all sites.
    ///
    /// # Errors
    /// One is impossible.
    pub fn new<'a>(configs: impl Iterator<Item = &'a Config>) -> Result<Self, ConfigError> {
        let site = |config: &Config| {
            let queues = config.queues.iter().map(|queue| queue.name.as_str().into()).collect();
            let units = config.units.iter().map(|unit| unit.name.as_str().into()).collect();
            let opening = config.site_plan()?.opening_hours;
            Ok((
                config.site.id.as_str().into(),
                Site { targets: config.service_targets(), queues, units, opening },
            ))
        };
        configs.map(site).collect::<Result<_, _>>().map(Self)
    }

    /// Everything at zero, so that the first one counts as a step, too.
    pub fn begin(&self, metrics: &Metrics) {
        for (name, site) in &self.0 {
            for target in &site.targets {
                let of = [&**name, &*target.name];
                for counter in
                    [&metrics.target_presented, &metrics.target_answered_within, &metrics.target_lost]
                {
                    counter.of(of).inc_by(0);
                }
            }
            for unit in site.units.iter().map(|unit| &**unit).chain([OTHER]) {
                metrics.direct_calls.of([name, unit]).inc_by(0);
                metrics.undiverted_calls.of([name, unit]).inc_by(0);
            }
            metrics.target_late.of([name]).inc_by(0);
            metrics.external_calls.of([name]).inc_by(0);
            let _ = metrics.call_answer_time_seconds.of([name]);
            site.queues.iter().for_each(|queue| drop(metrics.answer_time_seconds.of([name, queue])));
        }
    }

    /// Which queues are open at this moment, µs UTC.
    pub fn show_open(&self, metrics: &Metrics, now_us: i64) {
        for (name, site) in &self.0 {
            for queue in &site.queues {
                let dialled = Dialled::Queue(queue.clone());
                let is_open = site.opening.as_ref().is_none_or(|hours| hours.is_open(Some(&dialled), now_us));
                metrics.open.of([name, queue]).set(i64::from(is_open));
            }
        }
    }

    /// Counts one call or pass, at this moment, µs UTC.
    pub fn count(&self, metrics: &Metrics, served: &Served, now_us: i64) {
        let Some(site) = self.0.get(&served.site) else { return };
        let name = &*served.site;
        if let Some(us) = served.answer_time_us() {
            let histogram = match &served.queue {
                Some(queue) if site.queues.contains(queue) => metrics.answer_time_seconds.of([name, queue]),
                Some(_) => metrics.answer_time_seconds.of([name, OTHER]),
                None => metrics.call_answer_time_seconds.of([name]),
            };
            histogram.observe(us as f64 / 1e6);
        }
        let late_us = now_us.saturating_sub(served.at_us);
        if let Some(is_undiverted) = served.part.direct().filter(|_| late_us <= LATE_FOR_WEEK_US) {
            site.count_direct(metrics, served, is_undiverted);
        }
        if late_us > LATE_US {
            metrics.target_late.of([name]).inc();
            return;
        }
        if served.queue.is_none() {
            metrics.external_calls.of([name]).inc();
        }
        for target in &site.targets {
            let Some(tally) = served.tally(target) else { continue };
            let of = [name, &*target.name];
            metrics.target_presented.of(of).inc_by(tally.presented);
            metrics.target_answered_within.of(of).inc_by(tally.answered_within);
            metrics.target_lost.of(of).inc_by(tally.lost);
        }
    }
}

impl Site {
    fn count_direct(&self, metrics: &Metrics, served: &Served, is_undiverted: bool) {
        let unit = served.unit.as_ref().filter(|unit| self.units.contains(*unit)).map_or(OTHER, |unit| unit);
        let of = [&*served.site, unit];
        metrics.direct_calls.of(of).inc();
        metrics.undiverted_calls.of(of).inc_by(u64::from(is_undiverted));
    }
}

#[cfg(test)]
mod tests;
