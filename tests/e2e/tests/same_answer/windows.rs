//! Every figure of `analyze` from the minutes of a way: sums of panes, and the measures of `crates/kpi` on them.

use crate::analyze::{By, Line};
use crate::told::{Told, columns};
use crate::words::{Level, share, signals};
use kpi::{Clock, Dimension, Histogram, Pane, ServiceLevel, bin_of_us};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What minutes do not tell: whoever wants these asks the calls.
const NOT_IN_MINUTES: &[&str] = &[
    "transfers",
    "not_diverted_after_transfer",
    "not_diverted_after_transfer_share",
    "operator_answered_passes",
    "priority_inversions_share",
    "losses",
];
/// Readings of "within N signals" whose ends are no edges of bins.
const NOT_EDGES: &[&str] = &["during_the_last", "five_seconds_each"];

/// A figure of a pane.
enum Found {
    /// The same to the digit.
    Exact(Value),
    /// The bin in which it lies.
    Bin(Option<u16>),
}

/// Panes by the lines of a report: `(site, name, direction)`.
pub struct Windows {
    lines: BTreeMap<(By, String, String, String), Pane>,
    /// For targets: external calls by site and dimension.
    pub scopes: BTreeMap<(String, Dimension), Pane>,
}

impl Windows {
    pub fn of(told: &Told) -> Self {
        let mut windows = Self { lines: BTreeMap::new(), scopes: BTreeMap::new() };
        for (key, pane) in told.minutes() {
            let hour =
                jiff::Timestamp::from_second(key.minute * 60).unwrap().strftime("%F %H:00").to_string();
            // A pane of the site has calls alone, one of a queue passes alone, one of a unit both.
            let lines = match &key.dimension {
                Dimension::Site => vec![(By::Site, "whole site".to_owned()), (By::Hour, hour)],
                Dimension::Queue(name) => {
                    vec![(By::Site, "whole site".to_owned()), (By::Hour, hour), (By::Queue, name.to_string())]
                }
                Dimension::Unit(name) => vec![(By::Unit, name.to_string())],
            };
            for (by, name) in lines {
                let line = (by, key.site.to_string(), name, key.direction.to_string());
                windows.lines.entry(line).or_default().combine(&pane, 1);
            }
            if key.direction == call::Direction::External {
                let is_of_site = !matches!(key.dimension, Dimension::Unit(_));
                let whole = is_of_site.then_some(Dimension::Site);
                let own = (key.dimension != Dimension::Site).then(|| key.dimension.clone());
                for scope in whole.into_iter().chain(own) {
                    windows.scopes.entry((key.site.to_string(), scope)).or_default().combine(&pane, 1);
                }
            }
        }
        windows
    }

    /// Compares a line of `analyze`; gives which figures were compared, none if minutes have no such lines.
    pub fn check(&self, site: &str, by: By, line: &Line) -> BTreeSet<String> {
        // No minutes are kept of numbers, nor of the calls of no unit.
        if by == By::Number || line.name == "(no unit)" {
            return BTreeSet::new();
        }
        let key = (by, site.to_owned(), line.name.clone(), line.direction.clone());
        let nothing = Pane::default();
        let pane = self.lines.get(&key).unwrap_or(&nothing);
        let mut compared = BTreeSet::new();
        for (figure, told) in &line.figures {
            let is_edge = signals(figure.strip_suffix("_share").unwrap_or(figure))
                .is_none_or(|(_, reading)| !NOT_EDGES.contains(&reading));
            if NOT_IN_MINUTES.contains(&&**figure) || !is_edge {
                continue;
            }
            let place = || format!("{site}, by {} {}, {}: {figure}", by.word(), line.name, line.direction);
            match found(pane, figure, by) {
                Some(Found::Exact(value)) => {
                    assert_eq!(*told, value, "{} as analyze tells it, and from the minutes", place());
                }
                Some(Found::Bin(bin)) => {
                    let lies_in = told.as_i64().map(|value| bin_of(figure, value));
                    assert_eq!(lies_in, bin, "{}: the bin of {told}, and from the minutes", place());
                }
                None => panic!("{}: nobody says how it is made from minutes", place()),
            }
            compared.insert(figure.clone());
        }
        compared
    }
}

fn bin_of(figure: &str, value: i64) -> u16 {
    if figure.ends_with("_milli") { u16::try_from(value / 1000).unwrap() } else { bin_of_us(value) }
}

fn found(pane: &Pane, key: &str, by: By) -> Option<Found> {
    if let Some((part, whole)) = share(key) {
        let (part, whole) = (count(pane, &part, by)?, count(pane, &whole, by)?);
        return Some(Found::Exact(kpi::share(part, whole).into()));
    }
    if let Some(level) = Level::read(key) {
        return of_level(pane, &level).map(Found::Exact);
    }
    of_times(pane, key, by).or_else(|| count(pane, key, by).map(|count| Found::Exact(count.into())))
}

fn of_level(pane: &Pane, level: &Level<'_>) -> Option<Value> {
    let clock = Clock::ALL.into_iter().find(|clock| clock.word() == level.clock)?;
    let input = pane.level_input(clock, u16::try_from(level.within_s).ok()?);
    let shares = ServiceLevel::from(input);
    Some(match level.what {
        "presented" => input.presented.into(),
        "answered_within" => input.answered_within.into(),
        "lost_within" => input.lost_within.into(),
        "sl_of_offered" => shares.sl_of_offered.into(),
        "sl_without_short" => shares.sl_without_short.into(),
        "sl_with_short" => shares.sl_with_short.into(),
        "sl_of_answered" => shares.sl_of_answered.into(),
        _ => return None,
    })
}

fn of_times(pane: &Pane, key: &str, by: By) -> Option<Found> {
    if key == "overtaken_mean_us" {
        let mean = (pane.overtaken_passes > 0).then(|| pane.overtaken_us / pane.overtaken_passes);
        return Some(Found::Exact(mean.into()));
    }
    let name = key.strip_suffix("_us").or(key.strip_suffix("_milli"))?;
    let (name, what) = name.rsplit_once('_')?;
    let histogram = match name {
        "wait" => &pane.pass_wait_answered,
        "lost_wait" if by == By::Queue => &pane.pass_wait_lost,
        "lost_wait" => &pane.lost_wait,
        "answer_time" => &pane.answer_time,
        "menu_time" => &pane.menu_time,
        "ring_time" => &pane.ring_time,
        "caller_signals" => &pane.caller_signals,
        "ring_signals" => &pane.ring_signals,
        _ => return None,
    };
    Some(match what {
        "mean" => Found::Exact(mean(histogram, if key.ends_with("_milli") { 1000 } else { 1 }).into()),
        "median" => Found::Bin(histogram.quantile_bin(50)),
        "max" => Found::Bin(histogram.quantile_bin(100)),
        _ => Found::Bin(histogram.quantile_bin(what.strip_prefix('p')?.parse().ok()?)),
    })
}

fn mean(histogram: &Histogram, times: i64) -> Option<i64> {
    let n = histogram.count();
    (n > 0).then(|| histogram.sum * times / n)
}

fn count(pane: &Pane, key: &str, by: By) -> Option<i64> {
    if let Some((number, "before_the_next")) = signals(key) {
        let most = u16::try_from(number).ok()?;
        return Some(
            pane.caller_signals
                .bins
                .iter()
                .filter(|(signals, _)| *signals <= most)
                .map(|(_, calls)| calls)
                .sum(),
        );
    }
    Some(match key {
        "answered" if by == By::Queue => pane.pass_wait_answered.count(),
        "answered" => pane.answer_time.count(),
        "caller_signals_calls" => pane.caller_signals.count(),
        "ring_signals_calls" => pane.ring_signals.count(),
        "offered" => pane.offered(),
        "presented" => pane.presented(),
        "lost" => pane.lost(),
        "direct_or_group_calls" => pane.direct_calls + pane.group_calls,
        "main_and_other_calls" => pane.offered() - pane.direct_calls - pane.group_calls,
        "undiverted_without_busy_calls" => pane.undiverted_calls - pane.undiverted_busy_calls,
        "presented_passes" => pane.presented_passes(),
        "lost_passes" => pane.lost_passes(),
        "operator_passes" => pane.pass_causes.iter().sum(),
        "not_diverted_passes" => pane.pass_causes[call::CauseKind::NotDiverted.index()],
        "overtaken_sum_us" => pane.overtaken_us,
        // The others have a column of their own name.
        _ => *columns(pane).get(key)?,
    })
}
