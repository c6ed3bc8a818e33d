//! The ports of a processor on the simulated broker: the same steps, in the same order and with the same judgement, as
//! `crates/kafka/src/transaction.rs` and `crates/kafka/src/restore.rs`.

use crate::broker::log::{Body, Log, Pair, Writer};
use crate::broker::transactions::Part;
use crate::broker::{Refusal, Topic};
use crate::faults::Point;
use crate::member::Member;
use crate::net::{Failed, Line};
use crate::sabotage::Sabotage;
use crate::stage::Turn;
use crate::world::{SECOND, World};
use pipeline::{Batch, CommitOutcome, Fault, FaultKind, Ledger, Place, Polled, Source, Table};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

const STEP_TIMEOUT: u64 = 10 * SECOND;
const SLOW_COMMIT: u64 = 3 * SECOND;
const FENCING_TIMEOUT: u64 = 30 * SECOND;
const PENDING_TIMEOUT: u64 = 60 * SECOND;
const PENDING_PAUSE: u64 = 20_000;
/// Records that come in one piece when a topic is read from its beginning.
const PIECE: usize = 40;

const CHANGELOG: Topic = Topic::Derived(Place::Changelog);
const RESTORING: &str = "reading all of the changelog";

/// Everything that one life of a processor needs.
pub struct Journal {
    member: Member,
    line: Line,
    name: String,
    writer: Writer,
    /// The number of the last batch of records.
    batch: u64,
    sabotage: Option<Sabotage>,
}

impl Journal {
    /// Fences earlier lives of the same instance, then becomes a member.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn open(turn: &Turn, instance: &str) -> Result<Self, Fault> {
        let (name, mut line) = (format!("transactions-of-{instance}"), Line::new(turn.clone()));
        let named = name.clone();
        let writer = line
            .request(Point::Init, FENCING_TIMEOUT, move |world| world.init(&named))
            .map_err(|failed| failed.fault("opening transactions"))?;
        let member = Member::new(turn.clone(), Topic::Events, instance);
        let sabotage = turn.at_once(|world| world.sabotage);
        Ok(Self { member, line, name, writer, batch: 0, sabotage })
    }

    fn write(&mut self, batch: &Batch) -> Result<(), Fault> {
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
        self.send_offsets(batch)
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

    fn send_offsets(&mut self, batch: &Batch) -> Result<(), Fault> {
        if batch.offsets.is_empty() {
            return Ok(());
        }
        self.add(Point::AddOffsets, vec![Part::Offsets(Topic::Events)])?;
        let doing = "adding the offsets";
        let (name, writer, offsets) = (self.name.clone(), self.writer, batch.offsets.clone());
        let membership = self.member.membership().cloned();
        if membership.is_none() {
            return Err(Failed::Refused(Refusal::UnknownMember).fault(doing));
        }
        let membership = membership.filter(|_| self.sabotage != Some(Sabotage::SkipsTheFence));
        let send = move |world: &mut World| {
            world.broker.coordinator.verify(&name, writer, Part::Offsets(Topic::Events))?;
            let group = world.broker.group(Topic::Events);
            group.commit_in_transaction(membership.as_ref(), writer.pid, &offsets)
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

    fn do_commit(&mut self, batch: &Batch) -> CommitOutcome {
        let began = self.line.turn.at_once(|world| world.now);
        if let Err(fault) = self.write(batch) {
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

    fn ask(&mut self, partition: i32, what: fn(&Log) -> usize) -> Result<usize, Fault> {
        let ask = move |world: &mut World| Ok(what(world.broker.log(CHANGELOG, partition)));
        self.line.request(Point::Restore, STEP_TIMEOUT, ask).map_err(|failed| failed.fault(RESTORING))
    }

    fn read_table(&mut self, partition: i32) -> Result<Table, Fault> {
        let end = self.ask(partition, Log::end)?;
        let mut waited = 0;
        while self.sabotage != Some(Sabotage::RestoresTooEarly) && self.ask(partition, Log::stable_end)? < end
        {
            if waited > PENDING_TIMEOUT {
                return Err(Fault::new(FaultKind::Unavailable, RESTORING, "a transaction stays open"));
            }
            waited += self.line.turn.after(PENDING_PAUSE, |_| PENDING_PAUSE);
        }
        let (mut table, mut next) = (Table::new(), 0);
        loop {
            let read = move |world: &mut World| Ok(piece(world, partition, next));
            let read = self.line.request(Point::Restore, STEP_TIMEOUT, read);
            let (pairs, up_to) = read.map_err(|failed| failed.fault(RESTORING))?;
            for (key, value) in pairs {
                match value {
                    Some(value) => drop(table.insert(key, value)),
                    None => drop(table.remove(&key)),
                }
            }
            match up_to {
                Some(up_to) => next = up_to,
                None => return Ok(table),
            }
        }
    }
}

/// Some committed records, and where to go on; none: that was the end.
fn piece(world: &mut World, partition: i32, from: usize) -> (Vec<Pair>, Option<usize>) {
    let (mut pairs, mut next) = (Vec::new(), from);
    let log = world.broker.log(CHANGELOG, partition);
    while let Some((offset, entry)) = log.next_committed(next) {
        if pairs.len() == PIECE {
            return (pairs, Some(next));
        }
        if let Body::Data(key, value) = &entry.body {
            pairs.push((key.clone(), value.clone()));
        }
        next = offset + 1;
    }
    (pairs, None)
}

impl Source for Journal {
    fn poll(&mut self, wait: Duration) -> Result<Polled, Fault> {
        self.member.poll(wait)
    }

    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault> {
        self.member.committed(partitions)
    }

    fn kept(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Range<i64>>, Fault> {
        self.member.kept(partitions)
    }

    fn start(&mut self, from: &BTreeMap<i32, Option<i64>>) -> Result<(), Fault> {
        self.member.start(from)
    }

    fn lag(&mut self, next: &BTreeMap<i32, i64>) -> BTreeMap<i32, i64> {
        self.member.lag(next)
    }
}

impl Ledger for Journal {
    fn commit(&mut self, batch: &Batch) -> CommitOutcome {
        let outcome = self.do_commit(batch);
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

    fn restore(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Table>, Fault> {
        self.line.turn.tell(|| format!("restores {partitions:?}"));
        partitions.iter().map(|partition| Ok((*partition, self.read_table(*partition)?))).collect()
    }
}
