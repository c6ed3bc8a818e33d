//! Every transaction of the processor is there wholly and once: its manifest, the events that it covers, the records that it
//! wrote.

use super::Around;
use super::chain::{Chain, Covered, Transaction};
use super::odd::Odd;
use super::report::{Check, Finding, Since};
use super::runs::Found;
use kafka::Settled;
use pipeline::Invariant;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use wire::{Codec, WireError};

/// The topic of the manifests.
pub fn open(around: &Around) -> anyhow::Result<Settled> {
    Ok(Settled::into(&around.settings, &around.topics.manifests())?)
}

/// What the manifests of a partition tell. Waits until nothing is pending that was written before.
pub fn chain(manifests: &Settled, codec: &Codec, partition: i32) -> anyhow::Result<Chain> {
    let (mut chain, mut unread, mut failed) = (Chain::default(), 0, None::<WireError>);
    manifests.wait(partition)?;
    let look = manifests.look();
    look.read(partition, look.span(partition)?, |seen| {
        match codec.decode_manifest(seen.value.unwrap_or_default()) {
            Ok(manifest) => chain.push(&manifest),
            Err(error) if error.reject_reason().is_some() => unread += 1,
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    if unread > 0 {
        chain.odd.push(Odd::Unread(unread));
    }
    failed.map_or(Ok(chain), |error| Err(error.into()))
}

/// What was found in all partitions.
#[derive(Default)]
pub struct Judged {
    transactions: u64,
    waiting: u64,
    events: u64,
    records: u64,
    on_the_way: u64,
    findings: Vec<Finding>,
    /// By partition: from which transaction on all topics keep all that belongs to it.
    since: BTreeMap<i32, Transaction>,
}

impl Judged {
    /// The manifests of a partition.
    pub fn manifests(&mut self, around: &Around, partition: i32, chain: &Chain) {
        self.transactions += chain.list.len() as u64;
        self.waiting += if chain.is_whole() { chain.waiting.max(0).unsigned_abs() } else { 0 };
        self.tell(&chain.odd, around, &around.topics.manifests(), partition);
        self.since(partition, chain.list.first());
    }

    /// What its transactions wrote to one topic.
    pub fn records(
        &mut self,
        around: &Around,
        partition: i32,
        chain: &Chain,
        (topic, found): (&str, &Found),
    ) {
        self.records += found.records;
        self.on_the_way += found.on_the_way;
        self.tell(&found.odd, around, topic, partition);
        self.since(partition, chain.list.get(found.from).or(chain.list.last()));
    }

    /// The events that they cover, of which those from `from` on are still there.
    pub fn events(
        &mut self,
        around: &Around,
        partition: i32,
        chain: &Chain,
        (covered, from): (&Covered<'_>, i64),
    ) {
        self.events += covered.judged;
        let topic = around.topics.call_events();
        self.tell(&covered.odd, around, &topic, partition);
        let first = chain.list.iter().find(|one| one.first >= from);
        self.since(partition, first.or(chain.list.last()));
    }

    fn tell(&mut self, odd: &[Odd], around: &Around, topic: &str, partition: i32) {
        let events = around.topics.call_events();
        self.findings.extend(odd.iter().map(|odd| odd.tell(topic, &events, partition)));
    }

    fn since(&mut self, partition: i32, from: Option<&Transaction>) {
        let Some(from) = from else { return };
        let since = self.since.entry(partition).or_insert(*from);
        if from.sequence > since.sequence {
            *since = *from;
        }
    }

    /// What it comes to.
    pub fn check(self, around: &Around) -> Check {
        let mut check = Check::new(Invariant::TransactionsWhole, &around.topics.manifests());
        check.judged =
            vec![("transactions", self.transactions), ("events", self.events), ("records", self.records)];
        if self.waiting > 0 {
            check.judged.push(("waiting events", self.waiting));
        }
        check.on_the_way = ("records", self.on_the_way);
        let since = |(partition, one): (&i32, &Transaction)| Since {
            partition: *partition,
            transaction: one.sequence,
            offset: one.first,
        };
        check.since = self.since.iter().map(since).collect();
        check.findings = self.findings;
        check
    }
}
