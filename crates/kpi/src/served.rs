//! What counters of the running system count: each call and each pass of an external caller once, as soon as it is known how it
//! ended for the caller.
//!
//! An answer counts when it is given, not when the conversation ends: counters that heard of losses at once and of answers an hour
//! later would show more losses than there are. A counter cannot go back: what a later version says otherwise is in the panes.

use crate::{Cadence, Clock, Dimension, Part, Target};
use call::{Call, Direction, Outcome, Pass, PassResult, Text};

/// One call, or one pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The site.
    pub site: Text,
    /// Of a pass: the queue. None: the call itself.
    pub queue: Option<Text>,
    /// The call's or the queue's unit.
    pub unit: Option<Text>,
    /// When it was answered, or ended without an answer, µs UTC.
    pub at_us: i64,
    /// It alone as the measures count it.
    pub part: Part,
}

/// What one call or pass adds to the counters of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// P.
    pub presented: u64,
    /// A.
    pub answered_within: u64,
    /// Lost ones.
    pub lost: u64,
}

/// What was told of a call that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    call: bool,
    /// How many passes, by queue: a call has few.
    passes: Vec<(Text, usize)>,
}

impl Told {
    /// What was told when this was the call's latest version.
    #[must_use]
    pub fn of(call: &Call) -> Self {
        let mut told = Self::default();
        told.step(call, |_| ());
        told
    }

    /// What is certain by this version and was not told before.
    pub fn news(&mut self, call: &Call, cadence: Cadence) -> Vec<Served> {
        let mut news = Vec::new();
        self.step(call, |pass| {
            news.push(pass.map_or_else(|| of_call(call, cadence), |pass| of_pass(call, pass)))
        });
        news
    }

    fn step<'a>(&mut self, call: &'a Call, mut tell: impl FnMut(Option<&'a Pass>)) {
        if call.direction != Direction::External || call.merged_into.is_some() {
            return;
        }
        if !self.call && is_certain(call) {
            self.call = true;
            tell(None);
        }
        for (place, pass) in call.passes.iter().enumerate().filter(|(_, pass)| is_over(pass, call)) {
            // Several sources may agree on a pass and differ by a second on when it began: its place among its like names it.
            let like_it = |other: &&Pass| other.queue == pass.queue && is_over(other, call);
            let nth = call.passes[..=place].iter().filter(like_it).count();
            match self.passes.iter_mut().find(|(queue, _)| *queue == pass.queue) {
                Some((_, told)) if *told >= nth => continue,
                Some((_, told)) => *told = nth,
                None => self.passes.push((pass.queue.clone(), nth)),
            }
            tell(Some(pass));
        }
    }
}

/// Whether it is certain how the call ended for the caller.
fn is_certain(call: &Call) -> bool {
    let is_answered = call.outcome == Outcome::Answered;
    is_answered || call.is_final || (call.outcome.is_lost() && call.ended_us.is_some())
}

fn is_over(pass: &Pass, call: &Call) -> bool {
    call.is_final || !matches!(pass.result, PassResult::InProgress | PassResult::Unknown)
}

fn of_call(call: &Call, cadence: Cadence) -> Served {
    Served {
        site: call.site.clone(),
        queue: None,
        unit: call.unit.clone(),
        at_us: call.answered_us.or(call.ended_us).unwrap_or(call.arrived_us),
        part: Part::of_call(call, cadence),
    }
}

fn of_pass(call: &Call, pass: &Pass) -> Served {
    Served {
        site: call.site.clone(),
        queue: Some(pass.queue.clone()),
        unit: pass.unit.clone(),
        at_us: pass.joined_us.saturating_add(pass.wait_us.unwrap_or_default()),
        part: Part::of_pass(pass, call.direction),
    }
}

impl Served {
    /// What it adds to a target; none if the target is not about it.
    #[must_use]
    pub fn tally(&self, target: &Target) -> Option<Tally> {
        let is_in_scope = match &target.scope {
            Dimension::Site => true,
            Dimension::Queue(queue) => self.queue.as_ref() == Some(queue),
            Dimension::Unit(unit) => self.unit.as_ref() == Some(unit),
        };
        if !is_in_scope || (target.clock == Clock::Queue) != self.queue.is_some() {
            return None;
        }
        let pane = self.part.pane();
        let input = pane.level_input(target.clock, target.within_s);
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        let lost = count(pane.lost_on(target.clock));
        Some(Tally { presented: count(input.presented), answered_within: count(input.answered_within), lost })
    }

    /// How long until a person answered, µs: of a call from its arrival, of a pass from joining the queue; none if nobody did.
    #[must_use]
    pub fn answer_time_us(&self) -> Option<i64> {
        self.part.answer_time_us()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CADENCE: Cadence = Cadence { seconds: 6 };

    fn pass(queue: &str, wait_s: i64, result: PassResult) -> Pass {
        Pass {
            queue: queue.into(),
            unit: Some("Desk".into()),
            joined_us: 10_000_000,
            wait_us: (result != PassResult::InProgress).then_some(wait_s * 1_000_000),
            result,
            answered_by: None,
            cause: None,
            overtook: 0,
            overtaken_us: None,
        }
    }

    fn call(outcome: Outcome, passes: Vec<Pass>) -> Call {
        let answered_us = (outcome == Outcome::Answered).then_some(15_000_000);
        let ended_us = outcome.is_lost().then_some(40_000_000);
        let lost_stage = outcome.is_lost().then_some(call::LostStage::Queue);
        let call = Call {
            direction: Direction::External,
            outcome,
            answered_us,
            ended_us,
            lost_stage,
            ..Call::unknown("a")
        };
        Call { queued_us: Some(10_000_000), passes, ..call }
    }

    fn target(clock: Clock, scope: Dimension) -> Target {
        Target { name: "t".into(), within_s: 20, clock, scope, share: 0.8, lost_share_max: None }
    }

    /// `presented answered-within lost` of each thing that is told.
    fn tallies(told: &mut Told, call: &Call, target: &Target) -> Vec<(u64, u64, u64)> {
        let tallies = told.news(call, CADENCE).into_iter().filter_map(|served| served.tally(target));
        tallies.map(|tally| (tally.presented, tally.answered_within, tally.lost)).collect()
    }

    #[test]
    fn an_answer_is_told_when_it_is_given_and_never_again() {
        let (site, mut told) = (target(Clock::Arrival, Dimension::Site), Told::default());
        let waits = call(Outcome::InProgress, vec![pass("q", 5, PassResult::InProgress)]);
        assert!(told.news(&waits, CADENCE).is_empty());
        let talks = call(Outcome::Answered, vec![pass("q", 5, PassResult::Answered)]);
        assert_eq!(tallies(&mut told, &talks, &site), [(1, 1, 0)]);
        let over = Call { is_final: true, version: 9, ..talks.clone() };
        assert_eq!(told.news(&over, CADENCE), []);
        assert_eq!(Told::of(&talks).news(&over, CADENCE), [], "restored while they talked");
        let other = Call { outcome: Outcome::Abandoned, ended_us: Some(1), ..over };
        assert_eq!(told.news(&other, CADENCE), [], "a counter cannot go back");
    }

    #[test]
    fn each_stay_in_a_queue_is_told_once() {
        let (queue, mut told) = (target(Clock::Queue, Dimension::Queue("q".into())), Told::default());
        let first = pass("q", 30, PassResult::TimedOut);
        let call_1 = call(Outcome::InProgress, vec![first.clone(), pass("other", 3, PassResult::InProgress)]);
        assert_eq!(tallies(&mut told, &call_1, &queue), [(1, 0, 1)]);
        let again = Pass { joined_us: first.joined_us + 1_000_000, ..first };
        let call_2 = call(
            Outcome::Answered,
            vec![again, pass("other", 3, PassResult::Abandoned), pass("q", 4, PassResult::Answered)],
        );
        assert_eq!(tallies(&mut told, &call_2, &queue), [(1, 1, 0)]);
        let unit = target(Clock::Queue, Dimension::Unit("Desk".into()));
        assert_eq!(tallies(&mut Told::default(), &call_2, &unit), [(1, 0, 1), (1, 0, 1), (1, 1, 0)]);
    }

    #[test]
    fn what_does_not_count_for_a_target() {
        let site = target(Clock::Arrival, Dimension::Site);
        let check = |call: &Call, expect: &[(u64, u64, u64)]| {
            assert_eq!(tallies(&mut Told::default(), call, &site), expect, "{call:?}");
        };
        let lost = call(Outcome::Abandoned, Vec::new());
        check(&lost, &[(1, 0, 1)]);
        check(&Call { direction: Direction::Internal, ..lost.clone() }, &[]);
        check(&Call { merged_into: Some("a/2".into()), ..lost.clone() }, &[]);
        check(&call(Outcome::Closed, Vec::new()), &[]);
        check(&Call { is_final: true, ..call(Outcome::Closed, Vec::new()) }, &[(0, 0, 0)]);
    }

    #[test]
    fn the_time_of_an_answer() {
        let call = call(
            Outcome::Answered,
            vec![pass("q", 5, PassResult::Answered), pass("q", 9, PassResult::Abandoned)],
        );
        let served = Told::default().news(&call, CADENCE);
        let found: Vec<_> = served.iter().map(|one| (one.at_us, one.answer_time_us())).collect();
        assert_eq!(
            found,
            [(15_000_000, Some(15_000_000)), (15_000_000, Some(5_000_000)), (19_000_000, None)]
        );
    }
}
