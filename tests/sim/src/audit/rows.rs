//! The tables hold every committed record once.

use super::{Finding, committed};
use crate::broker::Topic;
use crate::world::World;
use kpi::WindowRecordKind;
use pipeline::Place;
use std::collections::BTreeMap;
use wire::Codec;

/// Topic, partition, offset.
type Position = (String, i32, i64);

/// Rows = committed records, each once, in the table where it belongs.
pub fn check(world: &World, codec: &Codec, findings: &mut Vec<Finding>) {
    let mut rows: BTreeMap<Position, Vec<&str>> = BTreeMap::new();
    for kept in world.clickhouse.kept() {
        for offset in &kept.offsets {
            let position = (kept.source.topic.clone(), kept.source.partition, *offset);
            rows.entry(position).or_default().push(kept.table);
        }
    }
    for place in [Place::Calls, Place::Windows, Place::Rejected] {
        for partition in 0..world.broker.partitions() {
            let topic = Topic::Derived(place);
            for (offset, _, value) in committed(world, topic, partition) {
                let table = table(place, value.unwrap_or_default(), codec);
                let found = rows.remove(&(topic.name().into(), partition, offset)).unwrap_or_default();
                if found != [table] {
                    let place = format!("{}/{partition}/{offset}", topic.name());
                    findings.push(("rows_once", format!("{place} is in {found:?}, must be once in {table}")));
                }
            }
        }
    }
    if let Some((position, tables)) = rows.first_key_value() {
        findings.push(("rows_once", format!("{position:?} is in {tables:?}, but nobody committed it")));
    }
}

fn table(place: Place, value: &[u8], codec: &Codec) -> &'static str {
    let kind = || codec.decode_window(value).ok().map(|window| window.kind);
    match place {
        Place::Calls => "calls",
        Place::Windows if matches!(kind(), Some(WindowRecordKind::Correction { .. })) => "kpi_corrections",
        Place::Windows => "kpi_windows",
        Place::Rejected | Place::Manifests | Place::Changelog => "rejected",
    }
}
