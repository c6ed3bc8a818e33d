//! The table that `analyze` and the demo print.

use crate::contribution::{dimensions_of, is_direct, is_undiverted};
use crate::service_level::{ServiceLevel, ServiceLevelInput, share};
use crate::{Dimension, Quantiles, Settings, Times};
use call::{Call, Direction, Outcome, PassResult, Reach};
use std::collections::BTreeMap;

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
    is_answered: bool,
    is_lost: bool,
    is_abandoned: bool,
    /// Not counted in P: closed, or still waiting.
    is_apart: bool,
    call: Option<&'a Call>,
}

/// A row as it grows.
#[derive(Debug, Default)]
struct Tally {
    offered: i64,
    presented: i64,
    answered: i64,
    abandoned: i64,
    lost: i64,
    answer_time: Times,
    signals: i64,
    /// Answered and lost within each threshold of the settings.
    within: Vec<(i64, i64)>,
    direct_calls: i64,
    undiverted_calls: i64,
    reaches: [i64; Reach::ALL.len()],
}

/// The table as it grows, call by call: it keeps counts, not calls.
#[derive(Debug)]
pub struct Counting {
    settings: Settings,
    rows: BTreeMap<(Dimension, Direction), Tally>,
}

impl Counting {
    /// Nothing counted.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, rows: BTreeMap::new() }
    }

    /// Counts the last version of a call. One that was merged into another is left out.
    pub fn add(&mut self, call: &Call) {
        if call.merged_into.is_some() {
            return;
        }
        for key in dimensions_of(call) {
            self.rows.entry(key).or_default().add(&call_item(call), &self.settings);
        }
        for pass in &call.passes {
            let key = (Dimension::Queue(pass.queue.clone()), call.direction);
            self.rows.entry(key).or_default().add(&pass_item(pass), &self.settings);
        }
    }

    /// The table.
    #[must_use]
    pub fn finish(self) -> Summary {
        let Self { settings, rows } = self;
        let rows = rows
            .into_iter()
            .map(|((dimension, direction), tally)| tally.row(dimension, direction, &settings));
        Summary { rows: rows.collect() }
    }
}

impl Summary {
    /// From the last version of each call. Calls that were merged into others are left out.
    #[must_use]
    pub fn from_calls<'a>(calls: impl Iterator<Item = &'a Call>, settings: &Settings) -> Self {
        let mut counting = Counting::new(settings.clone());
        calls.for_each(|call| counting.add(call));
        counting.finish()
    }
}

fn call_item(call: &Call) -> Item<'_> {
    Item {
        answered_us: call.answer_time_us(),
        lost_us: call.lost_after_us(),
        is_answered: call.outcome == Outcome::Answered,
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
        is_answered,
        is_lost,
        is_abandoned: pass.result == PassResult::Abandoned,
        is_apart: pass.result == PassResult::InProgress,
        call: None,
    }
}

impl Tally {
    fn add(&mut self, item: &Item<'_>, settings: &Settings) {
        self.offered += 1;
        self.presented += i64::from(!item.is_apart);
        self.answered += i64::from(item.is_answered);
        self.abandoned += i64::from(item.is_abandoned);
        self.lost += i64::from(item.is_lost);
        if let Some(us) = item.answered_us {
            self.answer_time.add(us);
            self.signals += i64::from(settings.cadence.signals(us));
        }
        self.within.resize(settings.thresholds_s.len(), (0, 0));
        for (within, threshold_s) in self.within.iter_mut().zip(&settings.thresholds_s) {
            // "Within T" is a time below T: whole seconds are bin edges, so panes and calls agree.
            let is_within = |us: Option<i64>| us.is_some_and(|us| us < i64::from(*threshold_s) * 1_000_000);
            within.0 += i64::from(is_within(item.answered_us));
            within.1 += i64::from(is_within(item.lost_us));
        }
        if let Some(call) = item.call {
            self.direct_calls += i64::from(is_direct(call));
            self.undiverted_calls += i64::from(is_undiverted(call));
            self.reaches[call.reach.index()] += 1;
        }
    }

    fn row(self, dimension: Dimension, direction: Direction, settings: &Settings) -> Row {
        let answer_time = self.answer_time.quantiles();
        // Some sources tell that somebody answered, but not when.
        let timed = i64::try_from(answer_time.n).unwrap_or(i64::MAX);
        let (presented, answered) = (self.presented, self.answered);
        let level = |(answered_within, lost_within): (i64, i64)| {
            ServiceLevelInput { answered_within, lost_within, presented, answered }.into()
        };
        let levels = self.within.into_iter().map(level);
        Row {
            dimension,
            direction,
            offered: self.offered,
            presented,
            answered,
            abandoned: self.abandoned,
            lost: self.lost,
            answer_time,
            caller_signals_milli: (timed > 0).then(|| self.signals * 1000 / timed),
            service_levels: settings.thresholds_s.iter().copied().zip(levels).collect(),
            direct_calls: self.direct_calls,
            undiverted_calls: self.undiverted_calls,
            reaches: self.reaches,
        }
    }
}
