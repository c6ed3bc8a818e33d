//! How much of each minute a living source heard.
//!
//! Told once the minute is over, in the pane of the site for external calls; told again when a source that was behind, such as a file
//! that is read after a restart, has heard more of it.

use super::panes::{Panes, Step};
use call::reconcile::Merging;
use call::{Call, Direction, Text};
use kpi::{Part, Place, Whose};
use std::collections::BTreeMap;
use window::MINUTE_US;

/// As long as the gaps of sources are remembered, less the time that one may be behind.
const REMEMBERED_MINUTES: i64 = 23 * 60;
/// A silence of so many minutes is told minute by minute; of a longer one only the end.
const BEHIND_MAX: i64 = 24 * 60;

/// What was told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Every minute before this one was told; none before the first.
    pub next_minute: Option<i64>,
    /// Minutes that were told as less than whole, µs.
    pub short: BTreeMap<i64, i64>,
    /// How often anything was told: the version of a correction.
    pub version: u32,
}

impl Coverage {
    /// Tells the minutes that are over by now, and those that more is known of.
    pub(super) fn tell(&mut self, site: &Text, merging: &Merging, now_us: i64, panes: &mut Panes) {
        if now_us == i64::MIN {
            return;
        }
        let now = window::minute_of(now_us);
        let Some(next) = self.next_minute.filter(|next| *next <= now) else {
            self.next_minute.get_or_insert(now);
            return;
        };
        if next == now {
            return;
        }
        // What a source did not hear is remembered for a day: minutes from before are not asked for again.
        let oldest = now - REMEMBERED_MINUTES;
        self.short.retain(|minute, _| *minute >= oldest);
        for (minute, before_us) in self.short.clone() {
            self.tell_one(site, merging, minute, before_us, panes);
        }
        for minute in next.max(now - BEHIND_MAX)..now {
            self.tell_one(site, merging, minute, 0, panes);
        }
        self.next_minute = Some(now);
    }

    fn tell_one(&mut self, site: &Text, merging: &Merging, minute: i64, before_us: i64, panes: &mut Panes) {
        let from_us = window::start_of(minute);
        let heard_us = merging.covered_us(from_us, from_us + MINUTE_US).max(before_us);
        if heard_us < MINUTE_US {
            self.short.insert(minute, heard_us);
        } else {
            self.short.remove(&minute);
        }
        if heard_us == before_us {
            return;
        }
        self.version = self.version.saturating_add(1);
        let place = Place { minute, whose: Whose::Site, direction: Direction::External };
        let call_id = format!("{site}/heard").into();
        let told = Call { call_id, version: self.version, is_final: true, ..Call::unknown(site) };
        let now = [(place, Part::Heard(heard_us - before_us))];
        panes.step(&Step { place, before: &[], now: &now, call: &told });
    }
}
