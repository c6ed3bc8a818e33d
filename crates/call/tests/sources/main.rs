//! Sources that do not tell of channels, and several sources of one PBX: small stories and the calls they are.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod listed;
mod reconciled;
mod records;
mod visits;

use call::{
    Body, Call, Event, EventId, OpeningHours, Origin, Party, Pseudonym, SitePlan, SourceAssembler,
    SourceKind, Target, Text,
};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn plan() -> Arc<SitePlan> {
    let mut plan = SitePlan { max_call_age_us: 3_600_000_000, ..SitePlan::default() };
    plan.trunks.insert("trunk".into());
    plan.operator_queues.insert("vaxel".into());
    plan.operators.insert("9001".into());
    plan.extensions.push(("2101".into(), "2199".into()));
    plan.routes.insert("9".into(), Target::Queue("vaxel".into()));
    plan.opening_hours = Some(Arc::new(OpenUntilSecond(60_000)));
    Arc::new(plan)
}

#[derive(Debug)]
struct OpenUntilSecond(i64);

impl OpeningHours for OpenUntilSecond {
    fn is_open(&self, _: Option<&Target>, at_us: i64) -> bool {
        at_us < self.0 * 1_000_000
    }
}

pub(crate) fn outside(number: u128) -> Party {
    Party::Outside(vec![Pseudonym { epoch: 1, value: number }])
}

/// An event of a leg, which is its own set.
pub(crate) fn event(kind: SourceKind, seconds: i64, leg: &str, body: Body) -> Event {
    let at_us = seconds * 1_000_000;
    let origin = Origin { site: "s".into(), node: "n".into(), kind, stream: 1, position: 0 };
    let leg = Some(Text::from(leg)).filter(|leg| !leg.is_empty());
    Event { id: EventId(0), origin, at_us, received_us: at_us, linked: leg.clone(), leg, body }
}

/// The last version of each call.
pub(crate) fn calls(kind: SourceKind, events: impl IntoIterator<Item = Event>) -> BTreeMap<Text, Call> {
    let mut assembler = SourceAssembler::new(kind, "s", plan());
    let mut silent = SourceAssembler::new(kind, "s", plan()).keeping_back();
    let (mut last, mut kept_back): (BTreeMap<Text, Call>, BTreeMap<Text, Call>) = Default::default();
    for event in events {
        for call in assembler.apply(&event).changed {
            let before = last.insert(call.call_id.clone(), call.clone());
            assert!(before.is_none_or(|before| before.version < call.version), "versions grow: {call:?}");
        }
        kept_back.extend(silent.apply(&event).changed.into_iter().map(|call| (call.call_id.clone(), call)));
    }
    kept_back.extend(silent.open().map(|call| (call.call_id.clone(), call.clone())));
    assert_eq!(kept_back, last, "what is kept back changes no last version");
    last
}

/// Direction, outcome, reaches, times and passes in one line.
pub(crate) fn told(call: &Call) -> String {
    let mut text = format!("{} {} {}>{}", call.direction, call.outcome, call.reach, call.final_reach);
    text += &call.lost_stage.map(|stage| format!(" at={stage}")).unwrap_or_default();
    text += &call.operator_cause.as_ref().map(|cause| format!(" cause={}", cause.kind)).unwrap_or_default();
    text += &call.answered_by.as_ref().map(|by| format!(" by={by}")).unwrap_or_default();
    text += &call.answer_time_us().map(|us| format!(" after={}s", us / 1_000_000)).unwrap_or_default();
    for pass in &call.passes {
        let wait = pass.wait_us.map_or_else(|| "?".to_owned(), |us| format!("{}s", us / 1_000_000));
        text += &format!(" [{} {} {wait}]", pass.queue, pass.result);
    }
    text += &call.merged_into.as_ref().map(|into| format!(" part of {into}")).unwrap_or_default();
    text
}
