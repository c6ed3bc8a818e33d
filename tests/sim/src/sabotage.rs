//! Code that is broken on purpose: what must be found, if the simulator is worth anything.

use pipeline::{Batch, Ended, Fault, Ledger, Place, Polled, Ranges, Source, Standing, Table};
use std::collections::BTreeMap;
use std::time::Duration;
use wire::Codec;

/// A way to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Offsets are committed without telling who commits them: a member that was replaced can still do it.
    SkipsTheFence,
    /// A new producer goes on with the epoch of the one before it, and with what that one left open.
    KeepsTheEpoch,
    /// The state is read without waiting for transactions that have not ended.
    RestoresTooEarly,
    /// The sink says that a range is done before it is written.
    CommitsBeforeItWrites,
    /// The sink does not look whether a range may have been written.
    ForgetsThePendingRange,
    /// A mark of the sink is believed though the connection was lost meanwhile: as it was before the simulator found it.
    BelievesADoubtfulMark,
    /// One change of the state in some is not written to the changelog.
    ForgetsAChangelogEntry,
    /// Some transactions are written without their manifest.
    WritesNoManifest,
    /// Of some transactions one record is lost, and another one comes twice instead.
    DoublesOneForAnother,
    /// What a pane counts is counted twice in one revision in some.
    CountsARevisionTwice,
    /// A commit whose answer did not come, or came late, is taken for done.
    TrustsATimedOutCommit,
    /// The next batch is sent though it is not known how the one before ended.
    GoesOnBeforeTheOutcome,
    /// Partitions are let go while a commit of theirs is under way, whose offsets then name the generation that is, not the one in which
    /// they were read.
    LetsGoWhileCommitting,
}

/// A world whose batches are spoiled.
pub struct Spoiled<W> {
    /// The world.
    pub world: W,
    /// How.
    pub how: Option<Sabotage>,
    /// Records so far.
    pub seen: u64,
}

/// One in so many is spoiled.
const EVERY: u64 = 17;

impl<W> Spoiled<W> {
    /// Not yet.
    pub fn new(world: W, how: Option<Sabotage>) -> Self {
        Self { world, how, seen: 0 }
    }

    fn is_its_turn(&mut self) -> bool {
        self.seen += 1;
        self.seen.is_multiple_of(EVERY)
    }

    fn spoil(&mut self, batch: &Batch) -> Option<Batch> {
        let mut spoiled = batch.clone();
        match self.how? {
            Sabotage::ForgetsAChangelogEntry => spoiled.records.retain(|record| {
                let kept = record.place != Place::Changelog || record.key == b"manifest";
                kept || !self.is_its_turn()
            }),
            Sabotage::WritesNoManifest => spoiled.records.retain(|record| {
                let kept = record.place != Place::Manifests;
                kept || !self.is_its_turn()
            }),
            Sabotage::DoublesOneForAnother => {
                let windows = (0..).zip(&spoiled.records).filter(|(_, one)| one.place == Place::Windows);
                let mut at = windows.map(|(at, _): (usize, _)| at);
                if let (Some(first), Some(second)) = (at.next(), at.next())
                    && self.is_its_turn()
                {
                    spoiled.records[second] = spoiled.records[first].clone();
                }
            }
            Sabotage::CountsARevisionTwice => {
                let codec = Codec::built_in().ok()?;
                for record in spoiled.records.iter_mut().filter(|record| record.place == Place::Windows) {
                    let Ok(mut window) = codec.decode_window(record.value.as_deref()?) else { continue };
                    if self.is_its_turn() {
                        let again = window.pane.clone();
                        window.pane.combine(&again, 1);
                        record.value = codec.encode_window(&window).ok();
                    }
                }
            }
            _ => return None,
        }
        Some(spoiled)
    }
}

impl<W: Source> Source for Spoiled<W> {
    fn poll(&mut self, wait: Duration) -> Result<Polled, Fault> {
        self.world.poll(wait)
    }

    fn committed(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault> {
        self.world.committed(partitions)
    }

    fn start(&mut self, from: &BTreeMap<i32, Option<i64>>) -> Result<(), Fault> {
        self.world.start(from)
    }

    fn lag(&mut self, next: &BTreeMap<i32, i64>) -> BTreeMap<i32, i64> {
        self.world.lag(next)
    }
}

impl<W: Ledger> Ledger for Spoiled<W> {
    fn begin(&mut self, batch: Batch) -> Result<(), Fault> {
        let batch = self.spoil(&batch).unwrap_or(batch);
        self.world.begin(batch)
    }

    fn ended(&mut self) -> Option<Ended> {
        self.world.ended()
    }

    fn end(&mut self) -> Ended {
        self.world.end()
    }

    fn restore(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, Table>, Fault> {
        self.world.restore(partitions)
    }
}

impl<W: Ranges> Ranges for Spoiled<W> {
    fn topic_id(&self) -> Result<String, Fault> {
        self.world.topic_id()
    }

    fn places(&mut self, partitions: &[i32]) -> Result<Vec<Standing>, Fault> {
        let mut places = self.world.places(partitions)?;
        if self.how == Some(Sabotage::ForgetsThePendingRange) {
            places.iter_mut().for_each(|place| place.pending_last = None);
        }
        Ok(places)
    }

    fn mark_pending(&mut self, partition: i32, first: i64, last: i64) -> Result<(), Fault> {
        if self.how == Some(Sabotage::CommitsBeforeItWrites) {
            return self.world.mark_done(partition, last + 1);
        }
        self.world.mark_pending(partition, first, last)
    }

    fn mark_done(&mut self, partition: i32, next: i64) -> Result<(), Fault> {
        self.world.mark_done(partition, next)
    }

    fn hold(&mut self, held: bool) -> Result<(), Fault> {
        self.world.hold(held)
    }
}
