//! The report is what its panes say, however it is cut.

use crate::made::{histories, last};
use crate::{count, settings};
use call::{Call, Direction, LostStage, PassResult};
use kpi::{Clock, Cut, Dimension, Figures, Group, Pane, Report, SignalReading, Target};
use proptest::prelude::*;
use std::collections::BTreeMap;

const CUTS: [Cut; 5] = [Cut::Site, Cut::Queue, Cut::Unit, Cut::Number, Cut::Hour];

fn report(calls: &[Call], cut: Cut) -> Report {
    let mut report = Report::new(cut, settings().cadence);
    calls.iter().for_each(|call| report.add(call));
    report
}

fn whole(report: &Report) -> Figures {
    let mut whole = Figures::default();
    report.groups.values().for_each(|figures| whole.combine(figures));
    whole
}

proptest! {
    #[test]
    fn every_cut_is_the_same_whole(histories in histories()) {
        let calls = last(&histories);
        let site = whole(&report(&calls, Cut::Site));
        prop_assert!(site.pane.is_conserved());
        for cut in CUTS {
            let cut_up = report(&calls, cut);
            prop_assert!(cut_up.groups.values().all(|figures| figures.pane.is_conserved()));
            let sum = whole(&cut_up);
            let passes = |pane: &Pane| (pane.pass_results, pane.pass_causes, pane.overtaken_us, pane.priority_inversions);
            prop_assert_eq!(passes(&sum.pane), passes(&site.pane));
            prop_assert_eq!(sum.after_transfer_passes, site.after_transfer_passes);
            if cut != Cut::Queue {
                prop_assert_eq!(&sum, &site);
            }
        }
    }

    #[test]
    fn a_line_is_the_sum_of_its_minutes(histories in histories()) {
        let calls = last(&histories);
        let mut minutes = crate::Panes::new();
        calls.iter().for_each(|call| count(&mut minutes, call, 1));
        let mut panes: BTreeMap<(Dimension, Direction), Pane> = BTreeMap::new();
        for (key, pane) in minutes {
            panes.entry((key.dimension, key.direction)).or_default().combine(&pane, 1);
        }
        for cut in [Cut::Queue, Cut::Unit] {
            for ((group, direction), figures) in report(&calls, cut).groups {
                let dimension = match group {
                    Group::Queue(name) => Dimension::Queue(name),
                    Group::Unit(Some(name)) => Dimension::Unit(name),
                    _ => continue,
                };
                prop_assert_eq!(Some(&figures.pane), panes.get(&(dimension, direction)));
            }
        }
        for (dimension, pane) in report(&calls, Cut::Site).scopes {
            if dimension != Dimension::Site {
                prop_assert_eq!(Some(&pane), panes.get(&(dimension, Direction::External)));
            }
        }
    }

    #[test]
    fn exact_times_and_bins_agree(histories in histories(), signals in 1u32..8) {
        let calls = last(&histories);
        for figures in report(&calls, Cut::Site).groups.values() {
            let exact = figures.answered.quantiles();
            for (percent, us) in [(50, exact.median_us), (90, exact.p90_us), (95, exact.p95_us), (99, exact.p99_us)] {
                prop_assert_eq!(figures.pane.answer_time.quantile_bin(percent), us.map(kpi::bin_of_us));
            }
            // The default reading counts signals heard, which the pane counts, too.
            let within = figures.within_signals(signals, SignalReading::BeforeTheNext, settings().cadence);
            let most = u16::try_from(signals).unwrap();
            let heard = figures.pane.caller_signals.bins.iter().filter(|(signals, _)| *signals <= most);
            prop_assert_eq!(within, heard.map(|(_, calls)| calls).sum::<i64>());
            let by_band: Vec<i64> = (0..4).map(|band| figures.lost_in_band(band).calls).collect();
            prop_assert_eq!(by_band, figures.pane.lost_bands.to_vec());
            let waits: i64 = (0..4).map(|band| figures.lost_in_band(band).wait_sum_us).sum();
            prop_assert_eq!(waits, figures.pane.lost_wait.sum);
        }
    }

    #[test]
    fn levels_on_every_clock_are_counted_from_calls(histories in histories(), within_s in 1u16..=120) {
        let mut calls = last(&histories);
        calls.retain(|call| call.merged_into.is_none() && call.direction == Direction::External);
        let Some(pane) = report(&calls, Cut::Site).scopes.remove(&Dimension::Site) else { return Ok(()) };
        let t = i64::from(within_s) * 1_000_000;
        let menu_left = |call: &Call| [call.queued_us, call.alerted_us, call.answered_us].into_iter().flatten().min();
        let after_menu = |call: &&Call| Some(call.ended_us? - menu_left(call)?);
        let answered = calls.iter().filter(|call| call.answered_us.is_some());
        let lost = || calls.iter().filter(|call| call.outcome.is_lost());
        let in_menu = |call: &&Call| call.lost_stage == Some(call::LostStage::Menu);
        let menu = pane.level_input(Clock::Menu, within_s);
        prop_assert_eq!(menu.answered_within, answered.filter(|c| after_menu(c).unwrap() < t).count() as i64);
        prop_assert_eq!(menu.lost_within, lost().filter(|c| !in_menu(c) && after_menu(c).is_some_and(|us| us < t)).count() as i64);
        let lost_in_menu = lost().filter(in_menu).count() as i64;
        prop_assert_eq!(menu.presented, pane.presented() - lost_in_menu);
        let passes = || calls.iter().flat_map(|call| &call.passes);
        let queue = pane.level_input(Clock::Queue, within_s);
        let fast = passes().filter(|p| p.result == PassResult::Answered && p.wait_us.is_some_and(|us| us < t));
        prop_assert_eq!(queue.answered_within, fast.count() as i64);
        let over = passes().filter(|pass| pass.result != PassResult::InProgress).count() as i64;
        prop_assert_eq!(queue.presented, over);
    }
}

#[test]
fn a_target_is_kept_when_it_is_fast_enough_and_loses_few_enough() {
    let mut pane = Pane::default();
    pane.outcomes[call::Outcome::Answered.index()] = 9;
    pane.outcomes[call::Outcome::Abandoned.index()] = 1;
    pane.lost_stages[LostStage::Menu.index()] = 1;
    pane.lost_wait.add_us(1_000_000);
    for n in 0..9 {
        pane.answer_time.add_us(n * 3_000_000);
        pane.answer_after_menu.add_us(n * 2_000_000);
    }
    let judged = |clock: Clock, within_s: u16, share: f64, lost_share_max: Option<f64>| {
        let target =
            Target { name: "t".into(), within_s, clock, scope: Dimension::Site, share, lost_share_max };
        let kept = target.judge(&pane);
        (kept.presented, kept.level.sl_of_offered, kept.lost_share, kept.is_kept)
    };
    assert_eq!(judged(Clock::Arrival, 15, 0.5, None), (10, Some(0.5), Some(0.1), Some(true)));
    assert_eq!(judged(Clock::Arrival, 15, 0.5, Some(0.09)), (10, Some(0.5), Some(0.1), Some(false)));
    assert_eq!(judged(Clock::Arrival, 15, 0.51, Some(0.1)).3, Some(false));
    // Who was lost in the menu is not counted on this clock.
    assert_eq!(judged(Clock::Menu, 17, 1.0, Some(0.0)), (9, Some(1.0), Some(0.0), Some(true)));
    assert_eq!(judged(Clock::Queue, 15, 0.5, None), (0, None, None, None));
}
