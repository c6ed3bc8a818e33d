//! The laws that the accumulators keep, on calls of every kind.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

mod documented;
mod episodes;
mod made;
mod reports;
mod sample;

use call::Call;
use kpi::{Cadence, Dimension, Pane, PaneKey, Row, Settings, Summary, contributions};
use made::{histories, last};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Panes = BTreeMap<PaneKey, Pane>;

fn settings() -> Settings {
    Settings { cadence: Cadence { seconds: 6 }, thresholds_s: vec![15, 20, 120] }
}

fn count(panes: &mut Panes, call: &Call, times: i64) {
    for (key, pane) in contributions(call, &settings()) {
        panes.entry(key).or_default().combine(&pane, times);
    }
}

/// What the last versions give, counted directly.
fn directly(histories: &[Vec<Call>]) -> Panes {
    let mut panes = Panes::new();
    last(histories).iter().for_each(|call| count(&mut panes, call, 1));
    panes
}

fn without_zeros(panes: Panes) -> Panes {
    panes.into_iter().filter(|(_, pane)| !pane.is_zero()).collect()
}

proptest! {
    #[test]
    fn a_replaced_version_leaves_nothing_behind(histories in histories()) {
        let mut panes = Panes::new();
        for versions in &histories {
            for (n, version) in versions.iter().enumerate() {
                if n > 0 {
                    count(&mut panes, &versions[n - 1], -1);
                }
                count(&mut panes, version, 1);
            }
        }
        prop_assert_eq!(without_zeros(panes), directly(&histories));
    }

    #[test]
    fn the_order_of_versions_of_different_calls_is_the_same_to_the_figures(histories in histories()) {
        let mut panes = Panes::new();
        for version in 0..4 {
            for versions in histories.iter().rev() {
                if let Some(call) = versions.get(version) {
                    versions.get(version.wrapping_sub(1)).into_iter().for_each(|old| count(&mut panes, old, -1));
                    count(&mut panes, call, 1);
                }
            }
        }
        prop_assert_eq!(without_zeros(panes), directly(&histories));
    }

    #[test]
    fn every_pane_is_conserved_and_counts_each_call_once(histories in histories()) {
        let panes = directly(&histories);
        prop_assert!(panes.values().all(Pane::is_conserved));
        let calls: Vec<Call> = last(&histories).into_iter().filter(|call| call.merged_into.is_none()).collect();
        let sum = |of: &dyn Fn(&Pane) -> i64, kind: &str| {
            panes.iter().filter(|(key, _)| key.dimension.kind() == kind).map(|(_, pane)| of(pane)).sum::<i64>()
        };
        let passes = calls.iter().map(|call| call.passes.len()).sum::<usize>();
        let with_unit = calls.iter().filter(|call| call.unit.is_some()).count();
        prop_assert_eq!(sum(&Pane::offered, "site"), calls.len() as i64);
        prop_assert_eq!(sum(&Pane::offered, "unit"), with_unit as i64);
        prop_assert_eq!(sum(&Pane::entered, "queue"), passes as i64);
        prop_assert_eq!(sum(&Pane::entered, "site") + sum(&Pane::offered, "queue"), 0);
    }

    #[test]
    fn merging_is_associative_and_commutative(histories in histories()) {
        let panes: Vec<Pane> = directly(&histories).into_values().collect();
        let merged = |panes: &[Pane]| {
            let mut all = Pane::default();
            panes.iter().for_each(|pane| all.combine(pane, 1));
            all
        };
        let whole = merged(&panes);
        for cut in 0..=panes.len() {
            let (left, right) = panes.split_at(cut);
            prop_assert_eq!(&merged(&[merged(left), merged(right)]), &whole);
            prop_assert_eq!(&merged(&[merged(right), merged(left)]), &whole);
            let mut back = whole.clone();
            back.combine(&merged(right), -1);
            prop_assert_eq!(back, merged(left));
        }
    }

    #[test]
    fn merged_minutes_give_the_table(histories in histories(), from in -11i64..-4, length in 8i64..24) {
        let span = from..from + length;
        let mut calls: Vec<Call> = last(&histories);
        // The table of a span: its calls by arrival, its passes by joining. Here every call has its passes in the span.
        calls.retain(|call| {
            let minutes = std::iter::once(call.arrived_us).chain(call.passes.iter().map(|pass| pass.joined_us));
            minutes.map(window::minute_of).all(|minute| span.contains(&minute))
        });
        let mut panes = Panes::new();
        calls.iter().for_each(|call| count(&mut panes, call, 1));
        for row in Summary::from_calls(calls.iter(), &settings()).rows {
            let minutes = panes.iter().filter(|(key, _)| (&key.dimension, key.direction) == (&row.dimension, row.direction));
            let pane: Pane = window::merged(minutes.map(|(key, pane)| (key.minute, pane)), span.clone());
            agree(&row, &pane)?;
        }
    }
}

/// A line of the table is what its panes say.
fn agree(row: &Row, pane: &Pane) -> Result<(), TestCaseError> {
    let times = &row.answer_time;
    let histogram = match row.dimension {
        Dimension::Queue(_) => {
            prop_assert_eq!((row.offered, row.lost), (pane.entered(), pane.lost_passes()));
            for (threshold_s, level) in &row.service_levels {
                prop_assert_eq!(*level, pane.pass_service_level(u16::try_from(*threshold_s).unwrap()));
            }
            &pane.pass_wait_answered
        }
        Dimension::Site | Dimension::Unit(_) => {
            prop_assert_eq!((row.offered, row.lost), (pane.offered(), pane.lost()));
            prop_assert_eq!((row.presented, row.reaches), (pane.presented(), pane.reaches));
            prop_assert_eq!(row.lost_share(), pane.lost_share());
            prop_assert_eq!(row.undiverted_share(), pane.undiverted_share());
            for (threshold_s, level) in &row.service_levels {
                prop_assert_eq!(*level, pane.service_level(u16::try_from(*threshold_s).unwrap()));
            }
            let milli = |calls: i64| (calls > 0).then(|| pane.caller_signals.sum * 1000 / calls);
            prop_assert_eq!(row.caller_signals_milli, milli(row.answered));
            &pane.answer_time
        }
    };
    prop_assert_eq!(row.answered, histogram.count());
    prop_assert_eq!(times.mean_us, (row.answered > 0).then(|| histogram.sum / row.answered));
    let exact = [
        (50, times.median_us),
        (90, times.p90_us),
        (95, times.p95_us),
        (99, times.p99_us),
        (100, times.max_us),
    ];
    for (percent, exact) in exact {
        prop_assert_eq!(histogram.quantile_bin(percent), exact.map(kpi::bin_of_us));
    }
    Ok(())
}
