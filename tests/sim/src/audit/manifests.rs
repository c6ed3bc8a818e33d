//! The manifests tell of every transaction which input it covers: together they cover all of it, once.

use super::seen::Seen;
use super::{Finding, committed};
use crate::broker::Topic;
use crate::broker::log::Log;
use crate::world::World;
use pipeline::Place;
use processor::Manifest;

/// Sequences grow by one, ranges adjoin, and the records counted in them are those that are there.
pub fn check(world: &World, partition: i32, seen: &Seen, findings: &mut Vec<Finding>) {
    let mut tell =
        |what: String| findings.push(("manifests_adjoin", format!("partition {partition}: {what}")));
    let (mut last, mut counted) = (Manifest::default(), [0; 3]);
    for (offset, key, value) in committed(world, Topic::Derived(Place::Changelog), partition) {
        if key != b"manifest" {
            continue;
        }
        let Ok(next) = serde_json::from_slice::<Manifest>(value.unwrap_or_default()) else {
            tell(format!("offset {offset} is no manifest"));
            continue;
        };
        if next.sequence != last.sequence + 1 {
            tell(format!("sequence {} after {}", next.sequence, last.sequence));
        }
        if next.first_offset != last.next_offset || next.next_offset <= next.first_offset {
            let (from, to) = (next.first_offset, next.next_offset);
            tell(format!("{from}..{to} does not follow what ends at {}", last.next_offset));
        }
        for (sum, of_it) in counted.iter_mut().zip([next.calls, next.windows, next.rejected]) {
            *sum += of_it;
        }
        last = next;
    }
    let end = world.broker.read(Topic::Events, partition).map_or(0, Log::end);
    if i64::try_from(end) != Ok(last.next_offset) {
        tell(format!("the input ends at {end}, the manifests at {}", last.next_offset));
    }
    if counted != seen.records {
        tell(format!("they count {counted:?} records, {:?} are there", seen.records));
    }
}
