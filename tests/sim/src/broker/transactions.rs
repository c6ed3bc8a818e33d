//! The coordinator of transactions: which producer is the latest of its name, and how its transaction stands.

use super::{Refusal, Topic};
use crate::broker::log::Writer;
use std::collections::{BTreeMap, BTreeSet};

/// A partition of a topic, or the offsets of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Records.
    Of(Topic, i32),
    /// Offsets of the group that reads the topic.
    Offsets(Topic),
}

/// How a producer's transaction stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// There is none, or the last one ended so.
    Idle(Option<bool>),
    /// Open, with everything that it touches.
    Open(BTreeSet<Part>),
    /// Decided (true: committed); so many marks are not written.
    Ending(bool, usize),
}

#[derive(Debug)]
struct Producer {
    writer: Writer,
    state: State,
    /// Which transaction of this producer it is, for its timeout.
    serial: u64,
}

/// What must follow from an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Follows {
    /// Nothing.
    Nothing,
    /// The timeout of this transaction begins.
    Timeout(u64),
    /// The marks must be written.
    Marks(Writer, bool, Vec<Part>),
}

/// All producers by name.
#[derive(Debug, Default)]
pub struct Coordinator(BTreeMap<String, Producer>);

impl Coordinator {
    /// A new epoch for the name. An open transaction is aborted first, which takes until its marks are written.
    pub fn init(&mut self, name: &str) -> (Result<Writer, Refusal>, Follows) {
        let pid = self.0.len() as u64 + 1;
        let producer = self.0.entry(name.to_owned()).or_insert_with(|| Producer {
            writer: Writer { pid, epoch: 0 },
            state: State::Idle(None),
            serial: 0,
        });
        match producer.state {
            State::Idle(_) => {
                producer.writer.epoch += 1;
                producer.state = State::Idle(None);
                (Ok(producer.writer), Follows::Nothing)
            }
            State::Open(_) => {
                // so that the earlier process cannot end it any more
                producer.writer.epoch += 1;
                (Err(Refusal::Concurrent), producer.decide(false))
            }
            State::Ending(..) => (Err(Refusal::Concurrent), Follows::Nothing),
        }
    }

    /// The latest producer of a name.
    #[must_use]
    pub fn current(&self, name: &str) -> Option<Writer> {
        self.0.get(name).map(|producer| producer.writer)
    }

    /// The transaction will touch these; the first time begins it.
    pub fn add(&mut self, name: &str, writer: Writer, parts: &[Part]) -> (Result<(), Refusal>, Follows) {
        let producer = match self.latest(name, writer) {
            Ok(producer) => producer,
            Err(refusal) => return (Err(refusal), Follows::Nothing),
        };
        match &mut producer.state {
            State::Open(touched) => {
                touched.extend(parts);
                (Ok(()), Follows::Nothing)
            }
            State::Ending(..) => (Err(Refusal::Concurrent), Follows::Nothing),
            State::Idle(_) => {
                producer.serial += 1;
                producer.state = State::Open(parts.iter().copied().collect());
                (Ok(()), Follows::Timeout(producer.serial))
            }
        }
    }

    /// Whether the transaction is open and touches the part: brokers ask before they write.
    pub fn verify(&mut self, name: &str, writer: Writer, part: Part) -> Result<(), Refusal> {
        match &self.latest(name, writer)?.state {
            State::Open(touched) if touched.contains(&part) => Ok(()),
            _ => Err(Refusal::NoTransaction),
        }
    }

    /// Decides the transaction. Asked again, it says what it said.
    pub fn end(&mut self, name: &str, writer: Writer, commit: bool) -> (Result<(), Refusal>, Follows) {
        let producer = match self.latest(name, writer) {
            Ok(producer) => producer,
            Err(refusal) => return (Err(refusal), Follows::Nothing),
        };
        match producer.state {
            State::Open(_) => (Ok(()), producer.decide(commit)),
            State::Ending(..) => (Err(Refusal::Concurrent), Follows::Nothing),
            State::Idle(Some(as_it_ended)) if as_it_ended == commit => (Ok(()), Follows::Nothing),
            State::Idle(_) => (Err(Refusal::NoTransaction), Follows::Nothing),
        }
    }

    /// The transaction with this number has been open for too long.
    pub fn time_out(&mut self, name: &str, serial: u64) -> Follows {
        match self.0.get_mut(name) {
            Some(producer) if producer.serial == serial && matches!(producer.state, State::Open(_)) => {
                producer.writer.epoch += 1;
                producer.decide(false)
            }
            _ => Follows::Nothing,
        }
    }

    /// One of the marks is written.
    pub fn marked(&mut self, name: &str) {
        let Some(producer) = self.0.get_mut(name) else { return };
        if let State::Ending(commit, left) = producer.state {
            let left = left.saturating_sub(1);
            producer.state = if left == 0 { State::Idle(Some(commit)) } else { State::Ending(commit, left) };
        }
    }

    fn latest(&mut self, name: &str, writer: Writer) -> Result<&mut Producer, Refusal> {
        let producer = self.0.get_mut(name).filter(|producer| producer.writer == writer);
        producer.ok_or(Refusal::Fenced)
    }
}

impl Producer {
    fn decide(&mut self, commit: bool) -> Follows {
        let State::Open(parts) = &self.state else { return Follows::Nothing };
        let parts: Vec<Part> = parts.iter().copied().collect();
        self.state = State::Ending(commit, parts.len());
        Follows::Marks(self.writer, commit, parts)
    }
}
