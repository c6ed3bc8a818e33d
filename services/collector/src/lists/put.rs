//! From the rows of a list to its spool.

use super::Imported;
use super::list::{Bad, List, Row};
use super::told::{Entry, Standing, Told};
use crate::intake::{Intake, Kept, Place, SharedSpool};
use anyhow::bail;
use call::Body;
use std::collections::HashSet;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wire::RejectReason;

/// Records between two looks at the disk.
const BATCH: usize = 2000;
const LOOK_FOR_ROOM_EVERY: Duration = Duration::from_millis(50);
const TOO_LATE: &str = "a list that was imported before told this call to its end; this row says something else, and is left out so \
    that the call counts once";

/// Puts lists into the spool.
pub(super) struct Putting {
    intake: Intake,
    spool: SharedSpool,
    told: Told,
}

/// A record that is to be put.
enum Record<'a> {
    Event(u64, &'a Row),
    Bad(RejectReason, &'a str, &'a str),
}

impl Putting {
    pub fn new(intake: Intake, spool: SharedSpool, told: Told) -> Self {
        Self { intake, spool, told }
    }

    /// All of the list that is not known from before. It is safe when this returns.
    pub fn put(&mut self, list: &List, stop: &AtomicBool) -> anyhow::Result<Imported> {
        let mut imported = Imported { twice: list.twice, ..Imported::default() };
        let mut calls = HashSet::new();
        for bad in list.rejected.chunks(BATCH) {
            let records = bad.iter().filter_map(|bad| self.rejected(bad, &mut imported)).collect();
            self.put_batch(records, list.stream, stop)?;
        }
        let rows: Vec<(u64, &Row)> = (0..).zip(&list.rows).collect();
        for rows in rows.chunks(BATCH) {
            let mut records = Vec::with_capacity(rows.len());
            for (position, row) in rows {
                records.extend(self.row(*position, row, &mut imported, &mut calls));
            }
            self.put_batch(records, list.stream, stop)?;
        }
        imported.calls = calls.len() as u64;
        Ok(imported)
    }

    fn rejected<'a>(&mut self, bad: &'a Bad, imported: &mut Imported) -> Option<Record<'a>> {
        imported.rejected.push(bad.detail.clone());
        let is_new = self.told.take(Entry { row: bad.id, call: None }) == Standing::New;
        is_new.then_some(Record::Bad(bad.reason, &bad.place, &bad.detail))
    }

    fn row<'a>(
        &mut self,
        position: u64,
        row: &'a Row,
        imported: &mut Imported,
        calls: &mut HashSet<u64>,
    ) -> Option<Record<'a>> {
        let over_us = match &row.draft.body {
            Body::CallRecorded(record) => record.ended_us.unwrap_or(row.at_us),
            _ => row.at_us,
        };
        match self.told.take(Entry { row: row.id, call: Some((row.call, row.at_us, over_us)) }) {
            Standing::New => {
                imported.told += 1;
                calls.insert(row.call);
                let (first_us, _) = imported.span.unwrap_or((row.at_us, row.at_us));
                imported.span = Some((first_us, row.at_us));
                Some(Record::Event(position, row))
            }
            Standing::Known => {
                imported.told_before += 1;
                None
            }
            Standing::TooLate => {
                imported.rejected.push(format!("{}: {TOO_LATE}", row.place));
                // The same row again is not told again either.
                let is_new = self.told.take(Entry { row: row.id, call: None }) == Standing::New;
                is_new.then_some(Record::Bad(RejectReason::InvalidField, &row.place, TOO_LATE))
            }
        }
    }

    /// First it is noted what will be told, then it is told: what a crash leaves out is known by the spool.
    fn put_batch(&mut self, records: Vec<Record<'_>>, stream: u64, stop: &AtomicBool) -> anyhow::Result<()> {
        let first_number = self.spool.lock().unwrap_or_else(PoisonError::into_inner).next();
        self.told.remember(first_number)?;
        for record in records {
            while self.keep(&record, stream)? == Kept::No {
                // A full spool is waited for: the list does not go away.
                if stop.load(Ordering::SeqCst) {
                    bail!("it was told to stop");
                }
                self.sync()?;
                std::thread::sleep(LOOK_FOR_ROOM_EVERY);
            }
        }
        if stop.load(Ordering::SeqCst) {
            bail!("it was told to stop");
        }
        self.sync()
    }

    fn keep(&mut self, record: &Record<'_>, stream: u64) -> anyhow::Result<Kept> {
        match record {
            Record::Event(position, row) => self.intake.placed(&mut row.draft.clone(), stream, *position),
            // Without its bytes: names may stand anywhere in a list, and the list is still there.
            Record::Bad(reason, place, detail) => {
                self.intake.reject(*reason, place, detail, b"", Place::Recorded(stream, 0))
            }
        }
    }

    fn sync(&mut self) -> anyhow::Result<()> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner).sync()
    }
}
