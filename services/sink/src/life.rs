//! From joining the group to the first trouble, or to the end.

use crate::Service;
use crate::batch::{Decoder, Record};
use crate::buffer::{Buffer, Limits, Range};
use crate::writer::{Pauses, Writer};
use kafka::{Member, Settings};
use pipeline::{Delivery, Fault, FaultKind, Polled, Source as _};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use store::{Block, Source};

const POLL: Duration = Duration::from_millis(50);
const LAG_EVERY: Duration = Duration::from_secs(5);

pub struct Life<'a> {
    service: &'a Service,
    member: Member,
    topic_id: String,
    buffers: BTreeMap<i32, Buffer>,
    lag_told: Instant,
}

/// How the writing of a range ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// ClickHouse has it.
    Written,
    /// Told to stop before: the range stays pending.
    Stopped,
    /// The group gave the partitions out anew meanwhile: whoever has the partition now writes the range.
    Reassigned,
}

impl<'a> Life<'a> {
    pub fn begin(service: &'a Service) -> anyhow::Result<Self> {
        let (kafka, sink) = (&service.config.kafka, &service.config.sink);
        let settings = Settings::new(&kafka.brokers, format!("svarstid-sink-{}", sink.instance));
        let prepared = kafka::ensure_topics(&settings, &service.topics, kafka.partitions, kafka.replication);
        service.runtime.block_on(prepared)?;
        let group = crate::group(sink, &service.topic);
        let member = Member::join(&settings, &group, &sink.instance, &service.topic)?;
        let topic_id = member.topic_id()?;
        Ok(Self { service, member, topic_id, buffers: BTreeMap::new(), lag_told: Instant::now() })
    }

    pub fn live(mut self) -> anyhow::Result<()> {
        while !*self.service.shutdown.borrow() {
            self.turn(POLL)?;
            self.write_what_is_due(false)?;
            self.tell_lag();
        }
        self.write_what_is_due(true)
    }

    /// Takes what comes; true when the partitions were given out anew.
    fn turn(&mut self, wait: Duration) -> anyhow::Result<bool> {
        self.service.meter.beat();
        match self.member.poll(wait)? {
            Polled::Assigned(partitions) => {
                self.assigned(&partitions)?;
                return Ok(true);
            }
            Polled::Delivery(Delivery { partition, offset, written_us, value }) => {
                if let Some(buffer) = self.buffers.get_mut(&partition) {
                    buffer.add(Record { offset, written_us, value: value.unwrap_or_default() });
                }
            }
            Polled::Nothing => {}
        }
        Ok(false)
    }

    fn assigned(&mut self, partitions: &[i32]) -> anyhow::Result<()> {
        self.buffers.clear();
        if partitions.is_empty() {
            return Ok(());
        }
        let places = self.member.places(partitions)?;
        for place in &places {
            if let Some(last) = place.pending_last {
                let (topic, partition) = (&self.service.topic, place.partition);
                let first = place.next;
                tracing::info!(topic, partition, first, last, "this range may have been written: again");
            }
            self.buffers.insert(place.partition, Buffer::new(place.next, place.pending_last));
        }
        let from = places.iter().map(|place| (place.partition, place.next)).collect();
        self.member.start(&from)?;
        // Whatever was held was held for the sake of the assignment before.
        Ok(self.member.hold(false)?)
    }

    fn limits(&self) -> Limits {
        let sink = &self.service.config.sink;
        Limits { rows: sink.batch_rows, age: Duration::from_millis(sink.batch_every_ms) }
    }

    fn write_what_is_due(&mut self, all: bool) -> anyhow::Result<()> {
        // Asked anew each time: writing may take long and end with other partitions.
        while let Some(partition) = self.due(all) {
            self.write(partition)?;
        }
        Ok(())
    }

    fn due(&self, all: bool) -> Option<i32> {
        let limits = self.limits();
        self.buffers.iter().find(|(_, buffer)| buffer.is_due(limits, all)).map(|(partition, _)| *partition)
    }

    /// One range: kept, written, committed.
    fn write(&mut self, partition: i32) -> anyhow::Result<()> {
        let limits = self.limits();
        let Some(range) = self.buffers.get_mut(&partition).and_then(|buffer| buffer.cut(limits)) else {
            return Ok(());
        };
        let Range { first, last, again, records } = range;
        if !again {
            self.member.mark_pending(partition, first, last)?;
        }
        let (topic, topic_id) = (self.service.topic.clone(), self.topic_id.clone());
        let blocks = self.blocks(&Source { topic, topic_id, partition, first, last }, &records)?;
        match self.write_blocks(&blocks, again)? {
            Ended::Written => {
                self.member.mark_done(partition, last + 1)?;
                if let Some(buffer) = self.buffers.get_mut(&partition) {
                    buffer.next = last + 1;
                }
            }
            // What came behind the range must not take its place in the committed offset.
            Ended::Stopped => {
                self.buffers.remove(&partition);
            }
            Ended::Reassigned => {}
        }
        Ok(())
    }

    fn blocks(&self, source: &Source, records: &[Record]) -> anyhow::Result<Vec<Block>> {
        let service = self.service;
        let cadence = service.config.kpi_settings().cadence;
        let decoder = Decoder { codec: &service.codec, cadence, meter: &service.meter, kind: service.kind };
        let blocks = decoder.blocks(source, records).map_err(|error| {
            Fault::new(FaultKind::Unavailable, format!("reading records of {}", source.topic), error)
        })?;
        Ok(blocks)
    }

    /// For as long as it takes. While ClickHouse does not take a block nothing more is read, but the group is served.
    fn write_blocks(&mut self, blocks: &[Block], again: bool) -> anyhow::Result<Ended> {
        let service = self.service;
        let writer = Writer {
            store: &service.store,
            epoch: service.config.sink.epoch,
            meter: &service.meter,
            runtime: &service.runtime,
        };
        let mut held = false;
        for block in blocks {
            let (mut perhaps_written, mut pauses) = (again, Pauses::new());
            service.meter.beat();
            while !writer.attempt(block, perhaps_written)? {
                perhaps_written = true;
                if !held {
                    self.member.hold(true)?;
                    held = true;
                }
                if let Some(ended) = self.wait(pauses.next()?)? {
                    return Ok(ended);
                }
            }
        }
        if held {
            self.member.hold(false)?;
        }
        Ok(Ended::Written)
    }

    /// Lets time pass; something else than none when there is nothing to wait for any more.
    fn wait(&mut self, pause: Duration) -> anyhow::Result<Option<Ended>> {
        let began = Instant::now();
        while began.elapsed() < pause {
            if *self.service.shutdown.borrow() {
                return Ok(Some(Ended::Stopped));
            }
            if self.turn(POLL)? {
                return Ok(Some(Ended::Reassigned));
            }
        }
        Ok(None)
    }

    fn tell_lag(&mut self) {
        if self.lag_told.elapsed() < LAG_EVERY {
            return;
        }
        self.lag_told = Instant::now();
        let next = self.buffers.iter().map(|(partition, buffer)| (*partition, buffer.next)).collect();
        for (partition, lag) in self.member.lag(&next) {
            self.service.meter.lag(&self.service.topic, partition, lag);
        }
    }
}
