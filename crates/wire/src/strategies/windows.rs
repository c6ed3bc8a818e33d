//! Panes and corrections.

use super::{not_negative, text};
use call::Direction;
use kpi::{Dimension, Histogram, Pane, PaneKey, WindowRecord, WindowRecordKind};
use proptest::collection::btree_map;
use proptest::prelude::*;

/// Any record of the topic `kpi-windows`.
pub fn window_record() -> impl Strategy<Value = WindowRecord> {
    prop_oneof![pane_revision(), correction()]
}

/// A whole pane.
pub fn pane_revision() -> impl Strategy<Value = WindowRecord> {
    let kind = (not_negative(), any::<bool>());
    record(kind.prop_map(|(revision, closed)| WindowRecordKind::Pane { revision, closed }))
}

/// A difference.
pub fn correction() -> impl Strategy<Value = WindowRecord> {
    let kind = (text(), any::<u32>());
    record(kind.prop_map(|(call_id, version)| WindowRecordKind::Correction { call_id, version }))
}

fn record(kind: impl Strategy<Value = WindowRecordKind>) -> impl Strategy<Value = WindowRecord> {
    (key(), kind, pane(), 1..9u32).prop_map(|(key, kind, pane, definition_version)| WindowRecord {
        key,
        kind,
        pane: Box::new(pane),
        definition_version,
    })
}

fn key() -> impl Strategy<Value = PaneKey> {
    let dimension = prop_oneof![
        Just(Dimension::Site),
        text().prop_map(Dimension::Queue),
        text().prop_map(Dimension::Unit)
    ];
    (text(), any::<i64>(), dimension, proptest::sample::select(Direction::ALL))
        .prop_map(|(site, minute, dimension, direction)| PaneKey { site, minute, dimension, direction })
}

fn pane() -> impl Strategy<Value = Pane> {
    let calls =
        (any::<[i64; 11]>(), any::<[i64; 6]>(), any::<[i64; 6]>(), any::<[i64; 5]>(), any::<[i64; 4]>());
    let kinds = (any::<i64>(), any::<i64>(), any::<i64>(), any::<i64>());
    let times = (histogram(), histogram(), histogram(), histogram());
    let passes = (any::<[i64; 9]>(), histogram(), histogram(), any::<[i64; 7]>());
    let more = (any::<[i64; 7]>(), histogram(), histogram(), histogram(), histogram());
    (calls, kinds, times, passes, more).prop_map(|(calls, kinds, times, passes, more)| {
        let (counts, menu_time, ring_time, answer_after_menu, lost_after_menu) = more;
        let [
            undiverted_busy_calls,
            transferred_calls,
            left_on_hold,
            priority_inversions,
            overtaken_passes,
            overtaken_us,
            heard_us,
        ] = counts;
        let (outcomes, reaches, final_reaches, lost_stages, lost_bands) = calls;
        let (messages_left, direct_calls, group_calls, undiverted_calls) = kinds;
        let (answer_time, lost_wait, caller_signals, ring_signals) = times;
        let (pass_results, pass_wait_answered, pass_wait_lost, pass_causes) = passes;
        Pane {
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
        }
    })
}

fn histogram() -> impl Strategy<Value = Histogram> {
    let count = any::<i64>().prop_filter("a histogram holds no empty bin", |count| *count != 0);
    (btree_map(any::<u16>(), count, 0..5), any::<i64>())
        .prop_map(|(bins, sum)| Histogram { bins: bins.into_iter().collect(), sum })
}
