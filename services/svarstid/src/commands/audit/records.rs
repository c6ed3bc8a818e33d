//! Every record that the sink has finished is a row, or was replaced by a later one of the same key.

use super::Around;
use super::chain::Chain;
use super::ledger::{Ledger, Verdict};
use super::odd;
use super::report::{Check, Finding};
use super::runs::{Cut, Found, Runs};
use super::transactions::{self, Judged};
use crate::commands::codec;
use anyhow::bail;
use call::Text;
use kafka::{Settled, progress};
use kpi::WindowRecordKind;
use pipeline::Invariant;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use store::Store;
use store::retention::Horizon;
use wire::{Codec, WireError, Written};

/// Rows are asked for in pieces of so many offsets.
const PIECE: i64 = 1_000_000;

/// What a topic carries, in the order in which manifests tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Calls,
    Windows,
    Rejected,
}

impl Kind {
    /// From which second on ClickHouse has let nothing of it go.
    const fn kept_s(self, horizon: &Horizon) -> i64 {
        match self {
            Self::Calls => horizon.calls_s,
            Self::Windows => horizon.minutes_s,
            Self::Rejected => horizon.rejected_s,
        }
    }
}

/// One topic that the sink reads.
pub struct Topic {
    kind: Kind,
    look: Settled,
    id: String,
    group: String,
    ledgers: BTreeMap<i32, Ledger>,
    /// What was committed before is told by a manifest that is read later.
    told_before: BTreeMap<i32, i64>,
    verdicts: BTreeMap<i32, (Verdict, Writers)>,
}

/// Offsets of records that are told, and which transaction wrote them.
type Writers = BTreeMap<i64, String>;

/// What was learned on the way.
#[derive(Default)]
pub struct Read {
    /// Minutes (site, second of their beginning) and calls that records on their way are about.
    pub minutes: BTreeSet<(Text, i64)>,
    pub calls: BTreeSet<Text>,
    /// Places of records of `call-events` that the processor rejected.
    pub rejected_places: HashSet<String>,
}

/// How far the sink is with each topic.
pub fn open(around: &Around) -> anyhow::Result<Vec<Topic>> {
    let names = [
        (Kind::Calls, around.topics.calls()),
        (Kind::Windows, around.topics.kpi_windows()),
        (Kind::Rejected, around.topics.rejected()),
    ];
    let open = |(kind, name): (Kind, String)| -> anyhow::Result<Topic> {
        let group = sink::group(&around.config.sink, &name);
        let places = progress(&around.settings, &group, &name, around.partitions())?;
        let look = Settled::into(&around.settings, &name)?;
        let ledger =
            |place: &kafka::Progress| Ledger::new(place.first, place.end, place.next.unwrap_or(place.first));
        let ledgers = places.iter().map(|(partition, place)| (*partition, ledger(place))).collect();
        let end = |partition| Ok::<_, anyhow::Error>((partition, look.look().span(partition)?.end));
        let told_before = (0..around.partitions()).map(end).collect::<Result<_, _>>()?;
        let (id, verdicts) = (look.look().topic_id()?, BTreeMap::new());
        Ok(Topic { kind, id, look, group, ledgers, told_before, verdicts })
    };
    // Finding a group's coordinator takes a while: all at once.
    std::thread::scope(|scope| {
        let opening = names.map(|name| scope.spawn(|| open(name)));
        let joined =
            opening.into_iter().map(|one| one.join().unwrap_or_else(|_| bail!("a thread broke down")));
        joined.collect()
    })
}

impl Topic {
    fn topic(&self) -> &str {
        self.look.look().topic()
    }

    /// The rows that came from it.
    pub async fn ask(&mut self, store: &Store) -> anyhow::Result<()> {
        // What the sink could not read is a row of `rejected`, with the place in its own topic.
        let tables: &[&str] = match self.kind {
            Kind::Calls => &["calls", "rejected"],
            Kind::Windows => &["kpi_windows", "kpi_corrections", "rejected"],
            Kind::Rejected => &["rejected"],
        };
        for (partition, ledger) in &mut self.ledgers {
            for piece in ledger.pieces(PIECE) {
                for copies in store::audit::copies(store, tables, &self.id, *partition, piece).await? {
                    ledger.row(copies.offset, copies.rows);
                }
            }
        }
        Ok(())
    }

    /// Reads a partition to its end, beside the transactions that wrote it.
    fn read(
        &mut self,
        around: &Around,
        codec: &Codec,
        partition: i32,
        (chain, read): (&Chain, &mut Read),
    ) -> anyhow::Result<Found> {
        let Some(mut ledger) = self.ledgers.remove(&partition) else { return Ok(Found::default()) };
        // The marks of one transaction may come to each topic at another time.
        self.look.wait(partition)?;
        let look = self.look.look();
        let span = look.span(partition)?;
        let cut = Cut { records: span.start > 0, manifests: !chain.is_whole() };
        let told_before = self.told_before.get(&partition).copied().unwrap_or_default();
        let mut runs = Runs::new(&chain.list, self.kind as usize, cut, told_before);
        let mut failed = None;
        look.read(partition, span.clone(), |seen| {
            match meaning(self.kind, codec, seen.value.unwrap_or_default()) {
                Ok(meaning) => {
                    let kept_s = self.kind.kept_s(&around.kept.horizon);
                    let is_kept = |one: &Meaning| one.at_us.div_euclid(1_000_000) >= kept_s;
                    let judged = meaning
                        .as_ref()
                        .is_none_or(|one| around.is_asked(&one.site, one.at_us) && is_kept(one));
                    // Nobody knows whose it is: it must be told in `rejected` in any case.
                    let key = meaning.as_ref().map_or_else(|| key(&seen.offset), |one| one.key);
                    let on_the_way = ledger.record(seen.offset, judged.then_some(key));
                    let is_processors = self.kind != Kind::Rejected
                        || meaning.as_ref().is_some_and(|one| one.rejected_place.is_some());
                    let one = || Written::one(seen.key, seen.value.unwrap_or_default());
                    runs.record(seen.offset, is_processors.then(one));
                    read.learn(meaning, on_the_way);
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        let verdict = ledger.verdict(look.span(partition)?.start, span.end);
        let found = runs.end();
        let events = around.topics.call_events();
        let writer = |offset: &i64| {
            let one = chain.list.get(found.writer(*offset)?)?;
            Some((*offset, odd::name(one, &events, partition)))
        };
        let writers = verdict.missing.iter().chain(&verdict.twice).filter_map(writer).collect();
        self.verdicts.insert(partition, (verdict, writers));
        Ok(found)
    }

    fn check(&self, epoch: u32) -> Check {
        let sum = |read: fn(&Verdict) -> u64| self.verdicts.values().map(|(one, _)| read(one)).sum();
        let mut check = Check::new(Invariant::NothingVanishes, self.topic());
        check.judged = vec![
            ("records", sum(|one| one.records)),
            ("rows", sum(|one| one.rows)),
            ("replaced", sum(|one| one.replaced)),
        ];
        check.on_the_way = ("records", sum(|one| one.on_the_way));
        for (partition, (verdict, writers)) in &self.verdicts {
            check.findings.extend(self.findings(*partition, verdict, writers, epoch));
        }
        check
    }

    fn findings(
        &self,
        partition: i32,
        verdict: &Verdict,
        writers: &Writers,
        epoch: u32,
    ) -> impl Iterator<Item = Finding> {
        let (topic, group) = (self.topic(), &self.group);
        let place = |offset: &i64| match writers.get(offset) {
            Some(writer) => format!("{topic}/{partition}/{offset}, of {writer}"),
            None => format!("{topic}/{partition}/{offset}"),
        };
        let first = verdict.missing.first().copied().unwrap_or_default();
        let missing = format!(
            "rows were removed beside the sink: stop it, set group {group} of {topic}/{partition} back to offset {first}, raise \
             `[sink] epoch` to {}, start it: they are written again",
            epoch + 1
        );
        let made_up = "somebody else than the sink writes into the table: find out who, and delete the row";
        let twice = "somebody else than the sink has written one of them: find out who, and delete the row";
        let of = |offsets: &[i64], what: &'static str, todo: &str| {
            let finding =
                |offset: &i64| Finding { what: what.to_owned(), place: place(offset), todo: todo.to_owned() };
            offsets.iter().map(finding).collect::<Vec<_>>()
        };
        let mut findings = of(&verdict.missing, "the record is in Kafka and not in ClickHouse", &missing);
        findings.extend(of(
            &verdict.made_up,
            "the row is in ClickHouse and its record not in Kafka",
            made_up,
        ));
        findings.extend(of(&verdict.twice, "the record is several, different rows in ClickHouse", twice));
        findings.into_iter()
    }
}

/// Reads all topics to their ends and judges them: one partition after the other, each beside its transactions.
pub fn read(around: &Around, mut topics: Vec<Topic>) -> anyhow::Result<(Read, Vec<Check>, Judged)> {
    let codec = codec(&around.config)?;
    let manifests = transactions::open(around)?;
    let (mut read, mut whole) = (Read::default(), Judged::default());
    for partition in 0..around.partitions() {
        let chain = transactions::chain(&manifests, &codec, partition)?;
        whole.manifests(around, partition, &chain);
        for topic in &mut topics {
            let found = topic.read(around, &codec, partition, (&chain, &mut read))?;
            whole.records(around, partition, &chain, (topic.topic(), &found));
        }
    }
    let epoch = around.config.sink.epoch;
    Ok((read, topics.iter().map(|topic| topic.check(epoch)).collect(), whole))
}

/// What a record is about.
struct Meaning {
    site: Text,
    /// When what it tells of was.
    at_us: i64,
    /// Records of one key replace each other.
    key: u64,
    /// The call, and the minutes in which it or the pane counts, µs.
    call_id: Option<Text>,
    minutes_us: Vec<i64>,
    /// Of a record that the processor rejected: its place in `call-events`.
    rejected_place: Option<String>,
}

fn key(parts: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

/// None: nobody can read it.
fn meaning(kind: Kind, codec: &Codec, bytes: &[u8]) -> Result<Option<Meaning>, WireError> {
    let meaning = match kind {
        Kind::Calls => codec.decode_call(bytes).map(|call| Meaning {
            key: key(&(&call.site, call.arrived_us, &call.call_id)),
            at_us: call.arrived_us,
            minutes_us: call.passes.iter().map(|pass| pass.joined_us).chain([call.arrived_us]).collect(),
            site: call.site,
            call_id: Some(call.call_id),
            rejected_place: None,
        }),
        Kind::Windows => codec.decode_window(bytes).map(|window| {
            let at_us = window.key.minute.saturating_mul(60_000_000);
            let key = match &window.kind {
                WindowRecordKind::Pane { .. } => key(&format!("{:?}", window.key)),
                WindowRecordKind::Correction { call_id, version } => {
                    key(&(format!("{:?}", window.key), call_id, version))
                }
            };
            let (site, minutes_us) = (window.key.site, vec![at_us]);
            Meaning { site, at_us, key, call_id: None, minutes_us, rejected_place: None }
        }),
        Kind::Rejected => codec.decode_rejected(bytes).map(|one| Meaning {
            key: key(&(&one.site, one.at_us, &one.stage, &one.position, one.reason)),
            site: one.site,
            at_us: one.at_us,
            call_id: None,
            minutes_us: Vec::new(),
            rejected_place: (&*one.stage == "processor").then(|| one.position.into()),
        }),
    };
    match meaning {
        Ok(meaning) => Ok(Some(meaning)),
        Err(error) if error.reject_reason().is_some() => Ok(None),
        Err(error) => Err(error),
    }
}

impl Read {
    fn learn(&mut self, meaning: Option<Meaning>, on_the_way: bool) {
        let Some(meaning) = meaning else { return };
        self.rejected_places.extend(meaning.rejected_place);
        if on_the_way {
            self.calls.extend(meaning.call_id);
            let second = |us: i64| us.div_euclid(60_000_000) * 60;
            self.minutes.extend(meaning.minutes_us.into_iter().map(|us| (meaning.site.clone(), second(us))));
        }
    }
}
