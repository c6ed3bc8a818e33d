//! The events in Kafka that a call rests on, put together as they are from a file.

use super::super::story::{Line, Step, Storyteller};
use crate::commands::codec;
use call::{Call, Event, Origin, SitePlan, SourceAssembler, SourceKind, Text};
use config::Config;
use kafka::{Look, Seen, Settings, Topics, partition_of};
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

/// The collector's clock may be so much behind the PBX's.
const BEFORE_US: i64 = 120 * 1_000_000;
/// What still belongs to a call comes so soon after its end.
const AFTER_US: i64 = 120 * 1_000_000;

/// What Kafka has of a call.
pub struct Heard {
    pub topic: String,
    pub partition: i32,
    /// The offsets that were looked at.
    pub offsets: Range<i64>,
    /// As each kind of source tells it.
    pub tellings: Vec<Telling>,
    /// Why it is not told, or not from its beginning.
    pub missing: Option<String>,
}

/// One kind of source.
pub struct Telling {
    pub kind: SourceKind,
    pub story: Vec<Line>,
}

impl Telling {
    /// The call as it was known in the end.
    pub fn call(&self) -> Option<&Call> {
        self.story.iter().rev().find_map(|line| line.version.as_deref())
    }
}

/// Reads the partition of the site from before the call, or the first of its parts, began until it is over. Kafka knows when
/// a record was written, which is later than the event the later it was delivered: the end is told by the events themselves.
pub fn hear(config: &Config, call: &Call, begun_us: i64) -> anyhow::Result<Heard> {
    let topics = Topics::new(&config.kafka.topic_prefix, config.kafka.generation);
    let look = Look::into(&Settings::new(&config.kafka.brokers, "svarstid-explain"), &topics.call_events())?;
    let partition = partition_of(call.site.as_bytes(), config.kafka.partitions);
    let span = look.span(partition)?;
    let until_us = call.ended_us.filter(|_| call.is_final).map(|us| us.saturating_add(AFTER_US));
    let until = match until_us {
        Some(us) => look.offset_at(partition, us)?.unwrap_or(span.end),
        None => span.end,
    };
    let listen = |from: i64| -> anyhow::Result<(i64, Vec<Telling>)> {
        let mut listener = Listener::new(config, call, until, until_us.unwrap_or(i64::MAX))?;
        look.read(partition, from..span.end, |seen| listener.take(&seen))?;
        Ok((listener.next.max(from), listener.tellings()))
    };
    let earliest = look.offset_at(partition, begun_us.saturating_sub(BEFORE_US))?;
    let mut from = earliest.unwrap_or(span.end).max(span.start);
    let (mut next, mut tellings) = listen(from)?;
    if tellings.is_empty() && from > span.start {
        // The PBX's clock is further ahead: the call was written before it happened.
        from = span.start;
        (next, tellings) = listen(from)?;
    }
    let offsets = from..next;
    let cut = (from == span.start && from > 0).then_some(from);
    let missing = missing(call, &tellings, cut);
    Ok(Heard { topic: look.topic().to_owned(), partition, offsets, tellings, missing })
}

/// In one line: what Kafka has no longer, or never had. `cut` is the first offset, if retention has deleted others.
fn missing(call: &Call, tellings: &[Telling], cut: Option<i64>) -> Option<String> {
    let why = match cut {
        Some(first) => format!("retention has deleted what was written before offset {first}"),
        None => "they were not written to this topic and partition".to_owned(),
    };
    let from_its_beginning =
        |told: &Call| told.arrived_us == call.arrived_us && (call.is_partial || !told.is_partial);
    if tellings.is_empty() {
        Some(format!("Kafka has no events of this call: {why}."))
    } else if !tellings.iter().filter_map(Telling::call).any(from_its_beginning) {
        Some(format!("Kafka does not have the first events of this call: {why}."))
    } else {
        None
    }
}

/// Puts together the calls of each kind of source apart.
struct Listener<'a> {
    codec: wire::Codec,
    plan: Arc<SitePlan>,
    call: &'a Call,
    until: i64,
    until_us: i64,
    /// How far each stream has been heard: what is delivered twice is heard once.
    marks: BTreeMap<(Text, u64), u64>,
    /// How far each kind of source has come, µs.
    heard_us: BTreeMap<SourceKind, i64>,
    followed: BTreeMap<SourceKind, Followed>,
    /// Behind the last record.
    next: i64,
}

struct Followed {
    assembler: SourceAssembler,
    storyteller: Storyteller,
}

impl<'a> Listener<'a> {
    fn new(config: &Config, call: &'a Call, until: i64, until_us: i64) -> anyhow::Result<Self> {
        Ok(Self {
            codec: codec(config)?,
            plan: Arc::new(config.site_plan()?),
            call,
            until,
            until_us,
            marks: BTreeMap::new(),
            heard_us: BTreeMap::new(),
            followed: BTreeMap::new(),
            next: 0,
        })
    }

    fn take(&mut self, seen: &Seen<'_>) -> ControlFlow<()> {
        self.next = seen.offset + 1;
        // What cannot be read is no event of any call; the processor has rejected it.
        let Ok(event) = self.codec.decode_event(seen.value.unwrap_or_default()) else {
            return ControlFlow::Continue(());
        };
        if event.origin.site != self.call.site || !self.is_new(&event.origin) {
            return ControlFlow::Continue(());
        }
        if event.origin.kind == SourceKind::Collector {
            // What the collector says of the connection is said of whatever comes through it.
            for followed in self.followed.values_mut().filter(|one| one.assembler.tells_of_channels()) {
                followed.hear(seen.offset, &event);
            }
            return ControlFlow::Continue(());
        }
        self.heard_us.insert(event.origin.kind, event.at_us);
        self.follow(event.origin.kind).hear(seen.offset, &event);
        // Lists come in any order: the next may be of an earlier month.
        let may_come = self.call.sources.has(SourceKind::CsvImport);
        let over = !may_come
            && seen.offset >= self.until
            && self.heard_us.values().all(|at_us| *at_us > self.until_us);
        if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn is_new(&mut self, origin: &Origin) -> bool {
        let key = (origin.node.clone(), origin.stream);
        let mark = self.marks.get(&key).copied();
        let new = mark.is_none_or(|mark| origin.position > mark);
        if new {
            self.marks.insert(key, origin.position);
        }
        new
    }

    fn follow(&mut self, kind: SourceKind) -> &mut Followed {
        let (call, plan) = (self.call, &self.plan);
        self.followed.entry(kind).or_insert_with(|| Followed {
            assembler: SourceAssembler::new(kind, &call.site, plan.clone()),
            storyteller: Storyteller::of(&call.call_id),
        })
    }

    fn tellings(self) -> Vec<Telling> {
        let tell =
            |(kind, followed): (SourceKind, Followed)| Telling { kind, story: followed.storyteller.story() };
        self.followed.into_iter().map(tell).filter(|telling| telling.call().is_some()).collect()
    }
}

impl Followed {
    fn hear(&mut self, offset: i64, event: &Event) {
        let transition = self.assembler.apply(event);
        self.storyteller.hear(&Step {
            offset: offset.unsigned_abs(),
            event,
            transition: &transition,
            assembler: &self.assembler,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use call::{Body, EventId};
    use std::rc::Rc;

    fn telling(version: Call) -> Telling {
        let origin = Origin {
            site: "s".into(),
            node: "n".into(),
            kind: SourceKind::AsteriskAmi,
            stream: 1,
            position: 1,
        };
        let (at_us, body) = (version.arrived_us, Body::HangupRequested);
        let event = Event {
            id: EventId::default(),
            origin,
            at_us,
            received_us: at_us,
            leg: None,
            linked: None,
            body,
        };
        let line = Line { offset: 7, event: Rc::new(event), version: Some(Box::new(version)) };
        Telling { kind: SourceKind::AsteriskAmi, story: vec![line] }
    }

    #[test]
    fn what_kafka_has_no_longer_is_said() {
        let call = Call { arrived_us: 5, ..Call::unknown("s") };
        let check = |tellings: &[Telling], cut: Option<i64>, expect: Option<&str>| {
            let said = missing(&call, tellings, cut);
            assert!(said.is_some() == expect.is_some(), "{said:?}");
            assert!(said.unwrap_or_default().contains(expect.unwrap_or_default()));
        };
        check(
            &[],
            Some(40),
            Some("no events of this call: retention has deleted what was written before offset 40"),
        );
        check(&[], None, Some("not written to this topic and partition"));
        check(&[telling(call.clone())], Some(40), None);
        check(
            &[telling(Call { arrived_us: 6, ..call.clone() })],
            Some(40),
            Some("does not have the first events"),
        );
        check(
            &[telling(Call { is_partial: true, ..call.clone() })],
            Some(40),
            Some("does not have the first events"),
        );
    }
}
