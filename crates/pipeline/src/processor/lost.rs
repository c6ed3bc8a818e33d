//! Events that were deleted from the log before they were read.
//!
//! Nobody knows what they said, so it is a gap of every source of every site of the partition: from the last word of the source to
//! the next one, which is known only when it comes. Until then the site owes the gap.

use super::Processor;
use super::site::Site;
use call::event::GapReason;
use call::reconcile::live::voice;
use call::{Body, Event, EventId, Origin, SourceKind, Text};

/// Gaps made here are told from what a source sends by streams of their own: this one less the kind of source.
const STREAM: u64 = u64::MAX;

impl Processor {
    /// Between what was taken in last and what comes next, something was lost.
    pub fn lose(&mut self) {
        self.sites.values_mut().for_each(Site::lose);
    }

    /// The gaps that end with this event: to be applied before it.
    #[must_use]
    pub fn gaps_before(&self, event: &Event) -> Vec<Event> {
        self.sites.get(&event.origin.site).map(|site| site.gaps_before(event)).unwrap_or_default()
    }
}

impl Site {
    fn lose(&mut self) {
        // A list tells of the past: what was lost of it is not a time in which nobody listened.
        let heard = self.merging.heard().keys().copied();
        self.owed.extend(heard.filter(|kind| *kind != SourceKind::CsvImport));
        self.pending.anything = true;
    }

    fn gaps_before(&self, event: &Event) -> Vec<Event> {
        let kind = voice(event.origin.kind);
        let heard = self.merging.heard().get(&kind).filter(|_| self.owed.contains(&kind));
        let Some(heard) = heard.filter(|_| self.marks.is_new(&event.origin)) else { return Vec::new() };
        let from_us = heard.last_us;
        // Sources may be a little out of order.
        let to_us = event.at_us.max(from_us.saturating_add(1));
        let bodies = [
            Body::Gap { from_us, to_us, reason: GapReason::RecordsLost, lost: 0 },
            // As after a lost connection, but nobody can look now: of no call it is known whether it still lives. One that is
            // heard of again does.
            Body::SnapshotStarted,
            Body::SnapshotEnded,
        ];
        let told = |node: &Text, body: &Body, number: u64| {
            let position = u64::try_from(to_us).unwrap_or_default().saturating_mul(4).saturating_add(number);
            let stream = STREAM - kind as u64;
            Event {
                id: EventId(u128::from(stream) << 64 | u128::from(position)),
                origin: Origin { site: self.name.clone(), node: node.clone(), kind, stream, position },
                at_us: to_us,
                received_us: event.received_us,
                leg: None,
                linked: None,
                body: body.clone(),
            }
        };
        let of_node =
            |node: &Text| (0..).zip(&bodies).map(|(number, body)| told(node, body, number)).collect();
        self.marks.nodes().iter().flat_map(|node: &Text| -> Vec<Event> { of_node(node) }).collect()
    }

    /// A gap that was owed is told now.
    pub(super) fn pay(&mut self, event: &Event) {
        if matches!(event.body, Body::Gap { .. }) && event.origin.stream == STREAM - event.origin.kind as u64
        {
            self.owed.remove(&event.origin.kind);
        }
    }
}
