//! One straight run of the pure core over the input as it lies in the log: what must come out.

use super::Finding;
use super::seen::Seen;
use crate::broker::Topic;
use crate::parts::Company;
use crate::workload;
use crate::world::World;
use pipeline::processor::{Applied, Processor};

/// What the partition must give.
pub fn straight(world: &World, partition: i32, company: &Company, findings: &mut Vec<Finding>) -> Seen {
    let mut expected = Seen::default();
    let mut core = Processor::new(company.setup.clone());
    for (offset, value) in workload::values(world, partition) {
        let reason = match company.codec.decode_event(&value) {
            Ok(event) if core.apply(&event, &value) == Applied::UnknownSite => Some("invalid_field"),
            Ok(_) => None,
            Err(error) => Some(error.reject_reason().map_or("none", |reason| reason.word())),
        };
        if let Some(reason) = reason {
            let place = format!("{}/{partition}/{offset}", Topic::Events.name());
            expected.rejected.insert(place.into(), reason);
        }
    }
    let output = core.take();
    output.calls.into_iter().for_each(|call| expected.call(call, findings));
    output.windows.into_iter().for_each(|window| expected.window(window, findings));
    let breaches = core.take_breaches();
    if !breaches.is_empty() {
        findings.push(("pure_core", format!("partition {partition}: {breaches:?}")));
    }
    expected
}
