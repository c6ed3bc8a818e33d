//! Tables of small stories.

use crate::sink_support::filled::{panes_of, put_calls, put_panes};
use call::{Call, Cause, CauseKind, DialledKind, Direction, Outcome, Party, Pass, PassResult, Pseudonym};
use jiff::Timestamp;
use kpi::{Dimension, Pane, PaneKey};
use store::Store;

const SITE: &str = "town";
const BOARD: &str = "board";
const UNIT: &str = "Växeln {{1}}";
const SECOND: i64 = 1_000_000;
pub const MINUTE: i64 = 60 * SECOND;

/// A day's tables: each story has a day of its own, two weeks from the next.
#[derive(Default)]
pub struct Story {
    pub calls: Vec<Call>,
    /// Minutes that were heard.
    heard: Vec<(i64, i64)>,
}

pub fn us(at: &str) -> i64 {
    at.parse::<Timestamp>().unwrap().as_microsecond()
}

impl Story {
    /// Everything was heard from the one moment to the other.
    pub fn heard(mut self, from: &str, to: &str) -> Self {
        self.heard.push((us(from) / MINUTE, us(to) / MINUTE));
        self
    }

    /// An external caller of the switchboard.
    pub fn caller(mut self, arrived_us: i64, wait_s: i64, result: PassResult) -> Self {
        let ended_us = arrived_us + wait_s * SECOND;
        let is_answered = result == PassResult::Answered;
        let is_over = result != PassResult::InProgress;
        let pass = Pass {
            queue: BOARD.into(),
            unit: Some(UNIT.into()),
            joined_us: arrived_us,
            wait_us: is_over.then_some(wait_s * SECOND),
            result,
            answered_by: None,
            cause: None,
            overtook: 0,
            overtaken_us: None,
        };
        let outcome = match (is_over, is_answered) {
            (true, true) => Outcome::Answered,
            (true, false) => Outcome::Abandoned,
            (false, _) => Outcome::InProgress,
        };
        self.calls.push(Call {
            call_id: format!("{SITE}/{arrived_us}/{}", self.calls.len()).into(),
            direction: Direction::External,
            dialled_kind: DialledKind::Main,
            unit: Some(UNIT.into()),
            is_final: is_over,
            arrived_us,
            outcome,
            answered_us: is_answered.then_some(ended_us),
            ended_us: (is_over && !is_answered).then_some(ended_us),
            passes: vec![pass],
            ..Call::unknown(SITE)
        });
        self
    }

    /// So many callers, one every so many seconds; of each four so many wait for 40 s, the rest for 5.
    pub fn callers(mut self, from: &str, count: i64, every_s: i64, late_of_four: i64) -> Self {
        for n in 0..count {
            let wait_s = if n % 4 < late_of_four { 40 } else { 5 };
            self = self.caller(us(from) + n * every_s * SECOND, wait_s, PassResult::Answered);
        }
        self
    }

    pub fn call(mut self, at: &str, change: impl FnOnce(&mut Call)) -> Self {
        let arrived_us = us(at);
        let mut call = Call {
            call_id: format!("{SITE}/{arrived_us}/{}", self.calls.len()).into(),
            direction: Direction::External,
            unit: Some(UNIT.into()),
            is_final: true,
            arrived_us,
            ended_us: Some(arrived_us + MINUTE),
            ..Call::unknown(SITE)
        };
        change(&mut call);
        self.calls.push(call);
        self
    }

    pub async fn write(self, store: &Store, name: &str) {
        let mut panes = panes_of(&self.calls);
        for minute in self.heard.iter().flat_map(|(from, to)| *from..*to) {
            let (dimension, direction) = (Dimension::Site, Direction::External);
            let key = PaneKey { site: SITE.into(), minute, dimension, direction };
            panes.entry(key).or_default().combine(&Pane { heard_us: MINUTE, ..Pane::default() }, 1);
        }
        put_calls(store, name, &self.calls).await;
        put_panes(store, name, panes).await;
    }
}

pub fn party(value: u128) -> Party {
    Party::Outside(vec![Pseudonym { epoch: 1, value }])
}

pub fn message(caller: u128) -> impl FnOnce(&mut Call) {
    move |call| {
        call.outcome = Outcome::Voicemail;
        call.message_left = Some(true);
        call.caller = party(caller);
    }
}

fn to_phone(is_undiverted: bool) -> impl FnOnce(&mut Call) {
    move |call| {
        call.outcome = Outcome::Answered;
        call.dialled_kind = DialledKind::Direct;
        call.operator_cause = is_undiverted.then_some(Cause {
            kind: CauseKind::NotDiverted,
            not_diverted: None,
            reason: None,
            after_transfer: false,
        });
    }
}

pub fn to_phones(day: &str, calls: usize, undiverted: usize) -> Story {
    let story = Story::default().heard(&format!("{day}T07:00Z"), &format!("{day}T13:00Z"));
    (0..calls).fold(story, |story, n| story.call(&format!("{day}T08:{n:02}Z"), to_phone(n < undiverted)))
}
