//! What can be wrong with transactions, and how it is told.

use super::chain::Transaction;
use super::report::Finding;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Odd {
    /// It is there twice.
    ManifestTwice(Transaction),
    /// So many records are no manifests.
    Unread(u64),
    /// Those between these two are not there.
    ManifestsLost(Transaction, Transaction),
    /// The second one does not come after the first.
    Anew(Transaction, Transaction),
    /// It covers offsets before this one, which the one before it covered, too.
    CoveredTwice(Transaction, i64),
    /// It tells of another number of events than are there.
    Events(Transaction, u64),
    /// Events that none covers.
    Uncovered { first: i64, last: i64, count: u64 },
    /// Records that none tells of; a copy of what another wrote, if it is one.
    Foreign { first: i64, last: i64, count: u64, copy_of: Option<Transaction> },
    /// None of the records that they tell of is there.
    Lost { from: Transaction, to: Transaction, told: u64 },
    /// Others are there than they tell of, at these offsets.
    Differ { from: Transaction, to: Transaction, told: u64, there: u64, first: i64, last: i64 },
}

const OF_PROCESSOR: &str = "a processor that runs alone cannot do this: see that no other one uses this `topic_prefix` under \
    another `processor.group`; otherwise please report it with this line. The events can be counted anew under a new \
    `topic_prefix` and database, as long as Kafka keeps them";
const OF_KAFKA: &str = "Kafka has lost what it acknowledged, or was made to delete it: look into the brokers' logs (disks, unclean \
    elections) and for what was run against this topic. What is in ClickHouse already stays right; what is not can be counted \
    anew under a new `topic_prefix` and database, as long as Kafka keeps the events";
const OF_WRITER: &str = "somebody else than the processor writes to this topic: find out who, and give it a topic of its own. The \
    rows that came of it are in ClickHouse under these offsets (`kafka_partition`, `kafka_offset`): delete them";
const OF_ANEW: &str = "the processor's state was deleted and everything read again: earlier transactions are not judged any more. \
    A new beginning wants a new `topic_prefix` and database, or what was counted before is there twice";

/// Its name: the number, and what it covers.
pub fn name(one: &Transaction, events: &str, partition: i32) -> String {
    let Transaction { sequence, first, next, .. } = one;
    format!("transaction {sequence} ({events}/{partition}/{first}..{next})")
}

/// Where transactions are told of.
struct At<'a> {
    topic: &'a str,
    events: &'a str,
    partition: i32,
}

impl Odd {
    /// For people. `topic` is where it was found, `events` the input.
    pub fn tell(&self, topic: &str, events: &str, partition: i32) -> Finding {
        let at = At { topic, events, partition };
        Finding { what: at.what(self), place: at.place(self), todo: self.todo().to_owned() }
    }

    fn todo(&self) -> &'static str {
        match self {
            Self::ManifestTwice(_) | Self::Unread(_) | Self::Foreign { .. } => OF_WRITER,
            Self::ManifestsLost(..) | Self::Events(..) | Self::Lost { .. } | Self::Differ { .. } => OF_KAFKA,
            Self::CoveredTwice(..) | Self::Uncovered { .. } => OF_PROCESSOR,
            Self::Anew(..) => OF_ANEW,
        }
    }
}

impl At<'_> {
    fn name(&self, one: &Transaction) -> String {
        name(one, self.events, self.partition)
    }

    fn names(&self, from: &Transaction, to: &Transaction) -> String {
        if from.sequence == to.sequence {
            return self.name(from);
        }
        let Self { events, partition, .. } = self;
        format!(
            "transactions {} to {} ({events}/{partition}/{}..{})",
            from.sequence, to.sequence, from.first, to.next
        )
    }

    fn place(&self, odd: &Odd) -> String {
        let Self { topic, events, partition } = self;
        match odd {
            Odd::ManifestTwice(_) | Odd::Unread(_) | Odd::Anew(..) | Odd::Lost { .. } => {
                format!("{topic}/{partition}")
            }
            Odd::ManifestsLost(last, next) => format!("{events}/{partition}/{}..{}", last.next, next.first),
            Odd::CoveredTwice(one, until) => format!("{events}/{partition}/{}..{until}", one.first),
            Odd::Events(one, _) => format!("{events}/{partition}/{}..{}", one.first, one.next),
            Odd::Uncovered { first, last, .. }
            | Odd::Foreign { first, last, .. }
            | Odd::Differ { first, last, .. } => match first == last {
                true => format!("{topic}/{partition}/{first}"),
                false => format!("{topic}/{partition}/{first}..{}", last + 1),
            },
        }
    }

    fn what(&self, odd: &Odd) -> String {
        match odd {
            Odd::ManifestTwice(one) => format!("doubled: the manifest of {} comes twice", self.name(one)),
            Odd::Unread(count) => format!("{count} records cannot be read as manifests"),
            Odd::ManifestsLost(last, next) => {
                let (from, to) = (last.sequence + 1, next.sequence - 1);
                format!("lost: {} manifests, those of transactions {from} to {to}", to + 1 - from)
            }
            Odd::Anew(last, next) => format!("{} comes after {}", self.name(next), self.name(last)),
            Odd::CoveredTwice(one, _) => {
                format!("doubled: {} covers events that the one before it covered, too", self.name(one))
            }
            Odd::Events(one, there) => {
                format!("lost: {} tells of {} events, {there} are there", self.name(one), one.events)
            }
            Odd::Uncovered { count, .. } => format!("skipped: no transaction covers these {count} events"),
            Odd::Foreign { count, copy_of: Some(one), .. } => {
                format!("doubled: the {count} records of {} come a second time", self.name(one))
            }
            Odd::Foreign { count, copy_of: None, .. } => {
                format!("torn: no manifest tells of these {count} records")
            }
            Odd::Lost { from, to, told } => {
                format!("lost: {} tells of {told} records here, none is there", self.names(from, to))
            }
            Odd::Differ { from, to, told, there, .. } if told == there => {
                format!("torn: {} tells of other {told} records than these", self.names(from, to))
            }
            Odd::Differ { from, to, told, there, .. } => {
                format!("torn: {} tells of {told} records here, {there} are there", self.names(from, to))
            }
        }
    }
}
