//! What one call adds to which panes.

use crate::{Cadence, Dimension, Pane, PaneKey};
use call::{
    Call, CauseKind, DialledKind, Direction, LostStage, NotDiverted, Outcome, Pass, PassResult, Text,
};

/// Settings that change what is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Ring cadence.
    pub cadence: Cadence,
    /// Service-level thresholds T, whole seconds.
    pub thresholds_s: Vec<u32>,
}

/// The panes that a call counts in, and what it adds there: the call in the minute of its arrival (site, unit), each pass
/// in the minute of its joining (queue, the queue's unit). A merged call adds nothing.
#[must_use]
pub fn contributions(call: &Call, settings: &Settings) -> Vec<(PaneKey, Pane)> {
    if call.merged_into.is_some() {
        return Vec::new();
    }
    let minute = window::minute_of(call.arrived_us);
    let mut panes = Vec::with_capacity(2 + 2 * call.passes.len());
    let of_call = call_pane(call, settings.cadence);
    if let Some(unit) = &call.unit {
        add(&mut panes, key(call, minute, Dimension::Unit(unit.clone())), of_call.clone());
    }
    add(&mut panes, key(call, minute, Dimension::Site), of_call);
    for pass in &call.passes {
        let minute = window::minute_of(pass.joined_us);
        let of_pass = pass_pane(pass, call.direction);
        if let Some(unit) = &pass.unit {
            add(&mut panes, key(call, minute, Dimension::Unit(unit.clone())), of_pass.clone());
        }
        add(&mut panes, key(call, minute, Dimension::Queue(pass.queue.clone())), of_pass);
    }
    panes
}

fn key(call: &Call, minute: i64, dimension: Dimension) -> PaneKey {
    PaneKey { site: call.site.clone(), minute, dimension, direction: call.direction }
}

/// One entry for each key.
fn add(panes: &mut Vec<(PaneKey, Pane)>, key: PaneKey, pane: Pane) {
    match panes.iter_mut().find(|(known, _)| *known == key) {
        Some((_, known)) => known.combine(&pane, 1),
        None => panes.push((key, pane)),
    }
}

/// What a call adds, without its passes.
pub(crate) fn call_pane(call: &Call, cadence: Cadence) -> Pane {
    let mut pane = Pane::default();
    pane.outcomes[call.outcome.index()] = 1;
    pane.reaches[call.reach.index()] = 1;
    pane.final_reaches[call.final_reach.index()] = 1;
    pane.messages_left = i64::from(call.message_left == Some(true));
    pane.direct_calls = i64::from(is_direct(call));
    pane.group_calls = i64::from(call.dialled_kind == DialledKind::Group);
    pane.undiverted_calls = i64::from(is_undiverted(call));
    pane.undiverted_busy_calls = i64::from(is_undiverted(call) && was_busy(call));
    pane.transferred_calls = i64::from(call.transfers > 0);
    pane.left_on_hold = i64::from(call.left_on_hold && call.outcome == Outcome::Answered);
    add_times(&mut pane, call, cadence);
    pane
}

fn add_times(pane: &mut Pane, call: &Call, cadence: Cadence) {
    let left_us = menu_left_us(call);
    if let Some(left_us) = left_us {
        pane.menu_time.add_us(left_us - call.arrived_us);
    }
    if let Some(us) = call.answer_time_us() {
        pane.answer_time.add_us(us);
        pane.caller_signals.add_signals(cadence.signals(us));
        pane.answer_after_menu.add_us(call.arrived_us + us - left_us.unwrap_or(call.arrived_us));
        if let Some(ring_us) = call.ring_us {
            pane.ring_signals.add_signals(cadence.signals(ring_us));
            pane.ring_time.add_us(ring_us);
        }
    }
    if let Some(stage) = call.lost_stage.filter(|_| call.outcome.is_lost()) {
        pane.lost_stages[stage.index()] = 1;
    }
    if let Some(us) = call.lost_after_us() {
        pane.lost_bands[band(us)] = 1;
        pane.lost_wait.add_us(us);
        if let Some(left_us) = left_us.filter(|_| call.lost_stage != Some(LostStage::Menu)) {
            pane.lost_after_menu.add_us(call.arrived_us + us - left_us);
        }
    }
}

/// When the caller was through with menus and music: the first queue or ringing phone, or the answer if there was neither.
fn menu_left_us(call: &Call) -> Option<i64> {
    [call.queued_us, call.alerted_us, call.answered_us].into_iter().flatten().min()
}

/// A call to a direct number.
#[must_use]
pub fn is_direct(call: &Call) -> bool {
    call.dialled_kind == DialledKind::Direct
}

/// A call to a direct number that fell to the operator because the person neither answered nor was diverted.
#[must_use]
pub fn is_undiverted(call: &Call) -> bool {
    let cause = call.operator_cause.as_ref();
    is_direct(call) && cause.is_some_and(|c| c.kind == CauseKind::NotDiverted && !c.after_transfer)
}

fn was_busy(call: &Call) -> bool {
    call.operator_cause.as_ref().and_then(|cause| cause.not_diverted) == Some(NotDiverted::Busy)
}

/// 0–6, 6–12, 12–30, 30+ seconds.
pub(crate) fn band(us: i64) -> usize {
    [6, 12, 30].iter().filter(|seconds| us >= **seconds * 1_000_000).count()
}

/// What one pass adds, of a call that came in such a direction.
pub(crate) fn pass_pane(pass: &Pass, direction: Direction) -> Pane {
    let mut pane = Pane::default();
    pane.pass_results[pass.result.index()] = 1;
    match (pass.result, pass.wait_us) {
        (PassResult::Answered, Some(wait)) => pane.pass_wait_answered.add_us(wait),
        (result, Some(wait)) if result.is_lost() => pane.pass_wait_lost.add_us(wait),
        _ => {}
    }
    if let Some(cause) = &pass.cause {
        pane.pass_causes[cause.kind.index()] = 1;
    }
    pane.priority_inversions = i64::from(is_inversion(pass, direction));
    if let (Direction::External, Some(us)) = (direction, pass.overtaken_us) {
        (pane.overtaken_passes, pane.overtaken_us) = (1, us);
    }
    pane
}

/// An internal caller was answered while an external one had waited longer.
fn is_inversion(pass: &Pass, direction: Direction) -> bool {
    direction == Direction::Internal && pass.result == PassResult::Answered && pass.overtook > 0
}

/// What the rows of a table are about, in their order.
pub(crate) fn dimensions_of(call: &Call) -> Vec<(Dimension, Direction)> {
    let mut found = vec![(Dimension::Site, call.direction)];
    found.extend(call.unit.iter().map(|unit: &Text| (Dimension::Unit(unit.clone()), call.direction)));
    found
}
