//! Imported call lists at a site that also has sources that listen.
//!
//! A list tells of the past. It moves no event time, closes no minute, and nobody waits for it. What was over before the first
//! source began to listen is known from it alone, and told as it tells it: into minutes that are closed as corrections. Whatever
//! came later the listening sources tell, or know to be none: their ids may be others, so a list cannot add to them.

use super::site::Site;
use call::{Call, Event, SourceKind, Sources};

/// Nobody but a list tells of it.
pub(super) fn is_listed(call: &Call) -> bool {
    call.sources == Sources::of(SourceKind::CsvImport)
}

impl Site {
    /// Takes a row of a list.
    pub(super) fn apply_listed(&mut self, event: &Event, bytes: &[u8]) {
        let mut closes = false;
        for call in self.step(event, bytes) {
            if self.is_told_by_lists(&call) {
                closes |= call.is_final;
                self.count(call);
            }
        }
        if closes {
            self.panes.close(&self.name);
        }
    }

    fn is_told_by_lists(&self, call: &Call) -> bool {
        match self.calls.get(&call.call_id) {
            // Told by a list before: to its end.
            Some(counted) => is_listed(&counted.call),
            None => {
                let over_us = call.ended_us.unwrap_or(call.arrived_us);
                self.merging.listens_since_us().is_none_or(|since_us| over_us < since_us)
            }
        }
    }
}
