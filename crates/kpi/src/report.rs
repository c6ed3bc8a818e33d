//! Every measure of call flow, for the site or cut by queue, unit, number or hour. It keeps counts, not calls.

use crate::contribution::band;
use crate::pane::LOST_BANDS;
use crate::{Cadence, Dimension, Pane, Part, SignalReading, Times};
use call::{Call, CauseKind, Direction, LostStage, Party, Pass, PassResult, Text};
use std::collections::BTreeMap;

const HOUR_US: i64 = 3_600_000_000;

/// What the lines of a report are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cut {
    /// The whole site.
    #[default]
    Site,
    /// Queues: their passes.
    Queue,
    /// Units: their calls, and the passes of their queues.
    Unit,
    /// Numbers dialled: their calls, and the passes of these.
    Number,
    /// Hours of UTC: calls by arrival, passes by joining.
    Hour,
}

/// One line's subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The site.
    Site,
    /// A queue.
    Queue(Text),
    /// A unit; none: calls of no unit.
    Unit(Option<Text>),
    /// A number of the site's own; none: numbers outside, dialled by outgoing calls.
    Number(Option<Text>),
    /// When an hour begins, µs UTC.
    Hour(i64),
}

/// Lost calls of one stage and band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loss {
    /// How many.
    pub calls: i64,
    /// How long they had waited together, µs.
    pub wait_sum_us: i64,
}

/// The figures of one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Counts and histograms, of calls and of passes.
    pub pane: Pane,
    /// Answer times of calls, exact; for a queue the waits of its answered passes.
    pub answered: Times,
    /// Lost calls by stage and band.
    pub losses: [[Loss; LOST_BANDS]; LostStage::ALL.len()],
    /// Operator passes with cause `not_diverted` after somebody had sent the call to the one who did not answer.
    pub after_transfer_passes: i64,
    /// Passes that an operator answered: what inversions are a share of, for internal callers.
    pub operator_answered: i64,
    /// How many times calls were handed over.
    pub transfers: i64,
}

/// Calls whose first operator asked for one extension.
pub type AskedFor = BTreeMap<(Text, Direction), i64>;

/// The lines as they grow.
#[derive(Debug)]
pub struct Report {
    cadence: Cadence,
    cut: Cut,
    /// The figures of each line; external calls before internal before outgoing.
    pub groups: BTreeMap<(Group, Direction), Figures>,
    /// The panes that targets are judged by: external calls of site, queues and units.
    pub scopes: BTreeMap<Dimension, Pane>,
    /// Extensions by how often they were asked for through the operator.
    pub asked_for: AskedFor,
}

impl Report {
    /// Nothing counted.
    #[must_use]
    pub const fn new(cut: Cut, cadence: Cadence) -> Self {
        Self { cadence, cut, groups: BTreeMap::new(), scopes: BTreeMap::new(), asked_for: BTreeMap::new() }
    }

    /// Counts the last version of a call. One that was merged into another is left out.
    pub fn add(&mut self, call: &Call) {
        if call.merged_into.is_some() {
            return;
        }
        let of_call = Part::of_call(call, self.cadence).pane();
        if let Some(group) = self.group_of_call(call) {
            let figures = self.groups.entry((group, call.direction)).or_default();
            figures.add_call(call, &of_call);
        }
        for pass in &call.passes {
            let of_pass = Part::of_pass(pass, call.direction).pane();
            let key = (self.group_of_pass(call, pass), call.direction);
            self.groups.entry(key).or_default().add_pass(pass, &of_pass, self.cut == Cut::Queue);
            self.add_to_scopes(
                call,
                &[Some(Dimension::Queue(pass.queue.clone())), unit(&pass.unit)],
                &of_pass,
            );
        }
        self.add_to_scopes(call, &[unit(&call.unit)], &of_call);
        if let Some(extension) = &call.asked_for {
            *self.asked_for.entry((extension.clone(), call.direction)).or_default() += 1;
        }
    }

    fn add_to_scopes(&mut self, call: &Call, dimensions: &[Option<Dimension>], pane: &Pane) {
        if call.direction != Direction::External {
            return;
        }
        for dimension in dimensions.iter().flatten().chain(std::iter::once(&Dimension::Site)) {
            match self.scopes.get_mut(dimension) {
                Some(known) => known.combine(pane, 1),
                None => drop(self.scopes.insert(dimension.clone(), pane.clone())),
            }
        }
    }

    fn group_of_call(&self, call: &Call) -> Option<Group> {
        match self.cut {
            Cut::Site => Some(Group::Site),
            Cut::Queue => None,
            Cut::Unit => Some(Group::Unit(call.unit.clone())),
            Cut::Number => Some(number(call)),
            Cut::Hour => Some(hour(call.arrived_us)),
        }
    }

    fn group_of_pass(&self, call: &Call, pass: &Pass) -> Group {
        match self.cut {
            Cut::Site => Group::Site,
            Cut::Queue => Group::Queue(pass.queue.clone()),
            Cut::Unit => Group::Unit(pass.unit.clone()),
            Cut::Number => number(call),
            Cut::Hour => hour(pass.joined_us),
        }
    }
}

fn unit(name: &Option<Text>) -> Option<Dimension> {
    name.clone().map(Dimension::Unit)
}

fn number(call: &Call) -> Group {
    match &call.dialled {
        Party::Own(digits) | Party::Service(digits) => Group::Number(Some(digits.clone())),
        Party::Unknown | Party::Outside(_) => Group::Number(None),
    }
}

fn hour(us: i64) -> Group {
    Group::Hour(us.div_euclid(HOUR_US) * HOUR_US)
}

impl Figures {
    fn add_call(&mut self, call: &Call, pane: &Pane) {
        self.pane.combine(pane, 1);
        self.transfers += i64::from(call.transfers);
        if let Some(us) = call.answer_time_us() {
            self.answered.add(us);
        }
        if let (Some(stage), Some(us)) = (call.lost_stage, call.lost_after_us()) {
            let loss = &mut self.losses[stage.index()][band(us)];
            loss.calls += 1;
            loss.wait_sum_us += us;
        }
    }

    fn add_pass(&mut self, pass: &Pass, pane: &Pane, is_line_of_queue: bool) {
        self.pane.combine(pane, 1);
        let is_answered = pass.result == PassResult::Answered;
        if let (true, true, Some(us)) = (is_line_of_queue, is_answered, pass.wait_us) {
            self.answered.add(us);
        }
        if let Some(cause) = &pass.cause {
            self.operator_answered += i64::from(is_answered);
            let is_after = cause.kind == CauseKind::NotDiverted && cause.after_transfer;
            self.after_transfer_passes += i64::from(is_after);
        }
    }

    /// Another line's figures added: a sum of lines.
    pub fn combine(&mut self, other: &Self) {
        self.pane.combine(&other.pane, 1);
        self.answered.combine(&other.answered);
        for (into, from) in self.losses.iter_mut().flatten().zip(other.losses.iter().flatten()) {
            into.calls += from.calls;
            into.wait_sum_us += from.wait_sum_us;
        }
        self.after_transfer_passes += other.after_transfer_passes;
        self.operator_answered += other.operator_answered;
        self.transfers += other.transfers;
    }

    /// Answered within so many ring signals, as one reading counts it.
    #[must_use]
    pub fn within_signals(&self, signals: u32, reading: SignalReading, cadence: Cadence) -> i64 {
        self.answered.count_where(|us| reading.is_within(us, signals, cadence))
    }

    /// Lost calls of a band, of all stages.
    #[must_use]
    pub fn lost_in_band(&self, band: usize) -> Loss {
        let of_band = self.losses.iter().filter_map(|stage| stage.get(band));
        of_band.fold(Loss::default(), |sum, loss| Loss {
            calls: sum.calls + loss.calls,
            wait_sum_us: sum.wait_sum_us + loss.wait_sum_us,
        })
    }
}
