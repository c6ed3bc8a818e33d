//! What one version of a call counts for, in a few words: so that versions can be compared, and counted, without a pane for each.

use crate::contribution::{band, is_direct, is_undiverted, menu_left_us, was_busy};
use crate::{Cadence, Dimension, Pane, PaneKey};
use call::{Call, CauseKind, DialledKind, Direction, LostStage, Outcome, Pass, PassResult, Reach};

/// What counts once in a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A call, without its passes.
    Call(CallPart),
    /// One stay in a queue.
    Pass(PassPart),
    /// So much of the minute was heard, µs.
    Heard(i64),
}

/// Of a call. Two calls that count for the same have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPart {
    outcome: Outcome,
    reach: Reach,
    final_reach: Reach,
    /// None as long as it is not lost.
    lost_stage: Option<LostStage>,
    message_left: bool,
    is_direct: bool,
    is_group: bool,
    is_undiverted: bool,
    is_undiverted_busy: bool,
    is_transferred: bool,
    left_on_hold: bool,
    /// From its arrival until it was through with the menu.
    menu_us: Option<i64>,
    answer: Option<Answer>,
    lost: Option<Lost>,
}

/// When a person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Answer {
    us: i64,
    signals: u32,
    after_menu_us: i64,
    /// How long the answering phone rang, and its signals.
    ring: Option<(i64, u32)>,
}

/// When a lost caller was gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lost {
    us: i64,
    after_menu_us: Option<i64>,
}

/// Of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassPart {
    result: PassResult,
    wait_us: Option<i64>,
    cause: Option<CauseKind>,
    is_inversion: bool,
    overtaken_us: Option<i64>,
}

/// Whose figures, without a copy of the name: [`Dimension`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    /// The site's.
    Site,
    /// A queue's.
    Queue(&'a str),
    /// A unit's.
    Unit(&'a str),
}

/// A pane of the call's site: [`PaneKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Minutes since 1970-01-01 00:00 UTC.
    pub minute: i64,
    /// Whose.
    pub whose: Whose<'a>,
    /// Which calls.
    pub direction: Direction,
}

impl Whose<'_> {
    /// With the name.
    #[must_use]
    pub fn dimension(self) -> Dimension {
        match self {
            Self::Site => Dimension::Site,
            Self::Queue(name) => Dimension::Queue(name.into()),
            Self::Unit(name) => Dimension::Unit(name.into()),
        }
    }
}

impl Place<'_> {
    /// With all names.
    #[must_use]
    pub fn key(self, site: &str) -> PaneKey {
        let Self { minute, whose, direction } = self;
        PaneKey { site: site.into(), minute, dimension: whose.dimension(), direction }
    }
}

impl PaneKey {
    /// The same without copies of its names.
    #[must_use]
    pub fn place(&self) -> Place<'_> {
        let whose = match &self.dimension {
            Dimension::Site => Whose::Site,
            Dimension::Queue(name) => Whose::Queue(name),
            Dimension::Unit(name) => Whose::Unit(name),
        };
        Place { minute: self.minute, whose, direction: self.direction }
    }
}

/// What a call counts for, and where: the call in the minute of its arrival (site, unit), each pass in the minute of its joining (queue,
/// the queue's unit). A merged call counts for nothing. One pane may be there several times.
#[must_use]
pub fn parts<'a>(call: &'a Call, cadence: Cadence) -> Vec<(Place<'a>, Part)> {
    if call.merged_into.is_some() {
        return Vec::new();
    }
    let mut parts = Vec::with_capacity(2 + 2 * call.passes.len());
    let mut add = |from_us: i64, whose: Whose<'a>, part: Part| {
        let place = Place { minute: window::minute_of(from_us), whose, direction: call.direction };
        parts.push((place, part));
    };
    let of_call = Part::of_call(call, cadence);
    if let Some(unit) = &call.unit {
        add(call.arrived_us, Whose::Unit(unit), of_call);
    }
    add(call.arrived_us, Whose::Site, of_call);
    for pass in &call.passes {
        let of_pass = Part::of_pass(pass, call.direction);
        if let Some(unit) = &pass.unit {
            add(pass.joined_us, Whose::Unit(unit), of_pass);
        }
        add(pass.joined_us, Whose::Queue(&pass.queue), of_pass);
    }
    parts
}

impl Part {
    /// Of a call without its passes.
    #[must_use]
    pub fn of_call(call: &Call, cadence: Cadence) -> Self {
        let left_us = menu_left_us(call);
        let answer = call.answer_time_us().map(|us| Answer {
            us,
            signals: cadence.signals(us),
            after_menu_us: call.arrived_us + us - left_us.unwrap_or(call.arrived_us),
            ring: call.ring_us.map(|ring_us| (ring_us, cadence.signals(ring_us))),
        });
        let lost = call.lost_after_us().map(|us| {
            let left_us = left_us.filter(|_| call.lost_stage != Some(LostStage::Menu));
            Lost { us, after_menu_us: left_us.map(|left_us| call.arrived_us + us - left_us) }
        });
        Self::Call(CallPart {
            outcome: call.outcome,
            reach: call.reach,
            final_reach: call.final_reach,
            lost_stage: call.lost_stage.filter(|_| call.outcome.is_lost()),
            message_left: call.message_left == Some(true),
            is_direct: is_direct(call),
            is_group: call.dialled_kind == DialledKind::Group,
            is_undiverted: is_undiverted(call),
            is_undiverted_busy: is_undiverted(call) && was_busy(call),
            is_transferred: call.transfers > 0,
            left_on_hold: call.left_on_hold && call.outcome == Outcome::Answered,
            menu_us: left_us.map(|left_us| left_us - call.arrived_us),
            answer,
            lost,
        })
    }

    /// Of a pass of a call that came in such a direction.
    #[must_use]
    pub fn of_pass(pass: &Pass, direction: Direction) -> Self {
        let counts = pass.result == PassResult::Answered || pass.result.is_lost();
        Self::Pass(PassPart {
            result: pass.result,
            wait_us: pass.wait_us.filter(|_| counts),
            cause: pass.cause.as_ref().map(|cause| cause.kind),
            // an internal caller was answered while an external one had waited longer
            is_inversion: direction == Direction::Internal
                && pass.result == PassResult::Answered
                && pass.overtook > 0,
            overtaken_us: pass.overtaken_us.filter(|_| direction == Direction::External),
        })
    }

    /// It alone.
    #[must_use]
    pub fn pane(&self) -> Pane {
        let mut pane = Pane::default();
        pane.count(self, 1);
        pane
    }

    /// A call to a direct number; and whether it fell to the operator because the person was not diverted.
    #[must_use]
    pub const fn direct(&self) -> Option<bool> {
        match self {
            Self::Call(call) if call.is_direct => Some(call.is_undiverted),
            Self::Call(_) | Self::Pass(_) | Self::Heard(_) => None,
        }
    }

    /// How long until a person answered, µs; none if nobody did.
    #[must_use]
    pub fn answer_time_us(&self) -> Option<i64> {
        match self {
            Self::Call(call) => call.answer.map(|answer| answer.us),
            Self::Pass(pass) => pass.wait_us.filter(|_| pass.result == PassResult::Answered),
            Self::Heard(_) => None,
        }
    }
}

impl Pane {
    /// Counts a part, `times` times: 1 adds it, −1 takes it away.
    pub fn count(&mut self, part: &Part, times: i64) {
        match part {
            Part::Call(call) => self.count_call(call, times),
            Part::Pass(pass) => self.count_pass(pass, times),
            Part::Heard(us) => self.heard_us += times * us,
        }
    }

    fn count_call(&mut self, call: &CallPart, times: i64) {
        self.outcomes[call.outcome.index()] += times;
        self.reaches[call.reach.index()] += times;
        self.final_reaches[call.final_reach.index()] += times;
        if let Some(stage) = call.lost_stage {
            self.lost_stages[stage.index()] += times;
        }
        self.messages_left += times * i64::from(call.message_left);
        self.direct_calls += times * i64::from(call.is_direct);
        self.group_calls += times * i64::from(call.is_group);
        self.undiverted_calls += times * i64::from(call.is_undiverted);
        self.undiverted_busy_calls += times * i64::from(call.is_undiverted_busy);
        self.transferred_calls += times * i64::from(call.is_transferred);
        self.left_on_hold += times * i64::from(call.left_on_hold);
        if let Some(us) = call.menu_us {
            self.menu_time.count_us(us, times);
        }
        if let Some(answer) = &call.answer {
            self.answer_time.count_us(answer.us, times);
            self.caller_signals.count_signals(answer.signals, times);
            self.answer_after_menu.count_us(answer.after_menu_us, times);
            if let Some((ring_us, signals)) = answer.ring {
                self.ring_signals.count_signals(signals, times);
                self.ring_time.count_us(ring_us, times);
            }
        }
        if let Some(lost) = &call.lost {
            self.lost_bands[band(lost.us)] += times;
            self.lost_wait.count_us(lost.us, times);
            if let Some(us) = lost.after_menu_us {
                self.lost_after_menu.count_us(us, times);
            }
        }
    }

    fn count_pass(&mut self, pass: &PassPart, times: i64) {
        self.pass_results[pass.result.index()] += times;
        if let Some(us) = pass.wait_us {
            let waits = match pass.result {
                PassResult::Answered => &mut self.pass_wait_answered,
                _ => &mut self.pass_wait_lost,
            };
            waits.count_us(us, times);
        }
        if let Some(cause) = pass.cause {
            self.pass_causes[cause.index()] += times;
        }
        self.priority_inversions += times * i64::from(pass.is_inversion);
        if let Some(us) = pass.overtaken_us {
            self.overtaken_passes += times;
            self.overtaken_us += times * us;
        }
    }
}
