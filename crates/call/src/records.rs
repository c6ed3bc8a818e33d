//! Calls from finished records: each one attempt to reach somebody, or a whole call.
//!
//! The records of one call share their linked id. They come when the attempt is over, in no order that could be relied
//! on, so each makes a new version of the call. Records do not tell why the operator got a call, nor, for most calls,
//! when somebody answered: such calls are partial.
//!
//! A row of an exported call list is such a record, too. It tells the caller's side of every attempt, and whom the call
//! reached only if the list has a column for that.

use crate::assembler::{CallKey, Transition};
use crate::event::{Body, CallRecord, DialStatus, Event};
use crate::{
    Call, Cause, CauseKind, DialledKind, Direction, LostStage, Outcome, Party, Pass, PassResult, Reach, Ring,
    SitePlan, SourceKind, Sources, Target, Text,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// No record of a call comes later than this after the last one.
const LINGER_US: i64 = 600_000_000;
const MINUTE_US: i64 = 60_000_000;

/// All calls of which there are records, by their linked id.
#[derive(Debug)]
pub struct RecordAssembler {
    site: Text,
    plan: Arc<SitePlan>,
    calls: BTreeMap<Text, Kept>,
    talks: Vec<Talk>,
    next_key: u64,
    looked_minute: i64,
}

/// Who spoke, from when until when, in which call.
#[derive(Debug)]
struct Talk {
    who: Text,
    from_us: i64,
    to_us: i64,
    linked: Text,
}

#[derive(Debug)]
struct Kept {
    key: CallKey,
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
        Self { site: site.into(), plan, calls, talks, next_key: 0, looked_minute: i64::MIN }
    }

    /// Takes one event. Never fails: what makes no sense changes nothing.
    pub fn apply(&mut self, event: &Event) -> Transition {
        let (mut changed, retired) = self.grown_old(event.at_us);
        let mut touched = Vec::new();
        if let Body::CallRecorded(record) = &event.body
            && let Some(linked) = event.linked.clone().or_else(|| event.leg.clone())
        {
            self.recorded(event, record, &linked, &mut touched, &mut changed);
        }
        Transition { touched, changed, retired, ..Transition::default() }
    }

    /// Ids of the calls that are not forgotten yet.
    pub fn alive(&self) -> impl Iterator<Item = Text> + '_ {
        self.calls.keys().map(|linked| call_id(&self.site, linked))
    }

    fn recorded(
        &mut self,
        event: &Event,
        record: &CallRecord,
        linked: &Text,
        touched: &mut Vec<CallKey>,
        changed: &mut Vec<Call>,
    ) {
        let kept = self.kept(linked);
        kept.last_us = kept.last_us.max(event.at_us).max(record.ended_us.unwrap_or(event.at_us));
        touched.push(kept.key);
        let is_listed = event.origin.kind == SourceKind::CsvImport;
        // A row of a list may begin long before its call was answered: only an answer's own time begins a talk.
        let tells_talk = !is_listed || record.answered_us.is_some();
        let parts = if tells_talk { self.talked(event.at_us, record, linked) } else { Vec::new() };
        for part in parts {
            touched.extend(self.calls.get(&part).map(|kept| kept.key));
            changed.extend(self.version(&part));
        }
        // What channels inside the PBX did is told by the caller's own records; a list has no others.
        let is_callers = event.leg.as_ref() == Some(linked) && record.caller_device.is_some();
        if !is_listed && !is_callers {
            return;
        }
        let consults = self.consults(event.at_us, record);
        touched.extend(consults.as_ref().and_then(|linked| self.calls.get(linked)).map(|kept| kept.key));
        let part_of = consults.map(|linked| call_id(&self.site, &linked));
        let kept = self.kept(linked);
        kept.attempts.push(Attempt { started_us: event.at_us, record: record.clone() });
        kept.attempts.sort_by_key(|attempt| (attempt.started_us, attempt.record.ended_us));
        kept.sources = kept.sources.and(Sources::of(event.origin.kind));
        kept.merged_into = kept.merged_into.take().or(part_of);
        changed.extend(self.version(linked));
    }

    fn kept(&mut self, linked: &Text) -> &mut Kept {
        let key = CallKey(self.next_key);
        self.next_key += 1;
        self.calls.entry(linked.clone()).or_insert_with(|| Kept {
            key,
            version: 0,
            last_us: i64::MIN,
            sources: Sources::default(),
            attempts: Vec::new(),
            merged_into: None,
        })
    }

    /// The call in which the caller of this record was speaking already.
    fn consults(&self, at_us: i64, record: &CallRecord) -> Option<Text> {
        let device = record.caller_device.as_ref().filter(|device| !self.plan.trunks.contains(*device))?;
        let speaks = |talk: &&Talk| talk.who == *device && talk.from_us < at_us && at_us < talk.to_us;
        self.talks.iter().find(speaks).map(|talk| talk.linked.clone())
    }

    /// Somebody spoke in this call: whatever they dialled meanwhile served it. Gives those that turn out to be part of it.
    fn talked(&mut self, at_us: i64, record: &CallRecord, linked: &Text) -> Vec<Text> {
        let (Some(device), Some(ended_us)) = (&record.target, record.ended_us) else { return Vec::new() };
        if record.status != DialStatus::Answer || self.plan.trunks.contains(device) {
            return Vec::new();
        }
        let from_us = record.answered_us.unwrap_or(at_us);
        let call_id = call_id(&self.site, linked);
        self.talks.push(Talk { who: device.clone(), from_us, to_us: ended_us, linked: linked.clone() });
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
        parts
    }

    /// Versions that say that they are the last, of calls that nothing more will come of. Looked for once a minute, as of its
    /// beginning: looking again in the same minute finds nothing more. A list may be of last month, and ends calls in its own time.
    fn grown_old(&mut self, at_us: i64) -> (Vec<Call>, Vec<CallKey>) {
        let minute = at_us.div_euclid(MINUTE_US);
        if minute == self.looked_minute {
            return (Vec::new(), Vec::new());
        }
        self.looked_minute = minute;
        let age_us = max_age_us(&self.plan);
        let (site, plan) = (&self.site, &self.plan);
        let (mut ended, mut retired) = (Vec::new(), Vec::new());
        self.calls.retain(|linked, kept| {
            let goes_on = kept.last_us.saturating_add(age_us) >= minute * MINUTE_US;
            if !goes_on {
                retired.push(kept.key);
                ended.extend(call(site, linked, kept, plan).map(|last| Call { is_final: true, ..last }));
            }
            goes_on
        });
        self.talks.retain(|talk| self.calls.contains_key(&talk.linked));
        (ended, retired)
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

/// A call is told to its end when a record comes that began so much later than the call was over.
#[must_use]
pub fn max_age_us(plan: &SitePlan) -> i64 {
    plan.max_call_age_us.max(LINGER_US)
}

fn call_id(site: &str, linked: &str) -> Text {
    format!("{site}/{linked}").into()
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
        call_id: call_id(site, linked),
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
        let is_open = direction == Direction::Outgoing || plan.is_open(target.as_ref(), call.arrived_us);
        let (outcome, stage) = outcome(kept, &last.record);
        call.outcome = outcome.if_open(is_open);
        call.lost_stage = stage.filter(|_| call.outcome.is_lost());
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
