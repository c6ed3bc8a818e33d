//! What a member has fetched and not given out yet: a queue for each of its partitions, and in hand what was taken of one at once.

use crate::bell::Bell;
use crate::native::{Came, PartitionQueue};
use pipeline::{Delivery, Fault, FaultKind};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::types::RDKafka;
use std::collections::VecDeque;
use std::sync::Arc;

/// Of one client, which must not be dropped before it.
pub(crate) struct Fetched {
    queues: Vec<PartitionQueue>,
    /// Which of them is looked at next, so that none has to wait for another to become empty.
    turn: usize,
    in_hand: VecDeque<Delivery>,
    /// Nothing is given out.
    pub is_held: bool,
    bell: Arc<Bell>,
}

/// What a look into the queues gave beside records.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// The last record that was taken: partition and offset.
    pub last: Option<(i32, i64)>,
    /// By partition.
    pub told: Vec<(i32, RDKafkaErrorCode)>,
}

impl Fetched {
    /// Of no partition yet; `bell` is rung when there is something to take.
    pub fn new(bell: Arc<Bell>) -> Self {
        Self { queues: Vec::new(), turn: 0, in_hand: VecDeque::new(), is_held: false, bell }
    }

    /// Drops everything that was fetched.
    pub fn clear(&mut self) {
        self.queues.clear();
        self.in_hand.clear();
        (self.turn, self.is_held) = (0, false);
    }

    /// Begins anew with these partitions of the consumer `client`, a live client's handle, before that is told where to read from.
    ///
    /// # Errors
    /// `Internal`: the library does not know a partition.
    pub fn begin(&mut self, client: *mut RDKafka, topic: &str, partitions: &[i32]) -> Result<(), Fault> {
        self.clear();
        for number in partitions {
            let doing = || format!("reading {topic}/{number}");
            let queue = PartitionQueue::of(client, topic, *number, &self.bell);
            self.queues.push(
                queue
                    .ok_or_else(|| Fault::new(FaultKind::Internal, doing(), "no queue for the partition"))?,
            );
        }
        Ok(())
    }

    /// Of no partition: nothing was begun.
    pub fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    /// The next record in hand.
    pub fn next(&mut self) -> Option<Delivery> {
        if self.is_held { None } else { self.in_hand.pop_front() }
    }

    /// Takes what the next partition has, when nothing is in hand.
    pub fn take(&mut self) -> Look {
        let mut look = Look::default();
        for _ in 0..self.queues.len() {
            if self.is_held || !self.in_hand.is_empty() {
                break;
            }
            self.turn = (self.turn + 1) % self.queues.len();
            let queue = &self.queues[self.turn];
            queue.take(|came| match came {
                Came::Record(delivery) => self.in_hand.push_back(delivery),
                Came::Told(code) => look.told.push((queue.number, code)),
            });
            look.last = self.in_hand.back().map(|delivery| (delivery.partition, delivery.offset));
        }
        look
    }
}

#[cfg(test)]
mod tests;
