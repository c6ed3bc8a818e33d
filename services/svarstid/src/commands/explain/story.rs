//! Keeps what happened to one call while a recording is read.

use call::assembler::{CallKey, Transition};
use call::{Call, Event, SourceAssembler, Text};
use std::collections::BTreeMap;
use std::rc::Rc;

/// One event as it was taken.
pub struct Step<'a> {
    /// Where its record begins in the file; of Kafka its offset.
    pub offset: u64,
    pub event: &'a Event,
    pub transition: &'a Transition,
    pub assembler: &'a SourceAssembler,
}

/// One line of a story: an event, and the call as it was known after it.
#[derive(Debug, Clone)]
pub struct Line {
    /// Where its record begins in the file; of Kafka its offset.
    pub offset: u64,
    pub event: Rc<Event>,
    /// The version that this event made.
    pub version: Option<Box<Call>>,
}

/// Listens to everything, because which events are a call's is known only later.
pub struct Storyteller {
    wanted: Text,
    /// Of each live group.
    kept: BTreeMap<CallKey, Vec<Line>>,
    key: Option<CallKey>,
    story: Vec<Line>,
}

impl Storyteller {
    /// Of the call with this id.
    pub fn of(call_id: &Text) -> Self {
        Self { wanted: call_id.clone(), kept: BTreeMap::new(), key: None, story: Vec::new() }
    }

    pub fn hear(&mut self, step: &Step<'_>) {
        if !step.assembler.tells_of_channels() {
            return self.hear_of_leg(step);
        }
        let Transition { touched, merged, changed, retired, forgotten } = step.transition;
        for (absorbed, into) in merged {
            let lines = self.kept.remove(absorbed).unwrap_or_default();
            let all = self.kept.entry(*into).or_default();
            all.extend(lines);
            all.sort_by_key(|line| (line.offset, line.event.origin.position));
        }
        let event = Rc::new(step.event.clone());
        let version = changed.iter().find(|call| call.call_id == self.wanted);
        if version.is_some() {
            self.key = touched.iter().copied().find(|key| self.is_wanted(step, *key)).or(self.key);
        }
        for key in touched.iter().chain(retired) {
            let version = version.filter(|_| self.key.is_none_or(|wanted| wanted == *key));
            let line = Line {
                offset: step.offset,
                event: Rc::clone(&event),
                version: version.cloned().map(Box::new),
            };
            self.kept.entry(*key).or_default().push(line);
        }
        for key in retired.iter().chain(forgotten) {
            let lines = self.kept.remove(key).unwrap_or_default();
            if self.key == Some(*key) || lines.iter().any(|line| line.version.is_some()) {
                self.story = lines;
            }
        }
    }

    /// A source that does not tell of channels names the caller's leg, or the set that it is in.
    fn hear_of_leg(&mut self, step: &Step<'_>) {
        let leg = self.wanted.split_once('/').map(|(_, leg)| leg);
        let event = step.event;
        if [event.leg.as_deref(), event.linked.as_deref()].contains(&leg) {
            let version = step.transition.changed.iter().find(|call| call.call_id == self.wanted);
            let (event, version) = (Rc::new(event.clone()), version.cloned().map(Box::new));
            self.story.push(Line { offset: step.offset, event, version });
        }
    }

    fn is_wanted(&self, step: &Step<'_>, key: CallKey) -> bool {
        step.assembler.view(key).is_some_and(|call| call.call_id == self.wanted)
    }

    /// What was heard of it, also if it is not over.
    pub fn story(mut self) -> Vec<Line> {
        let alive = self.key.and_then(|key| self.kept.remove(&key));
        alive.unwrap_or(self.story)
    }
}
