//! What the sink needs beside reading: a range that is being written, kept where it outlives the process.
//!
//! The range stands in the metadata of the committed offset: `offset = first`, metadata `last`. It is committed before
//! anything is written, and replaced by `last + 1` afterwards.

use crate::Member;
use crate::fault::fault;
use crate::native::topic_id;
use pipeline::{Fault, FaultKind};
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a partition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The partition.
    pub partition: i32,
    /// The next offset to write; none before the first.
    pub next: Option<i64>,
    /// The last offset of a range that was being written when the last one stopped.
    pub pending_last: Option<i64>,
}

impl Member {
    /// Committed offsets with the ranges that may have been written.
    ///
    /// # Errors
    /// The cluster does not answer, or the metadata are not ours.
    pub fn places(&mut self, partitions: &[i32]) -> Result<Vec<Place>, Fault> {
        let doing = || format!("reading the committed offsets of {}", self.topic());
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(self.topic(), *partition);
        }
        let committed =
            self.asking().committed_offsets(list, REQUEST_TIMEOUT).map_err(|error| fault(doing(), &error))?;
        let place = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
            let next = if let Offset::Offset(offset) = element.offset() { Some(offset) } else { None };
            let pending_last = match element.metadata() {
                "" => None,
                text => Some(text.parse().map_err(|_| {
                    Fault::new(
                        FaultKind::StateDamaged,
                        doing(),
                        format!("metadata {text:?} are not a sink's"),
                    )
                })?),
            };
            Ok(Place { partition: element.partition(), next, pending_last })
        };
        committed.elements().iter().map(place).collect()
    }

    /// From now on the range may have been written.
    ///
    /// # Errors
    /// The commit did not come through; nothing may be written.
    pub fn mark_pending(&mut self, partition: i32, first: i64, last: i64) -> Result<(), Fault> {
        self.commit_place(partition, first, &last.to_string())
    }

    /// Everything before `next` is written.
    ///
    /// # Errors
    /// The commit did not come through: the range stays pending and is written again under the same token.
    pub fn mark_done(&mut self, partition: i32, next: i64) -> Result<(), Fault> {
        self.commit_place(partition, next, "")
    }

    fn commit_place(&mut self, partition: i32, offset: i64, metadata: &str) -> Result<(), Fault> {
        let doing = || format!("committing offset {offset} of {}/{partition}", self.topic());
        let mut list = TopicPartitionList::new();
        let mut element = list.add_partition(self.topic(), partition);
        element.set_offset(Offset::Offset(offset)).map_err(|error| fault(doing(), &error))?;
        element.set_metadata(metadata);
        self.consumer().commit(&list, CommitMode::Sync).map_err(|error| fault(doing(), &error))
    }

    /// Stops deliveries, or lets them come again, without leaving the group: polls keep the membership alive meanwhile. A new
    /// assignment delivers in any case.
    ///
    /// # Errors
    /// The client library refuses.
    pub fn hold(&mut self, held: bool) -> Result<(), Fault> {
        let doing = || format!("{} {}", if held { "pausing" } else { "resuming" }, self.topic());
        let assignment = self.consumer().assignment().map_err(|error| fault(doing(), &error))?;
        if assignment.count() == 0 {
            return Ok(());
        }
        let consumer = self.consumer();
        let done = if held { consumer.pause(&assignment) } else { consumer.resume(&assignment) };
        done.map_err(|error| fault(doing(), &error))
    }

    /// The topic's own id.
    ///
    /// # Errors
    /// The cluster does not answer.
    pub fn topic_id(&self) -> Result<String, Fault> {
        topic_id(self.asking().client().native_ptr(), self.topic())
    }
}
