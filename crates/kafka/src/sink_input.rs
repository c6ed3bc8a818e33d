//! What the sink needs beside reading: a range that is being written, kept where it outlives the process.
//!
//! The range stands in the metadata of the committed offset: `offset = first`, metadata `last`. It is committed before
//! anything is written, and replaced by `last + 1` afterwards.

use crate::Member;
use crate::fault::fault;
use crate::native::topic_id;
use pipeline::{Fault, FaultKind, Ranges, Standing};
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

impl Member {
    fn commit_place(&mut self, partition: i32, offset: i64, metadata: &str) -> Result<(), Fault> {
        let doing = || format!("committing offset {offset} of {}/{partition}", self.topic());
        let mut list = TopicPartitionList::new();
        let mut element = list.add_partition(self.topic(), partition);
        element.set_offset(Offset::Offset(offset)).map_err(|error| fault(doing(), &error))?;
        element.set_metadata(metadata);
        self.consumer().commit(&list, CommitMode::Sync).map_err(|error| self.fault(doing(), &error))?;
        match self.connections_lost() {
            0 => Ok(()),
            // The library asks again by itself, and what it asked first may arrive behind all that comes after it: a place that goes
            // back. Whoever comes next under this name is given another membership, and what is late is refused.
            lost => {
                let detail = format!("it was answered, but {lost} connections were lost");
                Err(Fault::new(FaultKind::OutcomeUnknown, doing(), detail))
            }
        }
    }
}

impl Ranges for Member {
    fn topic_id(&self) -> Result<String, Fault> {
        topic_id(self.asking().client().native_ptr(), self.topic())
    }

    fn places(&mut self, partitions: &[i32]) -> Result<Vec<Standing>, Fault> {
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
            Ok(Standing { partition: element.partition(), next, pending_last })
        };
        committed.elements().iter().map(place).collect()
    }

    fn mark_pending(&mut self, partition: i32, first: i64, last: i64) -> Result<(), Fault> {
        self.commit_place(partition, first, &last.to_string())
    }

    fn mark_done(&mut self, partition: i32, next: i64) -> Result<(), Fault> {
        self.commit_place(partition, next, "")
    }

    fn hold(&mut self, held: bool) -> Result<(), Fault> {
        self.set_held(held);
        let doing = || format!("{} {}", if held { "pausing" } else { "resuming" }, self.topic());
        let assignment = self.consumer().assignment().map_err(|error| fault(doing(), &error))?;
        if assignment.count() == 0 {
            return Ok(());
        }
        let consumer = self.consumer();
        let done = if held { consumer.pause(&assignment) } else { consumer.resume(&assignment) };
        done.map_err(|error| fault(doing(), &error))
    }
}
