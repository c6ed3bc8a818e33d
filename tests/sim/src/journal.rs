//! The ports of a processor on the simulated broker, with a state that is read back as `crates/kafka/src/restore.rs` does it.

use crate::broker::Topic;
use crate::broker::log::{Body, Log, Pair};
use crate::committer::Committer;
use crate::faults::Point;
use crate::member::Member;
use crate::net::Line;
use crate::sabotage::Sabotage;
use crate::stage::Turn;
use crate::transactions::Transactions;
use crate::world::{SECOND, World};
use pipeline::{Batch, Ended, Fault, FaultKind, Ledger, Place, Polled, Source, Table};
use std::collections::BTreeMap;
use std::time::Duration;

const STEP_TIMEOUT: u64 = 10 * SECOND;
const PENDING_TIMEOUT: u64 = 60 * SECOND;
const PENDING_PAUSE: u64 = 20_000;
/// Records that come in one piece when a topic is read from its beginning.
const PIECE: usize = 40;

const CHANGELOG: Topic = Topic::Derived(Place::Changelog);
const RESTORING: &str = "reading all of the changelog";

/// Everything that one life of a processor needs.
pub struct Journal {
    /// Before the member, as in `crates/kafka`.
    committer: Committer,
    member: Member,
    line: Line,
    sabotage: Option<Sabotage>,
}

impl Journal {
    /// Fences earlier lives of the same instance, then becomes a member.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn open(turn: &Turn, instance: &str) -> Result<Self, Fault> {
        let transactions = Transactions::open(turn, instance)?;
        let sabotage = turn.at_once(|world| world.sabotage);
        let committer = Committer::start(turn, transactions, sabotage);
        let member = Member::new(turn.clone(), Topic::Events, instance).committing(committer.desk());
        Ok(Self { committer, member, line: Line::new(turn.clone()), sabotage })
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

    fn start(&mut self, from: &BTreeMap<i32, Option<i64>>) -> Result<(), Fault> {
        self.member.start(from)
    }

    fn lag(&mut self, next: &BTreeMap<i32, i64>) -> BTreeMap<i32, i64> {
        self.member.lag(next)
    }
}

impl Ledger for Journal {
    fn begin(&mut self, batch: Batch) -> Result<(), Fault> {
        self.committer.begin(batch, self.member.membership().cloned())
    }

    fn ended(&mut self) -> Option<Ended> {
        self.committer.ended()
    }

    fn end(&mut self) -> Ended {
        self.committer.end()
    }

    fn restore(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Table>, Fault> {
        self.line.turn.tell(|| format!("restores {partitions:?}"));
        partitions.iter().map(|partition| Ok((*partition, self.read_table(*partition)?))).collect()
    }
}
