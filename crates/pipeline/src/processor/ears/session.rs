//! One span in which one collector heard everything, and the ids of what it told at its edges.

use std::collections::VecDeque;

/// Within so much of the beginning and the end of a session the ids decide: a PBX stamps events a few milliseconds out of order. A clock
/// that is set back by more than this is noticed.
pub(super) const EDGE_US: i64 = 2_000_000;
/// A collector that was stopped for a while reads old events late, by its own clock.
const READ_LATE_US: i64 = 60_000_000;
/// So many ids are kept of each edge; events before them are known by their time alone.
const IDS_MAX: usize = 4096;

/// From a login at the PBX to the loss of the connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// Since when it heard, µs UTC by the collector's clock.
    pub from_us: i64,
    /// Its last word by the same clock.
    pub to_us: i64,
    /// Its first and its newest event, µs UTC by the PBX's clock; none before the first.
    pub told: Option<(i64, i64)>,
    /// It began when the PBX's clock was set back from here: until then times say nothing.
    pub set_back_us: Option<i64>,
    /// Time and id of its first events. None when no other collector was there yet.
    pub first: Vec<(i64, u64)>,
    /// Time and id of its newest events.
    pub last: VecDeque<(i64, u64)>,
    /// It told everything before this, and from here on all ids are kept.
    pub ids_from_us: i64,
}

impl Session {
    pub(super) fn new(from_us: i64) -> Self {
        Self { from_us, to_us: from_us, ids_from_us: i64::MIN, ..Self::default() }
    }

    /// Whether the PBX's clock was set back before this event of it.
    pub(super) fn is_set_back(&self, at_us: i64) -> bool {
        self.set_back_us.is_some_and(|from_us| at_us <= from_us)
    }

    /// Tells an event while no other collector is there.
    pub(super) fn tell_alone(&mut self, at_us: i64) {
        let newest_us = self.reach(at_us);
        self.ids_from_us = newest_us + 1;
    }

    /// Tells an event; without an id when another collector had told it so long ago that the id is not known.
    pub(super) fn tell(&mut self, at_us: i64, id: Option<u64>) {
        // What began while no other collector was there is believed to its first event.
        let has_first = self.told.is_none() || !self.first.is_empty();
        let newest_us = self.reach(at_us);
        let first_us = self.told.map_or(at_us, |(first_us, _)| first_us);
        if let Some(id) = id {
            if has_first && at_us <= first_us + EDGE_US && self.first.len() < IDS_MAX {
                self.first.push((at_us, id));
            } else {
                self.last.push_back((at_us, id));
            }
        }
        self.ids_from_us = self.ids_from_us.max(newest_us - EDGE_US);
        while self.last.front().is_some_and(|(at_us, _)| *at_us < self.ids_from_us) {
            self.last.pop_front();
        }
        while self.last.len() > IDS_MAX {
            let oldest = self.last.pop_front();
            self.ids_from_us = oldest.map_or(self.ids_from_us, |(at_us, _)| self.ids_from_us.max(at_us + 1));
        }
    }

    fn reach(&mut self, at_us: i64) -> i64 {
        let (first_us, newest_us) = self.told.unwrap_or((at_us, at_us));
        let newest_us = newest_us.max(at_us);
        self.told = Some((first_us, newest_us));
        newest_us
    }

    /// How often it told the event with this id.
    pub(super) fn count(&self, id: u64) -> usize {
        let same = |(_, known): &&(i64, u64)| *known == id;
        self.first.iter().filter(same).count() + self.last.iter().filter(same).count()
    }

    /// Whether the time alone says that it told this event.
    pub(super) fn covers(&self, at_us: i64, received_us: i64) -> bool {
        let Some((first_us, _)) = self.told else { return false };
        let edge_us = if self.first.is_empty() { 0 } else { EDGE_US };
        at_us >= first_us + edge_us
            && at_us < self.ids_from_us
            && received_us <= self.to_us.saturating_add(READ_LATE_US)
    }

    /// Its last event, or the one that it began after, µs UTC by the PBX's clock.
    pub(super) fn peak_us(&self) -> i64 {
        let told_us = self.told.map_or(i64::MIN, |(_, newest_us)| newest_us);
        told_us.max(self.set_back_us.unwrap_or(i64::MIN))
    }
}
