//! Every event in was used, was a repetition, or is rejected with its reason.

use super::Around;
use super::chain::Covered;
use super::report::{Check, Finding};
use super::transactions::{self, Judged};
use crate::commands::codec;
use call::Text;
use kafka::{Look, Progress, progress};
use pipeline::Invariant;
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use wire::WireError;

/// The collector's clock may be so much behind the PBX's.
const BEFORE_US: i64 = 120 * 1_000_000;

/// How far the processor is with each partition.
pub fn processed(around: &Around) -> anyhow::Result<BTreeMap<i32, Progress>> {
    let (group, topic) = (&around.config.processor.group, around.topics.call_events());
    Ok(progress(&around.settings, group, &topic, around.partitions())?)
}

/// What came in.
#[derive(Default)]
struct In {
    used: u64,
    repeated: u64,
    rejected: u64,
    on_the_way: u64,
    /// Records that nobody can use and that are rejected nowhere.
    vanished: Vec<String>,
    /// How far each stream has come.
    marks: BTreeMap<(Text, u64), u64>,
}

/// Reads the input as the processor did, and beside the transactions that cover it. `rejected` are the places of what it
/// rejected.
pub fn judge(
    around: &Around,
    processed: &BTreeMap<i32, Progress>,
    rejected: &HashSet<String>,
    whole: &mut Judged,
) -> anyhow::Result<Check> {
    let look = Look::into(&around.settings, &around.topics.call_events())?;
    let codec = codec(&around.config)?;
    let manifests = transactions::open(around)?;
    let mut all = In::default();
    for (partition, place) in processed {
        let span = look.span(*partition)?;
        let from = from(around, &look, *partition)?.unwrap_or(span.end).max(span.start);
        let done = place.next.unwrap_or(place.first);
        let chain = transactions::chain(&manifests, &codec, *partition)?;
        let mut covered = Covered::new(&chain, from, done);
        let mut failed = None;
        look.read(*partition, from..span.end, |seen| {
            let event = match codec.decode_event(seen.value.unwrap_or_default()) {
                Err(error) if error.reject_reason().is_none() => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
                event => event,
            };
            covered.event(seen.offset);
            let where_ = format!("{}/{partition}/{}", look.topic(), seen.offset);
            all.take(around, event, seen.offset >= done, where_, rejected);
            ControlFlow::Continue(())
        })?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        whole.events(around, *partition, &chain, (&covered.end(), from));
    }
    Ok(all.check(look.topic()))
}

/// Where to begin: a record is written after what it tells of.
fn from(around: &Around, look: &Look, partition: i32) -> anyhow::Result<Option<i64>> {
    match around.asked.from_s {
        0 => Ok(Some(0)),
        from_s => Ok(look.offset_at(partition, from_s * 1_000_000 - BEFORE_US)?),
    }
}

impl In {
    fn take(
        &mut self,
        around: &Around,
        event: Result<call::Event, WireError>,
        on_the_way: bool,
        place: String,
        rejected: &HashSet<String>,
    ) {
        if let Ok(event) = &event
            && !around.is_asked(&event.origin.site, event.at_us)
        {
            return;
        }
        if on_the_way {
            self.on_the_way += 1;
            return;
        }
        match event {
            Ok(event) if around.sites.contains(&event.origin.site) => {
                let (stream, position) = ((event.origin.node, event.origin.stream), event.origin.position);
                if self.marks.get(&stream).is_none_or(|mark| position > *mark) {
                    self.marks.insert(stream, position);
                    self.used += 1;
                } else {
                    self.repeated += 1;
                }
            }
            _ if rejected.contains(&place) => self.rejected += 1,
            _ => self.vanished.push(place),
        }
    }

    fn check(self, topic: &str) -> Check {
        let mut check = Check::new(Invariant::NothingVanishes, topic);
        check.judged = vec![
            ("events", self.used + self.repeated + self.rejected + self.vanished.len() as u64),
            ("used", self.used),
            ("repeated", self.repeated),
            ("rejected", self.rejected),
        ];
        check.on_the_way = ("events", self.on_the_way);
        let todo = "the processor is past it; look into its log at that time. If the topic `rejected` keeps records for a \
            shorter time than this one, lengthen its retention";
        check.findings = self
            .vanished
            .into_iter()
            .map(|place| Finding {
                what: "the record cannot be used, and is not told in `rejected`".to_owned(),
                place,
                todo: todo.to_owned(),
            })
            .collect();
        check
    }
}
