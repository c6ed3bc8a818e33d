//! Calls from finished records: each one attempt to reach somebody, or a whole call.
//!
//! The records of one call share their linked id. They come when the attempt is over, in no order that could be relied
//! on, so each makes a new version of the call. Records do not tell why the operator got a call, nor, for most calls,
//! when somebody answered: such calls are partial.
//!
//! A row of an exported call list is such a record, too. It tells the caller's side of every attempt, and whom the call
//! reached only if the list has a column for that.

use crate::assembler::Transition;
use crate::event::{Body, CallRecord, DialStatus, Event};
use crate::{
    Call, Cause, CauseKind, DialledKind, Direction, LostStage, Outcome, Party, Pass, PassResult, Reach, Ring,
    SitePlan, SourceKind, Sources, Target, Text,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// No record of a call comes later than this after the last one.
const LINGER_US: i64 = 600_000_000;

/// All calls of which there are records, by their linked id.
#[derive(Debug)]
pub struct RecordAssembler {
    site: Text,
    plan: Arc<SitePlan>,
    calls: BTreeMap<Text, Kept>,
    /// Who spoke, from when until when, in which call.
    talks: Vec<(Text, i64, i64, Text)>,
    looked_us: i64,
}

#[derive(Debug, Default)]
struct Kept {
    version: u32,
    last_us: i64,
    sources: Sources,
    attempts: Vec<Attempt>,
    merged_into: Option<Text>,
}

#[derive(Debug)]
struct Attempt {
    started_us: i64,
    record: CallRecord,
}

impl RecordAssembler {
    /// An empty one.
    #[must_use]
    pub fn new(site: &str, plan: Arc<SitePlan>) -> Self {
        let (calls, talks) = (BTreeMap::new(), Vec::new());
        Self { site: site.into(), plan, calls, talks, looked_us: i64::MIN }
    }

    /// Takes one event. Never fails: what makes no sense changes nothing.
    pub fn apply(&mut self, event: &Event) -> Transition {
        let Body::CallRecorded(record) = &event.body else { return Transition::default() };
        let Some(linked) = event.linked.clone().or_else(|| event.leg.clone()) else {
            return Transition::default();
        };
        let mut changed = self.grown_old(event.at_us);
        let is_listed = event.origin.kind == SourceKind::CsvImport;
        // A row of a list may begin long before its call was answered: only an answer's own time begins a talk.
        if !is_listed || record.answered_us.is_some() {
            changed.extend(self.talked(event.at_us, record, &linked));
        }
        // What channels inside the PBX did is told by the caller's own records; a list has no others.
        if is_listed || event.leg.as_ref() == Some(&linked) && record.caller_device.is_some() {
            let consults = self.consults(event.at_us, record);
            let kept = self.calls.entry(linked.clone()).or_default();
            kept.attempts.push(Attempt { started_us: event.at_us, record: (**record).clone() });
            kept.attempts.sort_by_key(|attempt| (attempt.started_us, attempt.record.ended_us));
            kept.last_us = kept.last_us.max(event.at_us);
            kept.sources = kept.sources.and(Sources::of(event.origin.kind));
            kept.merged_into = kept.merged_into.take().or(consults);
            changed.extend(self.version(&linked));
        }
        Transition { changed, ..Transition::default() }
    }

    /// The call in which the caller of this record was speaking already.
    fn consults(&self, at_us: i64, record: &CallRecord) -> Option<Text> {
        let device = record.caller_device.as_ref().filter(|device| !self.plan.trunks.contains(*device))?;
        let talks =
            |(who, from, to, _): &&(Text, i64, i64, Text)| who == device && *from < at_us && at_us < *to;
        self.talks.iter().find(talks).map(|(.., call)| call.clone())
    }

    /// Somebody spoke in this call: whatever they dialled meanwhile served it.
    fn talked(&mut self, at_us: i64, record: &CallRecord, linked: &Text) -> Vec<Call> {
        let (Some(device), Some(ended_us)) = (&record.target, record.ended_us) else { return Vec::new() };
        if record.status != DialStatus::Answer || self.plan.trunks.contains(device) {
            return Vec::new();
        }
        let from_us = record.answered_us.unwrap_or(at_us);
        let call_id: Text = format!("{}/{linked}", self.site).into();
        self.talks.push((device.clone(), from_us, ended_us, call_id.clone()));
        let is_part = |(id, kept): &(&Text, &mut Kept)| {
            let dialled = kept.attempts.iter().any(|attempt| {
                attempt.record.caller_device.as_ref() == Some(device)
                    && (from_us + 1..ended_us).contains(&attempt.started_us)
            });
            dialled && *id != linked && kept.merged_into.is_none()
        };
        let mut parts = Vec::new();
        for (id, kept) in self.calls.iter_mut().filter(is_part) {
            kept.merged_into = Some(call_id.clone());
            parts.push(id.clone());
        }
        parts.iter().filter_map(|id| self.version(id)).collect()
    }

    /// Versions that say that they are the last, of calls that nothing more will come of.
    fn grown_old(&mut self, now_us: i64) -> Vec<Call> {
        if now_us < self.looked_us.saturating_add(LINGER_US / 10) {
            return Vec::new();
        }
        self.looked_us = now_us;
        let age_us = self.plan.max_call_age_us.max(LINGER_US);
        let (site, plan) = (&self.site, &self.plan);
        let mut ended = Vec::new();
        self.calls.retain(|linked, kept| {
            let goes_on = kept.last_us + age_us >= now_us;
            if !goes_on && let Some(mut last) = call(site, linked, kept, plan) {
                last.is_final = true;
                ended.push(last);
            }
            goes_on
        });
        self.talks.retain(|(_, _, to, _)| to + age_us >= now_us);
        ended
    }

    fn version(&mut self, linked: &Text) -> Option<Call> {
        let kept = self.calls.get_mut(linked)?;
        let call = call(&self.site, linked, kept, &self.plan)?;
        kept.version = call.version;
        Some(call)
    }
}

impl Kept {
    /// They are rows of an exported list.
    fn is_listed(&self) -> bool {
        self.sources.has(SourceKind::CsvImport)
    }
}

impl Attempt {
    /// The dialplan went on after an attempt, and hung up at once.
    fn is_end_of_dialplan(&self) -> bool {
        const AT_ONCE_US: i64 = 1_000_000;
        let record = &self.record;
        let at_once = record.ended_us.is_some_and(|ended| ended - self.started_us < AT_ONCE_US);
        at_once && record.target.is_none() && !record.mailbox
    }
}

/// The call as its records tell it; none if the caller sought nobody (a feature code).
fn call(site: &str, linked: &str, kept: &Kept, plan: &SitePlan) -> Option<Call> {
    let first = kept.attempts.first()?;
    let last = kept.attempts.last()?;
    let direction = direction(kept, plan);
    let seeks = |attempt: &Attempt| {
        let record = &attempt.record;
        let is_listed = kept.is_listed() && !matches!(record.dialled, Party::Service(_));
        is_listed || record.target.is_some() || record.queue.is_some() || record.mailbox
    };
    if direction != Direction::External && !kept.attempts.iter().any(seeks) {
        return None;
    }
    let target = target(first, kept.is_listed(), plan);
    let sought = match &target {
        Some(Target::Extension(extension)) => Some(extension.clone()),
        Some(Target::Queue(_)) | None => None,
    };
    let mut call = Call {
        call_id: format!("{site}/{linked}").into(),
        version: kept.version + 1,
        is_partial: true,
        direction,
        arrived_us: first.started_us,
        ended_us: kept.attempts.iter().filter_map(|attempt| attempt.record.ended_us).max(),
        caller: first.record.caller.clone(),
        dialled: first.record.dialled.clone(),
        dialled_kind: kind(target.as_ref(), plan),
        unit: target.as_ref().and_then(|target| plan.unit_of(target).cloned()),
        merged_into: kept.merged_into.clone(),
        sources: kept.sources,
        sought,
        ..Call::unknown(site)
    };
    passes(&mut call, kept, target.as_ref(), plan);
    answered(&mut call, kept, plan);
    if call.outcome != Outcome::Answered {
        (call.outcome, call.lost_stage) = outcome(kept, &last.record);
        call.reach = match call.outcome {
            Outcome::Voicemail => Reach::PersonalVoicemail,
            lost if lost.is_lost() => Reach::Lost,
            _ => Reach::None,
        };
        call.final_reach = call.reach;
    }
    Some(call)
}

fn direction(kept: &Kept, plan: &SitePlan) -> Direction {
    let is_trunk = |device: Option<&Text>| device.is_some_and(|device| plan.trunks.contains(device));
    match kept.attempts.first() {
        Some(first) if is_trunk(first.record.caller_device.as_ref()) => Direction::External,
        Some(first) if is_trunk(first.record.target.as_ref()) => Direction::Outgoing,
        _ => Direction::Internal,
    }
}

/// Whom the number that was dialled leads to, as far as the first record shows it: in a queue, a dialplan's own number
/// stands in its place; lists keep the caller's.
fn target(first: &Attempt, is_listed: bool, plan: &SitePlan) -> Option<Target> {
    let digits = first.record.dialled.own()?;
    let is_callers =
        |target: &Target| is_listed || first.record.queue.is_none() || matches!(target, Target::Queue(_));
    plan.target(digits).filter(is_callers)
}

fn kind(target: Option<&Target>, plan: &SitePlan) -> DialledKind {
    match target {
        Some(Target::Queue(queue)) if plan.operator_queues.contains(queue) => DialledKind::Main,
        Some(Target::Queue(_)) => DialledKind::Group,
        Some(Target::Extension(_)) => DialledKind::Direct,
        None => DialledKind::Other,
    }
}

/// Attempts of one queue in a row are one stay in it.
fn passes(call: &mut Call, kept: &Kept, dialled: Option<&Target>, plan: &SitePlan) {
    let mut group_gave_up = false;
    for (at, attempt) in kept.attempts.iter().enumerate() {
        let record = &attempt.record;
        let Some(queue) = &record.queue else {
            ring(call, attempt);
            continue;
        };
        let is_last = at + 1 == kept.attempts.len();
        let result = match record.status {
            DialStatus::Answer => PassResult::Answered,
            DialStatus::Cancel if is_last => PassResult::Abandoned,
            DialStatus::Unavailable => PassResult::Blocked,
            // What a list says of the whole call says nothing of how the stay in the queue ended.
            DialStatus::Other | DialStatus::Congestion if kept.is_listed() => PassResult::Unknown,
            _ => PassResult::TimedOut,
        };
        let goes_on = call.passes.last().is_some_and(|pass| pass.queue == *queue);
        if !goes_on {
            let is_operators = plan.operator_queues.contains(queue);
            let was_dialled = matches!(dialled, Some(Target::Queue(number)) if number == queue);
            let kind = match () {
                () if group_gave_up => CauseKind::GroupTimeout,
                () if was_dialled && call.passes.is_empty() => CauseKind::MainNumber,
                () => CauseKind::Unknown,
            };
            let cause = Cause { kind, not_diverted: None, reason: None, after_transfer: false };
            call.passes.push(Pass {
                queue: queue.clone(),
                unit: plan.unit_of(&Target::Queue(queue.clone())).cloned(),
                joined_us: attempt.started_us,
                wait_us: None,
                result: PassResult::InProgress,
                answered_by: None,
                cause: is_operators.then_some(cause),
                overtook: 0,
                overtaken_us: None,
            });
        }
        // Who is put through to another is in the same stay still.
        let unanswered = |pass: &&mut Pass| pass.result != PassResult::Answered;
        let Some(pass) = call.passes.last_mut().filter(unanswered) else { continue };
        pass.result = result;
        let over_us = if result == PassResult::Answered { record.answered_us } else { record.ended_us };
        pass.wait_us = over_us.map(|over| over - pass.joined_us).filter(|_| result != PassResult::Unknown);
        pass.answered_by = record.target.clone().filter(|_| result == PassResult::Answered);
        group_gave_up = result == PassResult::TimedOut && !plan.operator_queues.contains(queue);
    }
    call.queued_us = call.passes.first().map(|pass| pass.joined_us);
    call.operator_cause = call.passes.iter().find_map(|pass| pass.cause.clone());
}

fn ring(call: &mut Call, attempt: &Attempt) {
    let Some(target) = attempt.record.target.clone() else { return };
    let answered = attempt.record.status == DialStatus::Answer;
    let over_us = if answered { attempt.record.answered_us } else { attempt.record.ended_us };
    let ring_us = over_us.map(|over| over - attempt.started_us);
    call.alerted_us.get_or_insert(attempt.started_us);
    call.rings.push(Ring { target, started_us: attempt.started_us, ring_us, answered });
}

/// Who answered first, and who spoke last.
fn answered(call: &mut Call, kept: &Kept, plan: &SitePlan) {
    let outgoing = call.direction == Direction::Outgoing;
    let answers = kept.attempts.iter().filter(|attempt| attempt.record.status == DialStatus::Answer);
    for attempt in answers {
        let record = &attempt.record;
        let by_operators = record.queue.as_ref().is_some_and(|queue| plan.operator_queues.contains(queue));
        let reach = match &record.target {
            _ if by_operators => Reach::Operator,
            Some(device) if plan.operators.contains(device) => Reach::Operator,
            Some(device) if call.sought.as_ref() == Some(device) => Reach::SoughtPerson,
            Some(device) if plan.trunks.contains(device) => Reach::None,
            None if record.queue.is_none() => Reach::None,
            Some(_) | None => Reach::SameFunction,
        };
        let is_outside = record.target.as_ref().is_some_and(|device| plan.trunks.contains(device));
        if is_outside && !outgoing {
            continue;
        }
        if call.outcome != Outcome::Answered {
            (call.outcome, call.reach) = (Outcome::Answered, reach);
            (call.answered_us, call.answered_by) = (record.answered_us, record.target.clone());
        }
        call.final_reach = reach;
    }
}

fn outcome(kept: &Kept, last: &CallRecord) -> (Outcome, Option<LostStage>) {
    if kept.attempts.iter().any(|attempt| attempt.record.mailbox) {
        return (Outcome::Voicemail, None);
    }
    if let [.., before, end] = &kept.attempts[..]
        && !kept.is_listed()
        && end.is_end_of_dialplan()
        && before.record.queue.is_some()
    {
        return (Outcome::TimedOut, Some(LostStage::Queue));
    }
    let stage = if last.queue.is_some() { LostStage::Queue } else { LostStage::Ringing };
    match last.status {
        DialStatus::Cancel => (Outcome::Abandoned, Some(stage)),
        DialStatus::NoAnswer | DialStatus::Busy => (Outcome::TimedOut, Some(stage)),
        DialStatus::Congestion => (Outcome::Failed, Some(stage)),
        DialStatus::Unavailable => (Outcome::Blocked, Some(stage)),
        // Nobody of the site did: who answered is outside.
        DialStatus::Answer => (Outcome::FlowedOut, None),
        DialStatus::Other => (Outcome::Unknown, None),
    }
}
