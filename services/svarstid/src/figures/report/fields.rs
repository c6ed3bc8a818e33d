//! Each measure as a list of figures: once for tables and for scripts.

use super::answering::{answer, levels, signals};
use super::outcomes::{causes, direct, lost_calls, lost_passes, reaches, undiverted};
use super::work::{priority, transfers, voicemail};
use super::{Measure, Plan};
use kpi::{Clock, Cut, Figures, Histogram};

/// One figure.
#[derive(Debug, Clone)]
pub struct Field {
    /// For scripts; units last.
    pub key: String,
    /// For people, beside the figure.
    pub label: String,
    /// For people, above a column.
    pub head: String,
    pub value: Value,
}

/// What a figure is.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    Count(i64),
    /// So many of so many: the count is a figure of its own.
    Part(i64, i64),
    /// A quotient of figures that stand beside it.
    Share(i64, i64),
    /// µs.
    Time(Option<i64>),
    /// Thousandths.
    Milli(Option<i64>),
}

/// Figures that belong in one table.
pub struct Section {
    pub title: String,
    pub fields: Vec<Field>,
    /// Figures of two dimensions: one column would be long.
    pub is_matrix: bool,
}

pub fn field(key: &str, label: &str, head: &str, value: Value) -> Field {
    Field { key: key.to_owned(), label: label.to_owned(), head: head.to_owned(), value }
}

pub fn section(title: &str, fields: Vec<Field>) -> Section {
    Section { title: title.to_owned(), fields, is_matrix: false }
}

/// The figures of one measure; none where it has no meaning, as reach has none for a queue.
pub fn sections(measure: Measure, figures: &Figures, plan: &Plan) -> Vec<Section> {
    let is_queue = plan.cut == Cut::Queue;
    match measure {
        Measure::Answer => vec![answer(figures, is_queue)],
        Measure::Signals if !is_queue => signals(figures, plan),
        Measure::Service => vec![section("Service level", levels(&figures.pane, plan))],
        Measure::Loss if is_queue => vec![lost_passes(&figures.pane)],
        Measure::Loss => lost_calls(&figures.pane),
        Measure::Reach if !is_queue => reaches(&figures.pane),
        Measure::Undiverted => vec![undiverted(&figures.pane, is_queue)],
        Measure::Causes => vec![causes(figures)],
        Measure::Direct if !is_queue => vec![direct(&figures.pane)],
        Measure::Priority => vec![priority(figures)],
        Measure::Transfers if !is_queue => vec![transfers(figures)],
        Measure::Voicemail if !is_queue => vec![voicemail(&figures.pane)],
        _ => Vec::new(),
    }
}

/// Mean of what a histogram counted, rounded down.
pub fn mean(histogram: &Histogram) -> Option<i64> {
    let n = histogram.count();
    (n > 0).then(|| histogram.sum / n)
}

impl Plan {
    /// Every T of the targets on every clock that has a meaning for this cut.
    pub fn levels(&self) -> Vec<(u16, Clock)> {
        let clocks = match self.cut {
            Cut::Queue => &[Clock::Queue][..],
            Cut::Number => &[Clock::Arrival, Clock::Menu],
            Cut::Site | Cut::Unit | Cut::Hour => &Clock::ALL,
        };
        clocks.iter().flat_map(|clock| self.thresholds_s.iter().map(|t| (*t, *clock))).collect()
    }
}
