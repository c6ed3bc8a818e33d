//! Events that were deleted from the log before they were read.
//!
//! Nobody knows what they said, so it is a gap of every source of every site of the partition: from the last word of the source to
//! the next one, which is known only when it comes. Until then the site owes the gap.

use super::Processor;
use super::site::Site;
use call::event::GapReason;
use call::reconcile::live::voice;
use call::{Body, Event, EventId, Origin, SourceKind, Text};

/// No stream of a source: whoever made the event was none.
const STREAM: u64 = u64::MAX;

impl Processor {
    /// Between what was taken in last and what comes next, something was lost.
    pub fn lose(&mut self) {
        self.sites.values_mut().for_each(|site| site.lose());
    }

    /// The gaps that end with this event: to be told before it.
    #[must_use]
    pub fn gaps_before(&self, event: &Event) -> Vec<Event> {
        self.sites.get(&event.origin.site).map(|site| site.gaps_before(event)).unwrap_or_default()
    }

    /// Takes one of [`Processor::gaps_before`]; `bytes` as of [`Processor::apply`].
    pub fn tell_gap(&mut self, gap: &Event, bytes: &[u8]) {
        if let Some(site) = self.sites.get_mut(&gap.origin.site) {
            site.tell_gap(gap, bytes);
        }
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
        let told = |node: &Text, body: &Body, position: u64| {
            let (site, node, stream) = (self.name.clone(), node.clone(), STREAM);
            Event {
                id: EventId(u128::from(to_us.unsigned_abs()) << 8 | u128::from(position)),
                origin: Origin { site, node, kind, stream, position },
                at_us: to_us,
                received_us: event.received_us,
                leg: None,
                linked: None,
                body: body.clone(),
            }
        };
        let of_node =
            |node: &Text| (0..).zip(&bodies).map(|(position, body)| told(node, body, position)).collect();
        self.marks.nodes().iter().flat_map(|node: &Text| -> Vec<Event> { of_node(node) }).collect()
    }

    /// No collector has told it: it is none more beside those that are heard.
    fn tell_gap(&mut self, gap: &Event, bytes: &[u8]) {
        self.pending.anything = true;
        if let Body::Gap { from_us, to_us, .. } = gap.body {
            self.owed.remove(&gap.origin.kind);
            self.ears.lose(gap.origin.kind, &gap.origin.node, (from_us, to_us));
        }
        self.make_use_of(gap, bytes);
    }
}
