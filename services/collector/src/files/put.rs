//! From a record of the file to the spool.

use super::Follower;
use crate::intake::{Kept, Place};
use crate::progress::Progress;
use crate::spool::Spool;
use call::Body;
use call::event::GapReason;
use pbx::{Draft, Record};
use pipeline::{Clock, SystemClock};
use std::os::unix::fs::FileExt;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;
use wire::RejectReason;

/// A record that tells several events has so many places for them.
const EVENTS_PER_BYTE: u64 = 256;
/// So much of a bad record is looked at.
const EXCERPT_BYTES: u64 = 2048;
/// A longer line is no record.
const LINE_BYTES_MAX: u64 = 64 * 1024;

impl Follower {
    pub(super) fn spool(&self) -> MutexGuard<'_, Spool> {
        self.outlet.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a record into the spool, and waits for room if there is none. False: told to end before it was there.
    pub(super) fn put(&mut self, record: Record, is_ending: &dyn Fn() -> bool) -> anyhow::Result<bool> {
        let Some(begin) = self.parts.mark(record.offset) else { return Ok(true) };
        let (stream, end) = (begin.identity.stream, begin.offset + (record.end - record.offset));
        if self.is_known(stream, end) {
            self.done = record.end;
            return Ok(true);
        }
        if let Ok([first, ..]) = record.meaning.as_deref()
            && !self.tell_of_lost(first.at_us.unwrap_or_else(|| SystemClock.now_us()), is_ending)?
        {
            return Ok(false);
        }
        Progress::add(&self.outlet.progress.messages, 1);
        self.records.inc();
        let is_put = match record.meaning {
            Ok(drafts) => self.put_events(drafts, stream, end * EVENTS_PER_BYTE, is_ending)?,
            Err(detail) => {
                self.put_rejected(&detail, begin.offset, end, Place::Recorded(stream, end), is_ending)?
            }
        };
        if is_put {
            self.done = record.end;
        }
        Ok(is_put)
    }

    fn put_events(
        &mut self,
        drafts: Vec<Draft>,
        stream: u64,
        position: u64,
        is_ending: &dyn Fn() -> bool,
    ) -> anyhow::Result<bool> {
        for (position, mut draft) in (position..).zip(drafts) {
            while self.intake.placed(&mut draft, stream, position)? == Kept::No {
                if !self.wait_for_room(is_ending)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn put_rejected(
        &mut self,
        detail: &str,
        offset: u64,
        end: u64,
        place: Place,
        is_ending: &dyn Fn() -> bool,
    ) -> anyhow::Result<bool> {
        let is_long = end - offset > LINE_BYTES_MAX;
        let reason = if is_long { RejectReason::TooLong } else { RejectReason::Malformed };
        let raw = if is_long { Vec::new() } else { self.bytes(offset, (end - offset).min(EXCERPT_BYTES)) };
        let at = format!("{}:{offset}", self.name);
        while self.intake.reject(reason, &at, detail, &raw, place)? == Kept::No {
            if !self.wait_for_room(is_ending)? {
                return Ok(false);
            }
        }
        self.outlet.metrics.file.rejected.of([&self.name]).inc();
        Ok(true)
    }

    /// The record's bytes once more; none if they are gone.
    fn bytes(&self, offset: u64, length: u64) -> Vec<u8> {
        let mut bytes = vec![0u8; usize::try_from(length).unwrap_or(0)];
        let read = self.open.as_ref().and_then(|open| open.file.read_at(&mut bytes, offset).ok());
        bytes.truncate(read.unwrap_or(0));
        bytes
    }

    /// Whether it was in the spool before the start.
    fn is_known(&mut self, stream: u64, end: u64) -> bool {
        match self.known {
            Some(known) if known.identity.stream == stream && end > known.offset => {
                self.known = None;
                false
            }
            known => known.is_some(),
        }
    }

    /// A full spool is waited for: the file does not go away.
    fn wait_for_room(&mut self, is_ending: &dyn Fn() -> bool) -> anyhow::Result<bool> {
        if is_ending() {
            self.broke_off = true;
            return Ok(false);
        }
        self.spool().sync()?;
        std::thread::sleep(Duration::from_millis(50));
        Ok(true)
    }

    pub(super) fn records_lost(&mut self, why: &str, since_us: i64) {
        tracing::warn!(file = self.name, why, "records of the log file may be lost");
        let since_us = self.lost_since_us.map_or(since_us, |before| before.min(since_us));
        self.lost_since_us = Some(since_us);
    }

    /// Tells of what may be lost, up to the first time that is known again. False: told to end before.
    pub(super) fn tell_of_lost(&mut self, to_us: i64, is_ending: &dyn Fn() -> bool) -> anyhow::Result<bool> {
        let Some(from_us) = self.lost_since_us else { return Ok(true) };
        let to_us = to_us.max(from_us);
        let body = Body::Gap { from_us, to_us, reason: GapReason::RecordsLost, lost: 0 };
        while self.own(body.clone(), to_us)? == Kept::No {
            if !self.wait_for_room(is_ending)? {
                return Ok(false);
            }
        }
        self.outlet.metrics.gap_seconds.inc_by((to_us - from_us) as f64 / 1e6);
        self.lost_since_us = None;
        Ok(true)
    }

    /// The file was read to its end and is still there. One that finds no room is not missed.
    pub(super) fn heartbeat(&mut self) -> anyhow::Result<()> {
        self.own(Body::Heartbeat, self.heard_us).map(drop)
    }

    /// It has the spool's own numbering: a place in the file would stand in the way of the file's next record.
    fn own(&mut self, body: Body, at_us: i64) -> anyhow::Result<Kept> {
        self.intake.own(Draft { at_us: Some(at_us), leg: None, linked: None, body }, Place::Repeated)
    }
}
