//! How far each source stream has been used: what is not above the mark was used before.

use super::record::Mark;
use call::{Origin, Text};
use std::collections::{BTreeMap, BTreeSet};

/// So many streams are remembered; the one that was silent for longest is forgotten first. A stream is a spool's life or
/// one recording, so this is years of restarts.
const STREAMS_MAX: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Marks {
    /// By node, so that to look needs no copy of its name; each with its streams.
    by_node: BTreeMap<Text, BTreeMap<u64, Place>>,
    /// Grows with every event used: who was silent for longest.
    turn: u64,
}

#[derive(Debug)]
struct Place {
    position: u64,
    turn: u64,
}

impl Marks {
    /// Moves the mark; false when it is there or further already.
    pub fn advance(&mut self, origin: &Origin) -> bool {
        self.turn += 1;
        let turn = self.turn;
        let streams = self.by_node.get_mut(&origin.node);
        match streams.and_then(|streams| streams.get_mut(&origin.stream)) {
            Some(place) if origin.position <= place.position => return false,
            Some(place) => *place = Place { position: origin.position, turn },
            None => self.insert(origin, turn),
        }
        true
    }

    /// Whether the mark would be moved.
    pub fn is_new(&self, origin: &Origin) -> bool {
        let place = self.by_node.get(&origin.node).and_then(|streams| streams.get(&origin.stream));
        place.is_none_or(|place| origin.position > place.position)
    }

    /// Every node that is remembered.
    pub fn nodes(&self) -> BTreeSet<Text> {
        self.by_node.keys().cloned().collect()
    }

    fn insert(&mut self, origin: &Origin, turn: u64) {
        if self.all().count() >= STREAMS_MAX {
            self.forget_the_most_silent();
        }
        let streams = self.by_node.entry(origin.node.clone()).or_default();
        streams.insert(origin.stream, Place { position: origin.position, turn });
    }

    fn forget_the_most_silent(&mut self) {
        let Some((node, stream, _)) = self.all().min_by_key(|(.., place)| place.turn) else { return };
        let (node, stream) = (node.clone(), stream);
        if let Some(streams) = self.by_node.get_mut(&node) {
            streams.remove(&stream);
            if streams.is_empty() {
                self.by_node.remove(&node);
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = (&Text, u64, &Place)> {
        self.by_node
            .iter()
            .flat_map(|(node, streams)| streams.iter().map(move |(stream, place)| (node, *stream, place)))
    }

    /// In the order in which they were last used.
    pub fn records(&self) -> Vec<Mark> {
        let mut by_turn: Vec<_> = self.all().collect();
        by_turn.sort_by_key(|(.., place)| place.turn);
        let mark = |(node, stream, place): (&Text, u64, &Place)| Mark {
            node: node.clone(),
            stream,
            position: place.position,
        };
        by_turn.into_iter().map(mark).collect()
    }

    /// From records in the order of their last use.
    pub fn restored(records: Vec<Mark>) -> Self {
        let mut marks = Self::default();
        for mark in records {
            marks.turn += 1;
            let place = Place { position: mark.position, turn: marks.turn };
            marks.by_node.entry(mark.node).or_default().insert(mark.stream, place);
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use call::SourceKind;

    fn origin(node: &str, stream: u64, position: u64) -> Origin {
        Origin { site: "s".into(), node: node.into(), kind: SourceKind::AsteriskAmi, stream, position }
    }

    #[test]
    fn only_what_is_above_the_mark_of_its_stream_is_new() {
        let mut marks = Marks::default();
        let mut check = |node, stream, position, new| {
            assert_eq!(marks.advance(&origin(node, stream, position)), new, "{node} {stream} {position}");
        };
        check("a", 1, 10, true);
        check("a", 1, 10, false);
        check("a", 1, 9, false);
        check("a", 1, 11, true);
        check("b", 1, 5, true);
        check("a", 2, 5, true);
        check("a", 1, 11, false);
    }

    #[test]
    fn the_stream_that_was_silent_for_longest_is_forgotten_first() {
        let mut marks = Marks::default();
        for stream in 0..STREAMS_MAX as u64 {
            marks.advance(&origin("a", stream, 5));
        }
        marks.advance(&origin("a", 0, 6));
        let mut marks = Marks::restored(marks.records());
        marks.advance(&origin("a", 9999, 1));
        assert!(!marks.advance(&origin("a", 0, 6)), "stream 0 spoke recently");
        assert!(marks.advance(&origin("a", 1, 5)), "stream 1 was the oldest");
    }
}
