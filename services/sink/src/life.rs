//! From joining the group to the first trouble, or to the end.

use crate::batch::{Decoder, Record};
use crate::begin::{Begin, begin, tell_lost};
use crate::buffer::{Buffer, Range};
use crate::lives::Lives;
use crate::writer::{Pauses, Writer};
use pipeline::{Block, BlockSource, Delivery, Fault, FaultKind, Polled, Ranges, Tables};
use std::collections::BTreeMap;
use std::time::Duration;

const POLL: Duration = Duration::from_millis(50);
const LAG_EVERY: Duration = Duration::from_secs(5);

pub struct Life<'a, I, T> {
    lives: &'a Lives<T>,
    input: I,
    topic_id: String,
    buffers: BTreeMap<i32, Buffer>,
    lag_told: Duration,
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

impl<'a, I: Ranges, T: Tables> Life<'a, I, T> {
    /// Without any partition yet.
    ///
    /// # Errors
    /// The input cannot tell which topic it is.
    pub fn begin(lives: &'a Lives<T>, input: I) -> Result<Self, Fault> {
        let topic_id = input.topic_id()?;
        Ok(Self { lives, input, topic_id, buffers: BTreeMap::new(), lag_told: lives.clock.monotonic() })
    }

    /// Until told to stop; then writes what there is.
    ///
    /// # Errors
    /// The first fault: what was begun is begun again by the next life.
    pub fn live(mut self) -> anyhow::Result<()> {
        while !self.lives.is_over() {
            self.turn(POLL)?;
            self.write_what_is_due(false)?;
            self.tell_lag();
        }
        self.write_what_is_due(true)
    }

    /// Takes what comes; true when the partitions were given out anew.
    fn turn(&mut self, wait: Duration) -> anyhow::Result<bool> {
        self.lives.meter.beat();
        match self.input.poll(wait)? {
            Polled::Assigned(partitions) => {
                self.assigned(&partitions)?;
                return Ok(true);
            }
            Polled::Delivery(Delivery { partition, offset, written_us, value }) => {
                let now = self.now();
                if let Some(buffer) = self.buffers.get_mut(&partition) {
                    buffer.add(Record { offset, written_us, value: value.unwrap_or_default() }, now);
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
        let (places, kept) = (self.input.places(partitions)?, self.input.kept(partitions)?);
        let mut from = BTreeMap::new();
        for place in places {
            let kept = kept.get(&place.partition).cloned().unwrap_or_default();
            let Begin { place, lost, settled } = begin(place, &kept, &self.lives.topic)?;
            if settled {
                self.input.mark_done(place.partition, kept.start)?;
            }
            if lost > 0 {
                tell_lost(self.lives.kind, &self.lives.topic, &place, &kept, lost);
                self.lives.meter.lost(lost);
            }
            if let Some(last) = place.pending_last {
                let (topic, partition) = (&self.lives.topic, place.partition);
                let first = place.next;
                tracing::info!(topic, partition, first, last, "this range may have been written: again");
            }
            self.buffers.insert(place.partition, Buffer::new(place.next, place.pending_last));
            from.insert(place.partition, place.next.map(|next| next.max(kept.start)));
        }
        self.input.start(&from)?;
        // Whatever was held was held for the sake of the assignment before.
        Ok(self.input.hold(false)?)
    }

    fn now(&self) -> Duration {
        self.lives.clock.monotonic()
    }

    fn write_what_is_due(&mut self, all: bool) -> anyhow::Result<()> {
        // Asked anew each time: writing may take long and end with other partitions.
        while let Some(partition) = self.due(all) {
            self.write(partition)?;
        }
        Ok(())
    }

    fn due(&self, all: bool) -> Option<i32> {
        let (limits, now) = (self.lives.limits, self.now());
        self.buffers
            .iter()
            .find(|(_, buffer)| buffer.is_due(limits, all, now))
            .map(|(partition, _)| *partition)
    }

    /// One range: kept, written, committed.
    fn write(&mut self, partition: i32) -> anyhow::Result<()> {
        let (limits, now) = (self.lives.limits, self.now());
        let Some(range) = self.buffers.get_mut(&partition).and_then(|buffer| buffer.cut(limits, now)) else {
            return Ok(());
        };
        let Range { first, last, again, records } = range;
        if !again {
            self.input.mark_pending(partition, first, last)?;
        }
        let (topic, topic_id) = (self.lives.topic.clone(), self.topic_id.clone());
        let blocks = self.blocks(&BlockSource { topic, topic_id, partition, first, last }, &records)?;
        match self.write_blocks(&blocks, again)? {
            Ended::Written => {
                self.input.mark_done(partition, last + 1)?;
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

    fn blocks(&self, source: &BlockSource, records: &[Record]) -> anyhow::Result<Vec<Block>> {
        let Lives { codec, cadence, meter, kind, .. } = self.lives;
        let decoder = Decoder { codec, cadence: *cadence, meter, kind: *kind };
        let blocks = decoder.blocks(source, records).map_err(|error| {
            Fault::new(FaultKind::Unavailable, format!("reading records of {}", source.topic), error)
        })?;
        Ok(blocks)
    }

    /// For as long as it takes. While ClickHouse does not take a block nothing more is read, but the group is served.
    fn write_blocks(&mut self, blocks: &[Block], again: bool) -> anyhow::Result<Ended> {
        let Lives { tables, epoch, meter, clock, random, .. } = self.lives;
        let writer = Writer { tables, epoch: *epoch, meter, clock: clock.as_ref() };
        let mut held = false;
        for block in blocks {
            let (mut perhaps_written, mut pauses) = (again, Pauses::new(*random));
            meter.beat();
            while !writer.attempt(block, perhaps_written)? {
                perhaps_written = true;
                if !held {
                    self.input.hold(true)?;
                    held = true;
                }
                if let Some(ended) = self.wait(pauses.next()?)? {
                    return Ok(ended);
                }
            }
        }
        if held {
            self.input.hold(false)?;
        }
        Ok(Ended::Written)
    }

    /// Lets time pass; something else than none when there is nothing to wait for any more.
    fn wait(&mut self, pause: Duration) -> anyhow::Result<Option<Ended>> {
        let began = self.now();
        while self.now() - began < pause {
            if self.lives.is_over() {
                return Ok(Some(Ended::Stopped));
            }
            if self.turn(POLL)? {
                return Ok(Some(Ended::Reassigned));
            }
            self.tell_lag();
        }
        Ok(None)
    }

    fn tell_lag(&mut self) {
        let now = self.now();
        if now - self.lag_told < LAG_EVERY {
            return;
        }
        self.lag_told = now;
        let next = self.buffers.iter().map(|(partition, buffer)| (*partition, buffer.next)).collect();
        for (partition, lag) in self.input.lag(&next) {
            self.lives.meter.lag(&self.lives.topic, partition, lag);
        }
        let Lives { topic, meter, limits, .. } = self.lives;
        let fullest = self.buffers.values().map(|buffer| buffer.used_ratio(*limits)).fold(0.0, f64::max);
        meter.buffer(topic, "batch", fullest);
        meter.buffer(topic, "prefetched", self.input.prefetched_ratio());
    }
}
