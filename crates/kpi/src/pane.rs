//! The accumulator of one pane.

use crate::{Histogram, PaneKey};
use call::{CauseKind, LostStage, Outcome, PassResult, Reach, Text};

/// Bands of waiting before a loss: 0–6, 6–12, 12–30, 30+ seconds.
pub const LOST_BANDS: usize = 4;

/// Counts and histograms of one pane. All integers, so that add, subtract and merge are exact and in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pane {
    /// Calls by outcome, in the order of `Outcome::ALL`; their sum is `offered`.
    pub outcomes: [i64; Outcome::ALL.len()],
    /// Calls by reach, in the order of `Reach::ALL`.
    pub reaches: [i64; Reach::ALL.len()],
    /// Calls by final reach, in the order of `Reach::ALL`.
    pub final_reaches: [i64; Reach::ALL.len()],
    /// Lost calls by stage, in the order of `LostStage::ALL`.
    pub lost_stages: [i64; LostStage::ALL.len()],
    /// Lost calls by waiting time.
    pub lost_bands: [i64; LOST_BANDS],
    /// Mailbox calls with a message.
    pub messages_left: i64,
    /// Calls to direct numbers.
    pub direct_calls: i64,
    /// Calls to group numbers.
    pub group_calls: i64,
    /// Calls to direct numbers whose first operator pass came about because the person was not diverted.
    pub undiverted_calls: i64,
    /// Answer times (from arrival) of answered calls, µs.
    pub answer_time: Histogram,
    /// Waits (from arrival) of lost calls, µs.
    pub lost_wait: Histogram,
    /// Calls by signals that the caller lived through before the answer: `(signals, calls)`.
    pub caller_signals: Histogram,
    /// Calls by signals of the answering phone.
    pub ring_signals: Histogram,
    /// Passes by result, in the order of `PassResult::ALL`; their sum is `entered`.
    pub pass_results: [i64; PassResult::ALL.len()],
    /// Waits of answered passes, µs.
    pub pass_wait_answered: Histogram,
    /// Waits of lost passes (abandoned, timed out, saturated, blocked), µs.
    pub pass_wait_lost: Histogram,
    /// Operator passes by cause, in the order of `CauseKind::ALL`.
    pub pass_causes: [i64; CauseKind::ALL.len()],
    /// Of `undiverted_calls`, those whose person sought was busy: a measure can leave them out.
    pub undiverted_busy_calls: i64,
    /// Calls that were handed over at least once.
    pub transferred_calls: i64,
    /// Answered calls whose caller hung up while on hold or parked.
    pub left_on_hold: i64,
    /// Passes of internal callers that an operator answered while an external caller had waited longer.
    pub priority_inversions: i64,
    /// Passes of external callers who waited on while an internal caller was taken first.
    pub overtaken_passes: i64,
    /// How much longer those lasted from then on, µs.
    pub overtaken_us: i64,
    /// How much of the minute a living source covered, µs; in the pane of the site for external calls alone.
    pub heard_us: i64,
    /// Times from arrival to the first queue or ringing phone (or the answer), of calls that came so far, µs.
    pub menu_time: Histogram,
    /// Ringing of the answering phones, µs.
    pub ring_time: Histogram,
    /// Times from the end of the menu to the answer, of answered calls, µs.
    pub answer_after_menu: Histogram,
    /// Times from the end of the menu to the end, of lost calls that had left the menu, µs.
    pub lost_after_menu: Histogram,
}

/// Whether a record replaces a pane or adds to a closed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowRecordKind {
    /// The whole pane; the highest revision of a key counts, the others do not.
    Pane {
        /// Grows by one with each change.
        revision: u64,
        /// The allowed lateness has passed and every call is final: only corrections follow.
        closed: bool,
    },
    /// A difference that the reader adds; counted once per (key, call, version).
    Correction {
        /// The call that changed.
        call_id: Text,
        /// Its version.
        version: u32,
    },
}

/// What the topic `kpi-windows` carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowRecord {
    /// Which pane.
    pub key: PaneKey,
    /// Replacement or difference.
    pub kind: WindowRecordKind,
    /// The figures.
    pub pane: Box<Pane>,
    /// By which formulas they were made ([`crate::DEFINITION_VERSION`]); figures of two are never added.
    pub definition_version: u32,
}

impl Pane {
    /// What is in this one and not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut difference = self.clone();
        difference.combine(other, -1);
        difference
    }

    /// Adds another one, `times` times: 1 merges, −1 takes away. The one place that knows every field.
    pub fn combine(&mut self, other: &Self, times: i64) {
        let Self {
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
        } = other;
        add(&mut self.outcomes, outcomes, times);
        add(&mut self.reaches, reaches, times);
        add(&mut self.final_reaches, final_reaches, times);
        add(&mut self.lost_stages, lost_stages, times);
        add(&mut self.lost_bands, lost_bands, times);
        self.messages_left += times * messages_left;
        self.direct_calls += times * direct_calls;
        self.group_calls += times * group_calls;
        self.undiverted_calls += times * undiverted_calls;
        self.answer_time.combine(answer_time, times);
        self.lost_wait.combine(lost_wait, times);
        self.caller_signals.combine(caller_signals, times);
        self.ring_signals.combine(ring_signals, times);
        add(&mut self.pass_results, pass_results, times);
        self.pass_wait_answered.combine(pass_wait_answered, times);
        self.pass_wait_lost.combine(pass_wait_lost, times);
        add(&mut self.pass_causes, pass_causes, times);
        self.undiverted_busy_calls += times * undiverted_busy_calls;
        self.transferred_calls += times * transferred_calls;
        self.left_on_hold += times * left_on_hold;
        self.priority_inversions += times * priority_inversions;
        self.overtaken_passes += times * overtaken_passes;
        self.overtaken_us += times * overtaken_us;
        self.heard_us += times * heard_us;
        self.menu_time.combine(menu_time, times);
        self.ring_time.combine(ring_time, times);
        self.answer_after_menu.combine(answer_after_menu, times);
        self.lost_after_menu.combine(lost_after_menu, times);
    }

    /// Nothing counted, or everything taken away again.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// Calls: the sum of the eleven outcomes.
    #[must_use]
    pub fn offered(&self) -> i64 {
        self.outcomes.iter().sum()
    }

    /// Passes: the sum of the nine results.
    #[must_use]
    pub fn entered(&self) -> i64 {
        self.pass_results.iter().sum()
    }

    /// Lost calls.
    #[must_use]
    pub fn lost(&self) -> i64 {
        Outcome::ALL
            .iter()
            .filter(|outcome| outcome.is_lost())
            .map(|outcome| self.outcomes[outcome.index()])
            .sum()
    }

    /// Lost passes.
    #[must_use]
    pub fn lost_passes(&self) -> i64 {
        let lost = PassResult::ALL.iter().filter(|result| result.is_lost());
        lost.map(|result| self.pass_results[result.index()]).sum()
    }

    /// What must hold whatever happened: the same calls seen by outcome, reach, stage, band and clock.
    #[must_use]
    pub fn is_conserved(&self) -> bool {
        self.calls_are_conserved() && self.passes_are_conserved()
    }

    fn calls_are_conserved(&self) -> bool {
        let (answered, lost) = (self.outcomes[Outcome::Answered.index()], self.lost());
        let all = |counts: &[i64], of: i64| counts.iter().sum::<i64>() == of;
        let each = |histograms: &[&Histogram], of: i64| histograms.iter().all(|h| h.count() == of);
        let parts = [
            (self.undiverted_busy_calls, self.undiverted_calls),
            (self.undiverted_calls, self.direct_calls),
            (self.direct_calls + self.group_calls, self.offered()),
            (self.transferred_calls, self.offered()),
            (self.left_on_hold, answered),
            // Some sources tell that somebody answered, or that a caller was lost, but not when.
            (self.answer_time.count(), answered),
            (self.lost_wait.count(), lost),
            (self.ring_time.count(), answered),
            (self.lost_after_menu.count(), lost),
            (self.answer_time.count() + self.lost_after_menu.count(), self.menu_time.count()),
            (self.menu_time.count(), self.offered()),
        ];
        all(&self.reaches, self.offered())
            && all(&self.final_reaches, self.offered())
            && all(&self.lost_stages, lost)
            && all(&self.lost_bands, self.lost_wait.count())
            && each(&[&self.caller_signals, &self.answer_after_menu], self.answer_time.count())
            && each(&[&self.ring_signals], self.ring_time.count())
            && parts.iter().all(|(part, whole)| 0 <= *part && part <= whole)
            && self.outcomes.iter().all(|count| *count >= 0)
    }

    fn passes_are_conserved(&self) -> bool {
        let answered = self.pass_results[PassResult::Answered.index()];
        let parts = [
            (self.pass_causes.iter().sum(), self.entered()),
            (self.priority_inversions, answered),
            (self.overtaken_passes, self.entered()),
            (self.pass_wait_answered.count(), answered),
            (self.pass_wait_lost.count(), self.lost_passes()),
        ];
        (self.overtaken_passes > 0 || self.overtaken_us == 0)
            && parts.iter().all(|(part, whole)| 0 <= *part && part <= whole)
            && self.pass_results.iter().all(|count| *count >= 0)
    }
}

impl window::Merge for Pane {
    fn merge(&mut self, other: &Self) {
        self.combine(other, 1);
    }
}

fn add<const N: usize>(into: &mut [i64; N], from: &[i64; N], times: i64) {
    for (into, from) in into.iter_mut().zip(from) {
        *into += times * from;
    }
}
