//! What one call adds to which panes.

use crate::part::{Part, parts};
use crate::{Cadence, Dimension, Pane, PaneKey};
use call::{Call, CauseKind, DialledKind, Direction, NotDiverted, Pass, Text};

/// Settings that change what is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Ring cadence.
    pub cadence: Cadence,
    /// Service-level thresholds T, whole seconds.
    pub thresholds_s: Vec<u32>,
}

/// The panes that a call counts in, and what it adds there: [`parts`], one entry for each pane.
#[must_use]
pub fn contributions(call: &Call, settings: &Settings) -> Vec<(PaneKey, Pane)> {
    let mut panes: Vec<(PaneKey, Pane)> = Vec::new();
    for (place, part) in parts(call, settings.cadence) {
        let key = place.key(&call.site);
        match panes.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => known.count(&part, 1),
            None => panes.push((key, part.pane())),
        }
    }
    panes
}

/// What a call adds, without its passes.
pub(crate) fn call_pane(call: &Call, cadence: Cadence) -> Pane {
    Part::of_call(call, cadence).pane()
}

/// What one pass adds, of a call that came in such a direction.
pub(crate) fn pass_pane(pass: &Pass, direction: Direction) -> Pane {
    Part::of_pass(pass, direction).pane()
}

/// When the caller was through with menus and music: the first queue or ringing phone, or the answer if there was neither.
pub(crate) fn menu_left_us(call: &Call) -> Option<i64> {
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

pub(crate) fn was_busy(call: &Call) -> bool {
    call.operator_cause.as_ref().and_then(|cause| cause.not_diverted) == Some(NotDiverted::Busy)
}

/// 0–6, 6–12, 12–30, 30+ seconds.
pub(crate) fn band(us: i64) -> usize {
    [6, 12, 30].iter().filter(|seconds| us >= **seconds * 1_000_000).count()
}

/// What the rows of a table are about, in their order.
pub(crate) fn dimensions_of(call: &Call) -> Vec<(Dimension, Direction)> {
    let mut found = vec![(Dimension::Site, call.direction)];
    found.extend(call.unit.iter().map(|unit: &Text| (Dimension::Unit(unit.clone()), call.direction)));
    found
}
