//! The figures of a pane as columns with names: analysts read them.

use super::cell::{Cell, RowError};
use super::row::Columns;
use call::{CauseKind, LostStage, Outcome, PassResult, Reach};
use kpi::{Bins, Histogram, Pane};

/// Names of the bands of `Pane::lost_bands`.
const BANDS: [&str; kpi::pane::LOST_BANDS] =
    ["lost_0_to_6_s", "lost_6_to_12_s", "lost_12_to_30_s", "lost_over_30_s"];

/// Names of the counts, in the order in which they are written.
fn count_names() -> Vec<String> {
    fn all<T: Copy>(prefix: &str, words: &[T], word: fn(T) -> &'static str) -> Vec<String> {
        words.iter().map(|one| format!("{prefix}_{}", word(*one))).collect()
    }
    let mut names = all("calls", Outcome::ALL, Outcome::word);
    names.extend(all("reach", Reach::ALL, Reach::word));
    names.extend(all("final_reach", Reach::ALL, Reach::word));
    names.extend(all("lost_stage", LostStage::ALL, LostStage::word));
    names.extend(BANDS.map(String::from));
    names.extend(["messages_left", "direct_calls", "group_calls", "undiverted_calls"].map(String::from));
    names.extend(all("passes", PassResult::ALL, PassResult::word));
    names.extend(all("cause", CauseKind::ALL, CauseKind::word));
    names.extend(MORE.map(String::from));
    names
}

/// Counts that came with the second version.
const MORE: [&str; 7] = [
    "undiverted_busy_calls",
    "transferred_calls",
    "left_on_hold",
    "priority_inversions",
    "overtaken_passes",
    "overtaken_us",
    "heard_us",
];

/// Names of the histograms and of their sums.
const HISTOGRAMS: [(&str, &str); 10] = [
    ("answer_time_bins", "answer_time_sum_us"),
    ("lost_wait_bins", "lost_wait_sum_us"),
    ("caller_signals_bins", "caller_signals_sum"),
    ("ring_signals_bins", "ring_signals_sum"),
    ("pass_wait_answered_bins", "pass_wait_answered_sum_us"),
    ("pass_wait_lost_bins", "pass_wait_lost_sum_us"),
    ("menu_time_bins", "menu_time_sum_us"),
    ("ring_time_bins", "ring_time_sum_us"),
    ("answer_after_menu_bins", "answer_after_menu_sum_us"),
    ("lost_after_menu_bins", "lost_after_menu_sum_us"),
];

/// More than there are counts.
const COUNTS_ROOM: usize = 80;

/// Every count and every histogram of a pane, in the order of the names, to read or to write. The one place that knows them all.
macro_rules! parts {
    ($pane:expr) => {{
        let Pane {
            outcomes,
            reaches,
            final_reaches,
            lost_stages,
            lost_bands,
            messages_left,
            direct_calls,
            group_calls,
            undiverted_calls,
            answer_time,
            lost_wait,
            caller_signals,
            ring_signals,
            pass_results,
            pass_wait_answered,
            pass_wait_lost,
            pass_causes,
            undiverted_busy_calls,
            transferred_calls,
            left_on_hold,
            priority_inversions,
            overtaken_passes,
            overtaken_us,
            heard_us,
            menu_time,
            ring_time,
            answer_after_menu,
            lost_after_menu,
        } = $pane;
        let mut counts = Vec::with_capacity(COUNTS_ROOM);
        counts.extend(outcomes);
        counts.extend(reaches);
        counts.extend(final_reaches);
        counts.extend(lost_stages);
        counts.extend(lost_bands);
        counts.extend([messages_left, direct_calls, group_calls, undiverted_calls]);
        counts.extend(pass_results);
        counts.extend(pass_causes);
        counts.extend([
            undiverted_busy_calls,
            transferred_calls,
            left_on_hold,
            priority_inversions,
            overtaken_passes,
            overtaken_us,
            heard_us,
        ]);
        (
            counts,
            [
                answer_time,
                lost_wait,
                caller_signals,
                ring_signals,
                pass_wait_answered,
                pass_wait_lost,
                menu_time,
                ring_time,
                answer_after_menu,
                lost_after_menu,
            ],
        )
    }};
}

fn parts(pane: &Pane) -> (Vec<&i64>, [&Histogram; 10]) {
    parts!(pane)
}

fn parts_mut(pane: &mut Pane) -> (Vec<&mut i64>, [&mut Histogram; 10]) {
    parts!(pane)
}

impl Columns for Pane {
    fn describe(_: &str, to: &mut Vec<(String, String)>) {
        for name in count_names() {
            i64::describe(&name, to);
        }
        for (bins, sum) in HISTOGRAMS {
            Bins::describe(bins, to);
            i64::describe(sum, to);
        }
    }

    fn put_columns(&self, out: &mut Vec<u8>) {
        let (counts, histograms) = parts(self);
        counts.iter().for_each(|count| count.put(out));
        for histogram in histograms {
            histogram.bins.put(out);
            histogram.sum.put(out);
        }
    }

    fn take_columns(input: &mut &[u8]) -> Result<Self, RowError> {
        let mut pane = Self::default();
        let (counts, histograms) = parts_mut(&mut pane);
        for count in counts {
            *count = i64::take(input)?;
        }
        for histogram in histograms {
            histogram.bins = Bins::take(input)?;
            histogram.sum = i64::take(input)?;
        }
        Ok(pane)
    }
}
