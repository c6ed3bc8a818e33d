//! The writer of transactions: the same steps, in the same order and with the same judgement, as
//! `crates/kafka/src/transaction.rs`.

use crate::broker::group::Membership;
use crate::broker::log::{Pair, Writer};
use crate::broker::transactions::Part;
use crate::broker::{Refusal, Topic};
use crate::faults::Point;
use crate::net::{Failed, Line};
use crate::sabotage::Sabotage;
use crate::stage::Turn;
use crate::world::{SECOND, World};
use pipeline::{Batch, CommitOutcome, Fault, FaultKind, Place};
use std::collections::BTreeMap;

const STEP_TIMEOUT: u64 = 10 * SECOND;
const SLOW_COMMIT: u64 = 3 * SECOND;
const FENCING_TIMEOUT: u64 = 30 * SECOND;

/// A producer of transactions.
pub struct Transactions {
    line: Line,
    name: String,
    writer: Writer,
    /// The number of the last batch of records.
    batch: u64,
    sabotage: Option<Sabotage>,
}

impl Transactions {
    /// Fences earlier lives of the same instance.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn open(turn: &Turn, instance: &str) -> Result<Self, Fault> {
        let (name, mut line) = (format!("transactions-of-{instance}"), Line::new(turn.clone()));
        let named = name.clone();
        let writer = line
            .request(Point::Init, FENCING_TIMEOUT, move |world| world.init(&named))
            .map_err(|failed| failed.fault("opening transactions"))?;
        let sabotage = turn.at_once(|world| world.sabotage);
        Ok(Self { line, name, writer, batch: 0, sabotage })
    }

    /// From now on another thread of the process uses it.
    pub fn move_to(&mut self, turn: &Turn) {
        self.line.turn = turn.clone();
    }

    /// Writes a batch and its offsets at once.
    pub fn commit(&mut self, batch: &Batch, reading: Option<&Membership>) -> CommitOutcome {
        let outcome = self.attempt(batch, reading);
        let word = match &outcome {
            CommitOutcome::Committed => "commits",
            CommitOutcome::Aborted(_) => "commits aborted",
            CommitOutcome::Unknown(_) => "commits unclear",
        };
        self.line.turn.at_once(|world| world.story.count(word));
        self.line
            .turn
            .tell(|| format!("{word}: {} records, offsets {:?}", batch.records.len(), batch.offsets));
        outcome
    }

    fn write(&mut self, batch: &Batch, reading: Option<&Membership>) -> Result<(), Fault> {
        let mut pairs: BTreeMap<(Place, i32), Vec<Pair>> = BTreeMap::new();
        for record in &batch.records {
            let of = pairs.entry((record.place, record.partition)).or_default();
            of.push((record.key.clone(), record.value.clone()));
        }
        let parts: Vec<Part> =
            pairs.keys().map(|(place, partition)| Part::Of(Topic::Derived(*place), *partition)).collect();
        self.add(Point::Add, parts)?;
        for ((place, partition), pairs) in pairs {
            self.produce(Topic::Derived(place), partition, pairs)?;
        }
        self.send_offsets(batch, reading)
    }

    fn add(&mut self, point: Point, parts: Vec<Part>) -> Result<(), Fault> {
        let (name, writer) = (self.name.clone(), self.writer);
        self.line
            .request(point, STEP_TIMEOUT, move |world| world.add(&name, writer, &parts))
            .map_err(|failed| failed.fault("adding to a transaction"))
    }

    fn produce(&mut self, topic: Topic, partition: i32, pairs: Vec<Pair>) -> Result<(), Fault> {
        self.batch += 1;
        let (name, writer, batch) = (self.name.clone(), self.writer, self.batch);
        let produce = move |world: &mut World| {
            world.broker.coordinator.verify(&name, writer, Part::Of(topic, partition))?;
            let now = world.now;
            let log = world.broker.log(topic, partition);
            if log.is_fenced(writer) {
                return Err(Refusal::Fenced);
            }
            log.append_in_transaction(now, writer, batch, pairs.clone());
            Ok(())
        };
        self.line.request(Point::Produce, STEP_TIMEOUT, produce).map_err(|failed| failed.fault("writing"))
    }

    fn send_offsets(&mut self, batch: &Batch, reading: Option<&Membership>) -> Result<(), Fault> {
        if batch.offsets.is_empty() {
            return Ok(());
        }
        self.add(Point::AddOffsets, vec![Part::Offsets(Topic::Events)])?;
        let doing = "adding the offsets";
        let (name, writer, offsets) = (self.name.clone(), self.writer, batch.offsets.clone());
        let Some(reading) = reading.cloned() else {
            return Err(Failed::Refused(Refusal::UnknownMember).fault(doing));
        };
        let sabotage = self.sabotage;
        let send = move |world: &mut World| {
            world.broker.coordinator.verify(&name, writer, Part::Offsets(Topic::Events))?;
            let group = world.broker.group(Topic::Events);
            let who = match sabotage {
                Some(Sabotage::SkipsTheFence) => None,
                Some(Sabotage::LetsGoWhileCommitting) => Some(group.up_to_date(&reading)),
                _ => Some(reading.clone()),
            };
            group.commit_in_transaction(who.as_ref(), writer.pid, &offsets)
        };
        self.line.request(Point::Offsets, STEP_TIMEOUT, send).map_err(|failed| failed.fault(doing))
    }

    fn end(&mut self, point: Point, commit: bool) -> Result<(), Failed> {
        let (name, writer) = (self.name.clone(), self.writer);
        self.line.request(point, STEP_TIMEOUT, move |world| world.end(&name, writer, commit))
    }

    fn abort(&mut self, reason: Fault) -> CommitOutcome {
        match self.end(Point::Abort, false) {
            Ok(()) => CommitOutcome::Aborted(reason),
            Err(failed) => self.unknown(failed.fault("aborting")),
        }
    }

    fn unknown(&self, mut fault: Fault) -> CommitOutcome {
        if fault.kind != FaultKind::Fenced {
            fault.kind = FaultKind::OutcomeUnknown;
        }
        CommitOutcome::Unknown(fault)
    }

    fn judge(&self, began: u64) -> CommitOutcome {
        let took = self.line.turn.at_once(|world| world.now) - began;
        let lost = self.line.errors;
        if lost == 0 && took <= SLOW_COMMIT || self.sabotage == Some(Sabotage::TrustsATimedOutCommit) {
            return CommitOutcome::Committed;
        }
        self.unknown(Fault::new(FaultKind::OutcomeUnknown, "committing", format!("{took} µs, {lost} lost")))
    }

    fn attempt(&mut self, batch: &Batch, reading: Option<&Membership>) -> CommitOutcome {
        let began = self.line.turn.at_once(|world| world.now);
        if let Err(fault) = self.write(batch, reading) {
            return self.abort(fault);
        }
        match self.end(Point::End, true) {
            Ok(()) => self.judge(began),
            Err(Failed::TimedOut) if self.sabotage == Some(Sabotage::TrustsATimedOutCommit) => {
                CommitOutcome::Committed
            }
            Err(failed) => self.unknown(failed.fault("committing")),
        }
    }
}
