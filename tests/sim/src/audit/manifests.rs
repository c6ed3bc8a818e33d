//! The manifests tell of every transaction which input it covers and what it wrote: together they cover all of it, once.

use super::{Finding, committed};
use crate::broker::Topic;
use crate::world::World;
use pipeline::Place;
use std::collections::BTreeSet;
use wire::{Codec, Manifest, Written};

/// Where what they tell of is.
const PLACES: [Place; 3] = [Place::Calls, Place::Windows, Place::Rejected];

/// Sequences grow by one, ranges adjoin and hold the events that are told, and the records of each are the next ones in
/// their logs, to the byte.
pub fn check(world: &World, partition: i32, codec: &Codec, findings: &mut Vec<Finding>) {
    let mut tell =
        |what: String| findings.push(("manifests_adjoin", format!("partition {partition}: {what}")));
    let events = committed(world, Topic::Events, partition).map(|(offset, ..)| offset);
    let events: BTreeSet<i64> = events.collect();
    let mut logs = PLACES.map(|place| committed(world, Topic::Derived(place), partition));
    let mut last = Manifest::default();
    for (offset, _, value) in committed(world, Topic::Derived(Place::Manifests), partition) {
        let next = match codec.decode_manifest(value.unwrap_or_default()) {
            Ok(next) => next,
            Err(error) => {
                tell(format!("offset {offset} is no manifest: {error}"));
                continue;
            }
        };
        let (sequence, from, to) = (next.sequence, next.first_offset, next.next_offset);
        if sequence != last.sequence + 1 {
            tell(format!("sequence {sequence} after {}", last.sequence));
        }
        if from != last.next_offset || to <= from {
            tell(format!("{from}..{to} does not follow what ends at {}", last.next_offset));
        }
        let there = events.range(from..to.max(from)).count() as u64;
        if there != next.events() {
            tell(format!("{sequence} tells of {} events, {there} are there", next.events()));
        }
        for ((log, place), told) in logs.iter_mut().zip(PLACES).zip([next.calls, next.windows, next.rejected])
        {
            let records = log.take(usize::try_from(told.records).unwrap_or(usize::MAX));
            let there = records
                .map(|(_, key, value)| Written::one(key, value.unwrap_or_default()))
                .fold(Written::default(), Written::and);
            if there != told {
                tell(format!("{sequence} tells of {told:?} in {place:?}, {there:?} are there"));
            }
        }
        last = next;
    }
    for (log, place) in logs.into_iter().zip(PLACES) {
        let left = log.count();
        if left > 0 {
            tell(format!("{left} records of {place:?} follow what the manifests tell of"));
        }
    }
    let end = events.last().map_or(0, |last| last + 1);
    if end != last.next_offset {
        tell(format!("the input ends at {end}, the manifests at {}", last.next_offset));
    }
    let state = committed(world, Topic::Derived(Place::Changelog), partition);
    let state = state.filter(|(_, key, _)| *key == b"manifest").last();
    let state = state.and_then(|(.., value)| serde_json::from_slice(value.unwrap_or_default()).ok());
    let state = state.unwrap_or(processor::Manifest::default());
    if (state.sequence, state.next_offset) != (last.sequence, last.next_offset) {
        tell(format!("the state is of {state:?}, the last manifest is {last:?}"));
    }
}
