//! Reading a topic to its end, nothing pending.

use crate::{Look, Settings};
use pipeline::{Fault, FaultKind, Table};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// How long an open transaction of a process that is gone may hold us up: the broker aborts it after its timeout.
const PENDING_TIMEOUT: Duration = Duration::from_secs(60);
const PENDING_PAUSE: Duration = Duration::from_millis(20);

/// The latest committed value of every key of the given partitions. Waits until no transaction is pending below the end
/// that each partition had when this was called: what a process left open is either in or gone.
///
/// # Errors
/// `Unreachable`, or `Unavailable` when a pending transaction does not end.
pub fn read_table(
    settings: &Settings,
    topic: &str,
    partitions: &[i32],
) -> Result<BTreeMap<i32, Table>, Fault> {
    let mut tables: BTreeMap<i32, Table> = partitions.iter().map(|number| (*number, Table::new())).collect();
    read_all(settings, topic, partitions, |partition, key, value| {
        let table = tables.entry(partition).or_default();
        match value {
            Some(value) => drop(table.insert(key.to_vec(), value.to_vec())),
            None => drop(table.remove(key)),
        }
    })?;
    Ok(tables)
}

/// Hands every committed record of the given partitions to `take` (partition, key, value), in order within a partition, up
/// to the end that each had when this was called; waits for pending transactions as [`read_table`] does.
///
/// # Errors
/// `Unreachable`, or `Unavailable` when a pending transaction does not end.
pub fn read_all(
    settings: &Settings,
    topic: &str,
    partitions: &[i32],
    mut take: impl FnMut(i32, &[u8], Option<&[u8]>),
) -> Result<(), Fault> {
    let settled = Settled::into(settings, topic)?;
    for partition in partitions {
        settled.wait(*partition)?;
    }
    for partition in partitions {
        settled.look.read(*partition, settled.look.span(*partition)?, |seen| {
            take(*partition, seen.key, seen.value);
            ControlFlow::Continue(())
        })?;
    }
    Ok(())
}

/// A look into a topic that can wait for what is pending.
pub struct Settled {
    look: Look,
    /// The same, which sees what is pending.
    everything: Look,
}

impl Settled {
    /// Into `topic`. Asks nothing yet.
    ///
    /// # Errors
    /// The settings are refused by the client library.
    pub fn into(settings: &Settings, topic: &str) -> Result<Self, Fault> {
        Ok(Self { look: Look::into(settings, topic)?, everything: Look::into_uncommitted(settings, topic)? })
    }

    /// What is committed.
    #[must_use]
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// Waits until no transaction is pending below the end that the partition has when this is called.
    ///
    /// # Errors
    /// `Unreachable`, or `Unavailable` when a pending transaction does not end.
    pub fn wait(&self, partition: i32) -> Result<(), Fault> {
        let end = self.everything.span(partition)?.end;
        let deadline = Instant::now() + PENDING_TIMEOUT;
        // Of a consumer that reads what is committed, the end is where the first open transaction begins.
        while self.look.span(partition)?.end < end {
            if Instant::now() > deadline {
                let detail = format!(
                    "a transaction is open in partition {partition} for {PENDING_TIMEOUT:?}: brokers end it by themselves after \
                     seconds. One that stays is found by `kafka-transactions.sh find-hanging`, and ended by its `abort`"
                );
                return Err(Fault::new(FaultKind::Unavailable, self.look.doing(), detail));
            }
            std::thread::sleep(PENDING_PAUSE);
        }
        Ok(())
    }
}
