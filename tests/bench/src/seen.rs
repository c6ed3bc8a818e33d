//! What a reader of committed records sees, and when.

use crate::town::Town;
use anyhow::{Context, ensure};
use kafka::{Look, Member};
use pipeline::{Decision, Delivery, Polled, Source as _};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use wire::{Codec, Manifest};

/// A transaction of one partition, as its reader saw it.
#[derive(Debug, Clone, Copy)]
pub struct Transaction {
    /// Of the input.
    pub partition: i32,
    /// What it held.
    pub manifest: Manifest,
    /// When it could be read.
    pub at: Instant,
}

/// A reader of a topic that hears of each record at once.
pub struct Reader {
    member: Member,
    is_started: bool,
    codec: Codec,
}

impl Reader {
    /// Joins a group of its own and reads all of the topic.
    ///
    /// # Errors
    /// Kafka does not let it.
    pub fn of(town: &Town, topic: &str) -> anyhow::Result<Self> {
        let member = Member::join(&town.settings, &format!("bench-{topic}"), "bench", topic)?;
        let mut reader = Self { member, is_started: false, codec: Codec::built_in()? };
        let began = Instant::now();
        while !reader.is_started {
            ensure!(began.elapsed() < Duration::from_secs(60), "{topic} was not assigned to its reader");
            ensure!(reader.next(Duration::from_millis(100))?.is_none(), "a record came before the beginning");
        }
        Ok(reader)
    }

    /// The next record.
    ///
    /// # Errors
    /// Kafka's, but for what passes: a topic that was just made has no leader for a moment.
    pub fn next(&mut self, wait: Duration) -> anyhow::Result<Option<(Delivery, Instant)>> {
        let polled = match self.member.poll(wait) {
            Err(fault) if fault.decision() == Decision::Retry => return Ok(None),
            polled => polled?,
        };
        match polled {
            Polled::Delivery(delivery) => return Ok(Some((delivery, Instant::now()))),
            Polled::Assigned(partitions) => {
                let from = partitions.into_iter().map(|partition| (partition, Some(0))).collect();
                self.member.start(&from)?;
                self.is_started = true;
            }
            Polled::Nothing => {}
        }
        Ok(None)
    }

    /// Transactions until they cover so many more events.
    ///
    /// # Errors
    /// It takes longer than `within`.
    pub fn transactions(&mut self, events: u64, within: Duration) -> anyhow::Result<Vec<Transaction>> {
        let (began, mut covered, mut seen) = (Instant::now(), 0, Vec::new());
        while covered < events {
            ensure!(began.elapsed() < within, "{covered} of {events} events within {within:?}");
            let Some((delivery, at)) = self.next(Duration::from_millis(100))? else { continue };
            let manifest = self.codec.decode_manifest(delivery.value.as_deref().unwrap_or_default())?;
            covered += manifest.events();
            seen.push(Transaction { partition: delivery.partition, manifest, at });
        }
        Ok(seen)
    }
}

/// Events a second between the first transaction and the last: whatever came before the first was starting, and so was what the
/// first of each partition held.
///
/// # Errors
/// There are only first ones.
pub fn steady(seen: &[Transaction]) -> anyhow::Result<f64> {
    let (first, last) = (seen.first().context("no transaction")?, seen.last().context("no transaction")?);
    let later = seen.iter().filter(|transaction| transaction.manifest.sequence > 1);
    let events: u64 = later.map(|transaction| transaction.manifest.events()).sum();
    let took = last.at.duration_since(first.at).as_secs_f64();
    ensure!(events > 0 && took > 0.0, "the first transactions held everything");
    Ok(events as f64 / took)
}

/// Every record of a partition.
///
/// # Errors
/// Kafka's.
pub fn read_all(
    town: &Town,
    topic: &str,
    partition: i32,
    mut take: impl FnMut(kafka::Seen<'_>),
) -> anyhow::Result<()> {
    let look = Look::into(&town.settings, topic)?;
    let span = look.span(partition)?;
    Ok(look.read(partition, span, |seen| {
        take(seen);
        ControlFlow::Continue(())
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(partition: i32, sequence: u64, at: Instant, used: u64) -> Transaction {
        Transaction { partition, manifest: Manifest { sequence, used, ..Manifest::default() }, at }
    }

    #[test]
    fn what_came_with_the_first_does_not_count() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let seen = [
            transaction(0, 1, at(0), 1_000_000),
            transaction(1, 1, at(0), 1_000_000),
            transaction(1, 2, at(1), 300),
            transaction(0, 2, at(4), 500),
        ];
        assert_eq!(steady(&seen).unwrap().to_bits(), 200.0_f64.to_bits());
        assert!(steady(&seen[..2]).is_err());
        assert!(steady(&[]).is_err());
    }
}
