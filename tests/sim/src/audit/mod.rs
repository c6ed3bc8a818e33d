//! The auditor: looks only at what is in the logs and tables when all is over, and at one straight run of the pure core.

mod manifests;
mod oracle;
mod rows;
mod seen;

use crate::broker::Topic;
use crate::broker::log::{Body, Fate, Log};
use crate::parts::Company;
use crate::world::World;
use kpi::{Pane, PaneKey};
use seen::Seen;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// The id of what was broken, and how it shows.
pub type Finding = (&'static str, String);

/// Everything that is wrong.
#[must_use]
pub fn audit(world: &World, company: &Company) -> Vec<Finding> {
    let mut findings = world.findings.clone();
    for partition in 0..world.broker.partitions() {
        let seen = Seen::read(world, partition, &company.codec, &mut findings);
        let expected = oracle::straight(world, partition, company, &mut findings);
        compare(partition, &expected, &seen, &mut findings);
        figures(partition, &seen, company, &mut findings);
        manifests::check(world, partition, &company.codec, &mut findings);
    }
    rows::check(world, &company.codec, &mut findings);
    findings
}

/// What readers see of a partition: the committed records with their offsets. Those that compaction took are seen here, too.
fn committed(
    world: &World,
    topic: Topic,
    partition: i32,
) -> impl Iterator<Item = (i64, &[u8], Option<&[u8]>)> {
    let entries = world.broker.read(topic, partition).map(Log::entries).unwrap_or_default();
    (0..).zip(entries).filter(|(_, entry)| entry.fate == Fate::Committed).filter_map(|(offset, entry)| {
        match &entry.body {
            Body::Data(key, value) => Some((offset, key.as_slice(), value.as_deref())),
            Body::Mark => None,
        }
    })
}

/// Straight through = whatever happened here.
fn compare(partition: i32, expected: &Seen, seen: &Seen, findings: &mut Vec<Finding>) {
    let mut tell = |id, what: Option<String>| {
        findings.extend(what.map(|what| (id, format!("partition {partition}: {what}"))));
    };
    tell("same_answer", differs("call", &expected.calls, &seen.calls));
    tell("same_answer", differs("pane", &expected.panes, &seen.panes));
    tell("same_answer", differs("correction", &expected.corrections, &seen.corrections));
    tell("rejected_once", differs("rejected record", &expected.rejected, &seen.rejected));
}

fn differs<K: Ord + Debug, V: PartialEq + Debug>(
    what: &str,
    expected: &BTreeMap<K, V>,
    seen: &BTreeMap<K, V>,
) -> Option<String> {
    let keys = expected.keys().chain(seen.keys());
    let different: Vec<&K> = keys.filter(|key| expected.get(key) != seen.get(key)).collect();
    let key = different.first()?;
    let (expected, seen) = (expected.get(key), seen.get(key));
    Some(format!("{} times a {what} differs: {key:?}: expected {expected:?}, seen {seen:?}", different.len()))
}

/// What the calls count for = panes and corrections together; and every pane is conserved.
fn figures(partition: i32, seen: &Seen, company: &Company, findings: &mut Vec<Finding>) {
    let mut of_calls: BTreeMap<PaneKey, Pane> = BTreeMap::new();
    for call in seen.calls.values() {
        for (key, pane) in kpi::contributions(call, &company.setup.measures) {
            of_calls.entry(key).or_default().combine(&pane, 1);
        }
    }
    let mut of_panes: BTreeMap<PaneKey, Pane> = BTreeMap::new();
    let panes = seen.panes.iter().map(|(key, (_, _, pane))| (key, pane));
    for (key, pane) in panes.chain(seen.corrections.iter().map(|((key, _, _), pane)| (key, pane))) {
        of_panes.entry(key.clone()).or_default().combine(pane, 1);
    }
    for sums in [&mut of_calls, &mut of_panes] {
        // how much was heard is told of minutes, not of calls
        sums.values_mut().for_each(|pane| pane.heard_us = 0);
        sums.retain(|_, pane| !pane.is_zero());
    }
    if let Some(what) = differs("sum", &of_calls, &of_panes) {
        findings.push(("figures_are_of_calls", format!("partition {partition}: {what}")));
    }
    let broken = of_panes.iter().find(|(_, pane)| !pane.is_conserved());
    findings.extend(broken.map(|(key, pane)| ("calls_conserved", format!("{key:?}: {pane:?}"))));
}
