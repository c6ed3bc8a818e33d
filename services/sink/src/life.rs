//! From joining the group to the first trouble, or to the end.

use crate::batch::{Decoder, Record};
use crate::begin::{Begin, begin, tell_lost};
use crate::buffer::{Buffer, Limits, Range};
use crate::lives::Lives;
use crate::writer::{Pauses, Writer};
use pipeline::{Block, BlockSource, Delivery, Fault, FaultKind, Polled, Ranges, Tables};
use std::collections::BTreeMap;
use std::time::Duration;

const POLL: Duration = Duration::from_millis(50);
const LAG_EVERY: Duration = Duration::from_secs(5);
/// So many partitions have a range on its way at most: each is held in memory as records and as rows.
const SIDE_BY_SIDE: usize = 4;

pub struct Life<'a, I, T> {
    lives: &'a Lives<T>,
    input: I,
    topic_id: String,
    buffers: BTreeMap<i32, Buffer>,
    lag_told: Duration,
}

/// A range that is kept as pending, and may be written from now on.
struct Begun {
    partition: i32,
    last: i64,
    /// What is still to be written.
    blocks: Vec<Unsure>,
}

/// A block that is not known to be written.
struct Unsure {
    block: Block,
    /// An attempt may have come through.
    perhaps_written: bool,
    /// An attempt of this life failed: the next one waits a little.
    was_tried: bool,
}

/// What a turn took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Took {
    /// The partitions were given out anew.
    Partitions,
    /// A record.
    Record,
    Nothing,
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
            if self.turn(POLL)? == Took::Record {
                self.take_what_is_there()?;
            }
            self.write_what_is_due(false)?;
            self.tell_lag();
        }
        self.write_what_is_due(true)
    }

    /// Takes what comes.
    fn turn(&mut self, wait: Duration) -> anyhow::Result<Took> {
        self.lives.meter.beat();
        match self.input.poll(wait)? {
            Polled::Assigned(partitions) => {
                self.assigned(&partitions)?;
                Ok(Took::Partitions)
            }
            Polled::Delivery(Delivery { partition, offset, written_us, value }) => {
                let now = self.now();
                if let Some(buffer) = self.buffers.get_mut(&partition) {
                    buffer.add(Record { offset, written_us, value: value.unwrap_or_default() }, now);
                }
                Ok(Took::Record)
            }
            Polled::Nothing => Ok(Took::Nothing),
        }
    }

    /// Everything that came while the last ranges were written, up to a few batches: else each partition that became old meanwhile
    /// would be written with the few records that were taken before.
    fn take_what_is_there(&mut self) -> anyhow::Result<()> {
        while !self.holds_enough() && self.turn(Duration::ZERO)? == Took::Record {}
        Ok(())
    }

    /// As many batches as are written side by side, or two of one partition.
    fn holds_enough(&self) -> bool {
        let ratios = self.buffers.values().map(|buffer| buffer.used_ratio(self.lives.limits));
        let (mut full, mut fullest) = (0, 0.0_f64);
        for ratio in ratios {
            full += usize::from(ratio >= 1.0);
            fullest = fullest.max(ratio);
        }
        full >= SIDE_BY_SIDE.min(self.buffers.len()) || fullest >= 2.0
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
        loop {
            let due = self.due(all);
            if due.is_empty() {
                return Ok(());
            }
            self.write(&due)?;
        }
    }

    /// None while no partition is due. With one that is go others that soon will be: they need not wait until it is written.
    fn due(&self, all: bool) -> Vec<i32> {
        let (limits, now) = (self.lives.limits, self.now());
        if !self.buffers.values().any(|buffer| buffer.is_due(limits, all, now)) {
            return Vec::new();
        }
        let soon = Limits { rows: limits.rows.div_ceil(2), age: limits.age / 2 };
        let (mut due, others): (Vec<_>, Vec<_>) = self
            .buffers
            .iter()
            .filter(|(_, buffer)| buffer.is_due(soon, all, now))
            .partition(|(_, buffer)| buffer.is_due(limits, all, now));
        due.extend(others);
        due.into_iter().take(SIDE_BY_SIDE).map(|(partition, _)| *partition).collect()
    }

    /// One range of each of these partitions: kept, written, committed.
    fn write(&mut self, partitions: &[i32]) -> anyhow::Result<()> {
        let mut begun = Vec::new();
        for partition in partitions {
            begun.extend(self.begin_range(*partition)?);
        }
        self.write_at_once(&mut begun)?;
        let (written, rest): (Vec<_>, Vec<_>) = begun.into_iter().partition(|range| range.blocks.is_empty());
        for Begun { partition, last, .. } in written {
            self.done(partition, last)?;
        }
        let mut rest = rest.into_iter();
        while let Some(Begun { partition, last, blocks }) = rest.next() {
            match self.write_blocks(&blocks)? {
                Ended::Written => self.done(partition, last)?,
                // What came behind a range must not take its place in the committed offset.
                Ended::Stopped => {
                    self.buffers.remove(&partition);
                    rest.by_ref().for_each(|range| drop(self.buffers.remove(&range.partition)));
                }
                Ended::Reassigned => return Ok(()),
            }
        }
        Ok(())
    }

    /// The next range of a partition, from now on pending; none when nothing of it is left.
    fn begin_range(&mut self, partition: i32) -> anyhow::Result<Option<Begun>> {
        let (limits, now) = (self.lives.limits, self.now());
        let Some(range) = self.buffers.get_mut(&partition).and_then(|buffer| buffer.cut(limits, now)) else {
            return Ok(None);
        };
        let Range { first, last, again, records } = range;
        if !again {
            self.input.mark_pending(partition, first, last)?;
        }
        let (topic, topic_id) = (self.lives.topic.clone(), self.topic_id.clone());
        let blocks = self.blocks(&BlockSource { topic, topic_id, partition, first, last }, &records)?;
        let unsure = |block| Unsure { block, perhaps_written: again, was_tried: false };
        Ok(Some(Begun { partition, last, blocks: blocks.into_iter().map(unsure).collect() }))
    }

    fn done(&mut self, partition: i32, last: i64) -> anyhow::Result<()> {
        self.input.mark_done(partition, last + 1)?;
        if let Some(buffer) = self.buffers.get_mut(&partition) {
            buffer.next = last + 1;
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

    fn writer(&self) -> Writer<'a, T> {
        let Lives { tables, epoch, meter, clock, .. } = self.lives;
        Writer { tables, epoch: *epoch, meter, clock: clock.as_ref() }
    }

    /// Every block that certainly was not written before, side by side, once. What is written leaves its range.
    fn write_at_once(&self, begun: &mut [Begun]) -> anyhow::Result<()> {
        self.lives.meter.beat();
        let new: Vec<&mut Unsure> =
            begun.iter_mut().flat_map(|range| &mut range.blocks).filter(|one| !one.perhaps_written).collect();
        let blocks: Vec<&Block> = new.iter().map(|one| &one.block).collect();
        let written = self.writer().attempt_all(&blocks)?;
        for (one, written) in new.into_iter().zip(written) {
            (one.perhaps_written, one.was_tried) = (!written, true);
        }
        for range in begun {
            range.blocks.retain(|one| one.perhaps_written);
        }
        Ok(())
    }

    /// For as long as it takes. While ClickHouse does not take a block nothing more is read, but the group is served.
    fn write_blocks(&mut self, blocks: &[Unsure]) -> anyhow::Result<Ended> {
        let mut held = false;
        for Unsure { block, perhaps_written, was_tried } in blocks {
            let (mut perhaps_written, mut waits) = (*perhaps_written, *was_tried);
            let mut pauses = Pauses::new(self.lives.random);
            self.lives.meter.beat();
            while waits || !self.writer().attempt(block, perhaps_written)? {
                (perhaps_written, waits) = (true, false);
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
            if self.turn(POLL)? == Took::Partitions {
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

#[cfg(test)]
mod tests;
