//! The ports of a stepping service on Kafka: a member's input, transactions, a changelog.

use crate::committer::Committer;
use crate::member::Reading;
use crate::{Member, Settings, Topics, Transactions, restore};
use pipeline::{Batch, Ended, Fault, Ledger, Polled, Source, Table};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything that one life of a processor needs of Kafka. When anything about it is in doubt it is dropped whole and
/// opened again: recovery is the same as a restart.
pub struct Journal {
    /// Before the member: fields are dropped in this order, and whoever leaves the group must have nothing under way.
    committer: Committer,
    member: Member,
    settings: Settings,
    topics: Topics,
}

impl Journal {
    /// Fences earlier lives of the same `group` and `instance`, then joins the group to read the events of calls.
    ///
    /// # Errors
    /// What Kafka says; see [`Transactions::open`] and [`Member::join`].
    pub fn open(settings: &Settings, topics: &Topics, group: &str, instance: &str) -> Result<Self, Fault> {
        let transactions = Transactions::open(settings, topics, &format!("{group}-{instance}"))?;
        let member = Member::join(settings, group, instance, &topics.call_events())?;
        let write = move |batch: &Batch, reading: Option<&Reading>| transactions.commit(batch, reading);
        let committer = Committer::start(Box::new(write))?;
        Ok(Self { committer, member, settings: settings.clone(), topics: topics.clone() })
    }
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

    fn prefetched_ratio(&self) -> f64 {
        self.member.prefetched_ratio()
    }
}

impl Ledger for Journal {
    fn begin(&mut self, batch: Batch) -> Result<(), Fault> {
        self.committer.begin(batch, self.member.reading(), self.member.gate())
    }

    fn ended(&mut self) -> Option<Ended> {
        self.committer.ended()
    }

    fn end(&mut self) -> Ended {
        self.committer.end()
    }

    fn restore(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Table>, Fault> {
        restore::read_table(&self.settings, &self.topics.changelog(), partitions)
    }
}
