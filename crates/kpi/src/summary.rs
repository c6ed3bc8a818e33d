//! The table that `analyze` and the demo print.

use crate::contribution::{dimensions_of, is_direct, is_undiverted};
use crate::service_level::{ServiceLevel, ServiceLevelInput, share};
use crate::{Dimension, Settings};
use call::{Call, Direction, Outcome, PassResult, Reach};
use std::collections::BTreeMap;

/// Exact quantiles of a set of times, µs: `sorted[floor(q × n)]`, the same as ClickHouse's `quantileExact`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quantiles {
    /// How many.
    pub n: u64,
    /// Mean, rounded down to whole µs.
    pub mean_us: Option<i64>,
    /// Median.
    pub median_us: Option<i64>,
    /// 90th percentile.
    pub p90_us: Option<i64>,
}

impl Quantiles {
    /// Of any order of times.
    #[must_use]
    pub fn of(mut times_us: Vec<i64>) -> Self {
        times_us.sort_unstable();
        let n = times_us.len();
        let at = |percent: usize| times_us.get(n * percent / 100).copied();
        let mean_us = i64::try_from(n).ok().filter(|n| *n > 0).map(|n| times_us.iter().sum::<i64>() / n);
        Self { n: n as u64, mean_us, median_us: at(50), p90_us: at(90) }
    }
}

/// One line: a queue (passes) or a unit or the site (calls), for one direction of calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Whose.
    pub dimension: Dimension,
    /// Which calls.
    pub direction: Direction,
    /// Calls offered, or passes entered.
    pub offered: i64,
    /// Without those closed and in progress: what shares of loss and service levels are shares of.
    pub presented: i64,
    /// Answered.
    pub answered: i64,
    /// Abandoned.
    pub abandoned: i64,
    /// Calls lost for any reason; passes that were abandoned, timed out, saturated or blocked.
    pub lost: i64,
    /// Answer time of calls, wait of answered passes.
    pub answer_time: Quantiles,
    /// Mean signals that callers lived through before the answer, in thousandths, rounded down.
    pub caller_signals_milli: Option<i64>,
    /// For each threshold of the settings, in their order: T in seconds and the four levels.
    pub service_levels: Vec<(u32, ServiceLevel)>,
    /// Calls to direct numbers; 0 for queues.
    pub direct_calls: i64,
    /// Those that fell to the operator because the person was not diverted.
    pub undiverted_calls: i64,
    /// Calls by reach, in the order of `Reach::ALL`; zeros for queues.
    pub reaches: [i64; Reach::ALL.len()],
}

impl Row {
    /// `lost_share` = lost / (offered − closed − in_progress).
    #[must_use]
    pub fn lost_share(&self) -> Option<f64> {
        share(self.lost, self.presented)
    }

    /// `undiverted_share` = direct calls that fell to the operator undiverted / direct calls.
    #[must_use]
    pub fn undiverted_share(&self) -> Option<f64> {
        share(self.undiverted_calls, self.direct_calls)
    }
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// Sorted: site, queues, units; by name; external before internal before outgoing.
    pub rows: Vec<Row>,
}

/// What a row is counted from: a call, or a pass.
struct Item<'a> {
    /// Answer time, or wait of an answered pass.
    answered_us: Option<i64>,
    /// Wait of a lost call or pass.
    lost_us: Option<i64>,
    is_lost: bool,
    is_abandoned: bool,
    /// Not counted in P: closed, or still waiting.
    is_apart: bool,
    call: Option<&'a Call>,
}

impl Summary {
    /// From the last version of each call. Calls that were merged into others are left out.
    #[must_use]
    pub fn from_calls<'a>(calls: impl Iterator<Item = &'a Call>, settings: &Settings) -> Self {
        let mut items: BTreeMap<(Dimension, Direction), Vec<Item<'_>>> = BTreeMap::new();
        for call in calls.filter(|call| call.merged_into.is_none()) {
            for key in dimensions_of(call) {
                items.entry(key).or_default().push(call_item(call));
            }
            for pass in &call.passes {
                let key = (Dimension::Queue(pass.queue.clone()), call.direction);
                items.entry(key).or_default().push(pass_item(pass));
            }
        }
        let rows =
            items.iter().map(|((dimension, direction), items)| row(dimension, *direction, items, settings));
        Self { rows: rows.collect() }
    }
}

fn call_item(call: &Call) -> Item<'_> {
    Item {
        answered_us: call.answer_time_us(),
        lost_us: call.lost_after_us(),
        is_lost: call.outcome.is_lost(),
        is_abandoned: call.outcome == Outcome::Abandoned,
        is_apart: matches!(call.outcome, Outcome::Closed | Outcome::InProgress),
        call: Some(call),
    }
}

fn pass_item(pass: &call::Pass) -> Item<'static> {
    let is_lost = pass.result.is_lost();
    let is_answered = pass.result == PassResult::Answered;
    Item {
        answered_us: pass.wait_us.filter(|_| is_answered),
        lost_us: pass.wait_us.filter(|_| is_lost),
        is_lost,
        is_abandoned: pass.result == PassResult::Abandoned,
        is_apart: pass.result == PassResult::InProgress,
        call: None,
    }
}

fn row(dimension: &Dimension, direction: Direction, items: &[Item<'_>], settings: &Settings) -> Row {
    let count = |test: &dyn Fn(&Item<'_>) -> bool| items.iter().filter(|item| test(item)).count() as i64;
    let calls = || items.iter().filter_map(|item| item.call);
    let answered: Vec<i64> = items.iter().filter_map(|item| item.answered_us).collect();
    let signals: i64 = answered.iter().map(|us| i64::from(settings.cadence.signals(*us))).sum();
    let answered_count = answered.len() as i64;
    let mut reaches = [0; Reach::ALL.len()];
    for call in calls() {
        reaches[call.reach.index()] += 1;
    }
    Row {
        dimension: dimension.clone(),
        direction,
        offered: items.len() as i64,
        presented: count(&|item| !item.is_apart),
        answered: answered_count,
        abandoned: count(&|item| item.is_abandoned),
        lost: count(&|item| item.is_lost),
        answer_time: Quantiles::of(answered),
        caller_signals_milli: (answered_count > 0).then(|| signals * 1000 / answered_count),
        service_levels: settings.thresholds_s.iter().map(|t| (*t, level(items, *t))).collect(),
        direct_calls: calls().filter(|call| is_direct(call)).count() as i64,
        undiverted_calls: calls().filter(|call| is_undiverted(call)).count() as i64,
        reaches,
    }
}

/// "Within T" is a time below T: whole seconds are bin edges, so panes and calls agree.
fn level(items: &[Item<'_>], threshold_s: u32) -> ServiceLevel {
    let within = |us: Option<i64>| us.is_some_and(|us| us < i64::from(threshold_s) * 1_000_000);
    let count = |test: &dyn Fn(&Item<'_>) -> bool| items.iter().filter(|item| test(item)).count() as i64;
    ServiceLevelInput {
        answered_within: count(&|item| within(item.answered_us)),
        lost_within: count(&|item| within(item.lost_us)),
        presented: count(&|item| !item.is_apart),
        answered: count(&|item| item.answered_us.is_some()),
    }
    .into()
}
