//! From joining the group to the first trouble, or to the end.

use crate::Service;
use crate::batch::{Decoder, Record};
use crate::writer::Writer;
use kafka::{Member, Settings};
use pipeline::{Fault, FaultKind, Polled, Source as _};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use store::Source;

const POLL: Duration = Duration::from_millis(50);
const LAG_EVERY: Duration = Duration::from_secs(5);

/// What is held of one partition.
#[derive(Default)]
struct Buffer {
    records: Vec<Record>,
    /// When the first of them came.
    since: Option<Instant>,
    /// The last offset of a range that an earlier process may have written: it is written first, and exactly as it was.
    pending_last: Option<i64>,
    next: i64,
}

pub struct Life<'a> {
    service: &'a Service,
    member: Member,
    topic_id: String,
    buffers: BTreeMap<i32, Buffer>,
    lag_told: Instant,
}

impl<'a> Life<'a> {
    pub fn begin(service: &'a Service) -> anyhow::Result<Self> {
        let (kafka, sink) = (&service.config.kafka, &service.config.sink);
        let settings = Settings::new(&kafka.brokers, format!("svarstid-sink-{}", sink.instance));
        let prepared = kafka::ensure_topics(&settings, &service.topics, kafka.partitions, kafka.replication);
        service.runtime.block_on(prepared)?;
        // A group for each topic: they are read side by side, and one that waits holds up none of the others.
        let group = format!("{}-{}", sink.group, service.topic);
        let member = Member::join(&settings, &group, &sink.instance, &service.topic)?;
        let topic_id = member.topic_id()?;
        Ok(Self { service, member, topic_id, buffers: BTreeMap::new(), lag_told: Instant::now() })
    }

    pub fn live(mut self) -> anyhow::Result<()> {
        while !*self.service.shutdown.borrow() {
            self.service.meter.beat();
            match self.member.poll(POLL)? {
                Polled::Assigned(partitions) => self.assigned(&partitions)?,
                Polled::Delivery(delivery) => {
                    let value = delivery.value.unwrap_or_default();
                    if let Some(buffer) = self.buffers.get_mut(&delivery.partition) {
                        buffer.since.get_or_insert_with(Instant::now);
                        buffer.records.push(Record { offset: delivery.offset, value });
                    }
                }
                Polled::Nothing => {}
            }
            self.write_what_is_due(false)?;
            self.tell_lag();
        }
        self.write_what_is_due(true)
    }

    fn assigned(&mut self, partitions: &[i32]) -> anyhow::Result<()> {
        self.buffers.clear();
        let places = self.member.places(partitions)?;
        for place in &places {
            if let Some(last) = place.pending_last {
                let (topic, partition) = (&self.service.topic, place.partition);
                tracing::info!(
                    topic,
                    partition,
                    first = place.next,
                    last,
                    "this range may have been written: again"
                );
            }
            let buffer = Buffer {
                pending_last: place.pending_last,
                next: place.next.unwrap_or(0),
                ..Buffer::default()
            };
            self.buffers.insert(place.partition, buffer);
        }
        let from = places.iter().map(|place| (place.partition, place.next)).collect();
        Ok(self.member.start(&from)?)
    }

    fn write_what_is_due(&mut self, all: bool) -> anyhow::Result<()> {
        let sink = &self.service.config.sink;
        let age = Duration::from_millis(sink.batch_every_ms);
        let due: Vec<i32> = self
            .buffers
            .iter()
            .filter(|(_, buffer)| match buffer.pending_last {
                Some(last) => buffer.records.last().is_some_and(|record| record.offset >= last),
                None => {
                    let old = buffer.since.is_some_and(|since| since.elapsed() >= age);
                    !buffer.records.is_empty() && (all || old || buffer.records.len() >= sink.batch_rows)
                }
            })
            .map(|(partition, _)| *partition)
            .collect();
        for partition in due {
            self.write(partition)?;
        }
        Ok(())
    }

    /// One range: kept, written, committed.
    fn write(&mut self, partition: i32) -> anyhow::Result<()> {
        let Some(buffer) = self.buffers.get_mut(&partition) else { return Ok(()) };
        let pending = buffer.pending_last;
        let end = match pending {
            Some(last) => buffer.records.partition_point(|record| record.offset <= last),
            None => buffer.records.len().min(self.service.config.sink.batch_rows),
        };
        let records: Vec<Record> = buffer.records.drain(..end).collect();
        buffer.since = (!buffer.records.is_empty()).then(Instant::now);
        buffer.pending_last = None;
        let Some((first, last)) = records.first().map(|r| r.offset).zip(records.last().map(|r| r.offset))
        else {
            return Ok(());
        };
        if pending.is_none() {
            self.member.mark_pending(partition, first, last)?;
        }
        // The token is made of the range as it was kept: the first offset is what was committed with it.
        let first = if pending.is_some() { buffer.next } else { first };
        let last = pending.unwrap_or(last);
        let (topic, topic_id) = (self.service.topic.clone(), self.topic_id.clone());
        let source = Source { topic, topic_id, partition, first, last };
        if self.write_blocks(&source, &records, pending.is_some())? {
            self.member.mark_done(partition, last + 1)?;
            if let Some(buffer) = self.buffers.get_mut(&partition) {
                buffer.next = last + 1;
            }
        }
        Ok(())
    }

    fn write_blocks(&self, source: &Source, records: &[Record], again: bool) -> anyhow::Result<bool> {
        let service = self.service;
        let cadence = service.config.kpi_settings().cadence;
        let decoder = Decoder { codec: &service.codec, cadence, meter: &service.meter, kind: service.kind };
        let blocks = decoder.blocks(source, records).map_err(|error| {
            Fault::new(FaultKind::Unavailable, format!("reading records of {}", source.topic), error)
        })?;
        let writer = Writer {
            store: &service.store,
            epoch: service.config.sink.epoch,
            meter: &service.meter,
            shutdown: &service.shutdown,
            runtime: &service.runtime,
        };
        for block in &blocks {
            if !writer.write(block, again)? {
                return Ok(false);
            }
        }
        Ok(true)
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
