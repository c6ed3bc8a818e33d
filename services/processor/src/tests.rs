//! A life on a small log in memory, with every fault that a transaction can have.

mod clocks;
mod counters;
mod gauges;

use crate::Pace;
use crate::changelog;
use crate::life::Life;
use crate::meter::Meter;
use crate::partition::Tools;
use call::{Call, Event, Text};
use kpi::{Pane, PaneKey, WindowRecordKind};
use pipeline::processor::Setup;
use pipeline::processor::world::{SITE, World, plan, random_steps};
use pipeline::{
    Batch, CommitOutcome, Delivery, Ended, Fault, FaultKind, Ledger, Place, Polled, Source, SystemClock,
    Table,
};
use seen::seen;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use wire::{Codec, Manifest, Written};

mod layout;
mod lost;
mod manifests;
mod seen;

const PARTITION: i32 = 2;
/// Commits end at once, and no assignment comes meanwhile.
const NEVER_LATE: (usize, Option<usize>) = (0, None);

/// What happens to a commit.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Fine,
    Aborted,
    WrittenButUnknown,
    LostAndUnknown,
    /// Offsets are there, nothing else is: what must never happen, and shows.
    Torn,
}

/// What is durable.
#[derive(Default)]
struct Log {
    input: Vec<Vec<u8>>,
    committed: Option<i64>,
    /// Records before this offset are there no more.
    deleted: i64,
    state: Table,
    output: Vec<(Place, Vec<u8>)>,
    /// The same as manifests tell of it.
    written: Vec<(Place, Written)>,
    /// Metrics in the end.
    metrics: String,
    commits: usize,
    /// Looks at the input while a commit was under way, and the most commits that were waited for.
    polls_meanwhile: usize,
    waits: usize,
    /// Before each record of such a number there is nothing for one look.
    dry_every: Option<usize>,
}

/// One life's view of it.
struct Connection<'a> {
    log: &'a mut Log,
    fates: &'a mut dyn Iterator<Item = Fate>,
    position: Option<usize>,
    dry_at: Option<usize>,
    assigned: bool,
    drained: &'a Cell<bool>,
    under_way: Option<UnderWay>,
    /// A commit ends after so many looks at it, if it is not waited for.
    looks: usize,
    /// Everything is assigned anew at each look at the input of this number while a commit is under way.
    disturbed_at: Option<usize>,
    doubtful: bool,
}

/// A commit that was begun.
struct UnderWay {
    batch: Batch,
    looks: usize,
    polls: usize,
}

impl Source for Connection<'_> {
    fn poll(&mut self, _: Duration) -> Result<Polled, Fault> {
        if !self.assigned {
            self.assigned = true;
            return Ok(Polled::Assigned(vec![PARTITION]));
        }
        if let Some(under_way) = &mut self.under_way {
            under_way.polls += 1;
            self.log.polls_meanwhile += 1;
            if self.disturbed_at == Some(under_way.polls) {
                self.position = None;
                return Ok(Polled::Assigned(vec![PARTITION]));
            }
        }
        let Some(position) = self.position else { return Ok(Polled::Nothing) };
        if self.log.dry_every.is_some_and(|every| position.is_multiple_of(every))
            && self.dry_at.replace(position) != Some(position)
        {
            return Ok(Polled::Nothing);
        }
        let Some(value) = self.log.input.get(position) else {
            self.drained.set(true);
            return Ok(Polled::Nothing);
        };
        self.position = Some(position + 1);
        let offset = i64::try_from(position).unwrap();
        Ok(Polled::Delivery(Delivery {
            partition: PARTITION,
            offset,
            written_us: 0,
            value: Some(value.clone()),
        }))
    }

    fn committed(&mut self, _: &[i32]) -> Result<BTreeMap<i32, Option<i64>>, Fault> {
        Ok(BTreeMap::from([(PARTITION, self.log.committed)]))
    }

    fn kept(&mut self, _: &[i32]) -> Result<BTreeMap<i32, Range<i64>>, Fault> {
        Ok(BTreeMap::from([(PARTITION, self.log.deleted..i64::try_from(self.log.input.len()).unwrap())]))
    }

    fn start(&mut self, from: &BTreeMap<i32, Option<i64>>) -> Result<(), Fault> {
        self.position = Some(usize::try_from(from[&PARTITION].unwrap_or(self.log.deleted)).unwrap());
        Ok(())
    }

    fn lag(&mut self, _: &BTreeMap<i32, i64>) -> BTreeMap<i32, i64> {
        BTreeMap::new()
    }
}

impl Connection<'_> {
    fn write(&mut self, batch: &Batch) {
        for record in &batch.records {
            assert_eq!(record.partition, PARTITION);
            match (&record.place, record.value.clone()) {
                (Place::Changelog, Some(value)) => drop(self.log.state.insert(record.key.clone(), value)),
                (Place::Changelog, None) => drop(self.log.state.remove(&record.key)),
                (place, Some(value)) => {
                    self.log.written.push((*place, Written::one(&record.key, &value)));
                    self.log.output.push((*place, value));
                }
                (place, None) => panic!("{place:?} has a record without a value"),
            }
        }
        self.log.committed = Some(batch.offsets[&PARTITION]);
    }
}

impl Connection<'_> {
    fn finish(&mut self) -> Ended {
        let UnderWay { batch, .. } = self.under_way.take().expect("waits for nothing");
        let outcome = self.conclude(&batch);
        self.doubtful |= !matches!(outcome, CommitOutcome::Committed);
        Ended { outcome, took: Duration::ZERO }
    }

    fn conclude(&mut self, batch: &Batch) -> CommitOutcome {
        self.log.commits += 1;
        let unknown = || CommitOutcome::Unknown(Fault::new(FaultKind::OutcomeUnknown, "committing", "test"));
        match self.fates.next().unwrap_or(Fate::Fine) {
            Fate::Fine => self.write(batch),
            Fate::Aborted => {
                return CommitOutcome::Aborted(Fault::new(FaultKind::Unavailable, "committing", "test"));
            }
            Fate::WrittenButUnknown => {
                self.write(batch);
                return unknown();
            }
            Fate::LostAndUnknown => return unknown(),
            Fate::Torn => {
                self.log.committed = Some(batch.offsets[&PARTITION]);
                return unknown();
            }
        }
        CommitOutcome::Committed
    }
}

impl Ledger for Connection<'_> {
    fn begin(&mut self, batch: Batch) -> Result<(), Fault> {
        assert!(self.under_way.is_none(), "two commits at once");
        assert!(!self.doubtful, "nothing may follow what is not committed");
        self.under_way = Some(UnderWay { batch, looks: 0, polls: 0 });
        Ok(())
    }

    fn ended(&mut self) -> Option<Ended> {
        let under_way = self.under_way.as_mut()?;
        under_way.looks += 1;
        if under_way.looks > self.looks { Some(self.finish()) } else { None }
    }

    fn end(&mut self) -> Ended {
        self.log.waits += 1;
        self.finish()
    }

    fn restore(&mut self, _: &[i32]) -> Result<BTreeMap<i32, Table>, Fault> {
        assert!(self.under_way.is_none(), "a state is read while a commit may still change it");
        Ok(BTreeMap::from([(PARTITION, self.log.state.clone())]))
    }
}

fn setup() -> Arc<Setup> {
    Arc::new(Setup {
        plans: BTreeMap::from([(SITE.into(), plan())]),
        measures: kpi::Settings { cadence: kpi::Cadence { seconds: 6 }, thresholds_s: vec![20] },
        definition_version: 1,
        lateness: window::Lateness { allowed_us: 300_000_000 },
        disorder_us: 5_000_000,
    })
}

fn tools() -> Tools {
    Tools {
        codec: Arc::new(Codec::built_in().unwrap()),
        clock: Arc::new(SystemClock),
        topic: "call-events".into(),
    }
}

/// Lives until the input is used up and a life ended well; how many it took.
fn live(log: &mut Log, fates: &mut dyn Iterator<Item = Fate>, every: usize) -> usize {
    live_with(log, fates, every, NEVER_LATE)
}

/// The same, with commits that end after so many looks, and with another assignment during each.
fn live_with(
    log: &mut Log,
    fates: &mut dyn Iterator<Item = Fate>,
    every: usize,
    late: (usize, Option<usize>),
) -> usize {
    live_by(log, fates, pace(every), &tools(), late)
}

/// The same at another pace, with tools of one's own.
fn live_by(
    log: &mut Log,
    fates: &mut dyn Iterator<Item = Fate>,
    pace: Pace,
    tools: &Tools,
    late: (usize, Option<usize>),
) -> usize {
    live_in(&How { setup: &setup(), tools, pace, late }, log, fates).unwrap()
}

/// The same with another setup; or the fault that nothing but a person mends.
fn live_as(
    setup: &Arc<Setup>,
    log: &mut Log,
    fates: &mut dyn Iterator<Item = Fate>,
    every: usize,
) -> Result<usize, Fault> {
    live_in(&How { setup, tools: &tools(), pace: pace(every), late: NEVER_LATE }, log, fates)
}

fn pace(every: usize) -> Pace {
    Pace { commit_every: Duration::from_secs(3600), events_max: every }
}

struct How<'a> {
    setup: &'a Arc<Setup>,
    tools: &'a Tools,
    pace: Pace,
    late: (usize, Option<usize>),
}

fn live_in(how: &How<'_>, log: &mut Log, fates: &mut dyn Iterator<Item = Fate>) -> Result<usize, Fault> {
    let &How { setup, tools, pace, late: (looks, disturbed_at) } = how;
    let metrics = telemetry::Metrics::new().unwrap();
    let health = telemetry::Health::new(Duration::from_secs(60));
    let meter =
        Meter::new(metrics.processor().unwrap(), health, "call-events".into()).watching(counters::watched());
    for lives in 1.. {
        let drained = Cell::new(false);
        let mut connection = Connection {
            log: &mut *log,
            fates: &mut *fates,
            position: None,
            dry_at: None,
            assigned: false,
            drained: &drained,
            under_way: None,
            looks,
            disturbed_at,
            doubtful: false,
        };
        let ended = Life::new(&mut connection, tools, setup, &meter, pace).run(|| drained.get());
        match ended {
            Ok(()) => {
                let text = metrics.text().unwrap();
                let mut breaches = text.lines().filter(|line| line.contains("invariant_violations_total{"));
                assert!(breaches.all(|line| line.ends_with(" 0")), "{text}");
                connection.log.metrics = text;
                return Ok(lives);
            }
            Err(fault) if fault.decision() == pipeline::Decision::Retry => {}
            Err(fault) => return Err(fault),
        }
    }
    unreachable!()
}

fn input(events: &[Event]) -> Vec<Vec<u8>> {
    let codec = Codec::built_in().unwrap();
    events.iter().map(|event| codec.encode_event(event).unwrap()).collect()
}

fn log(input: Vec<Vec<u8>>) -> Log {
    Log { input, ..Log::default() }
}

#[test]
fn no_fault_of_a_transaction_changes_a_figure() {
    let events = World::events(&random_steps(7, 400));
    let mut straight = log(input(&events));
    assert_eq!(live(&mut straight, &mut std::iter::empty(), 50), 1);
    let expect = seen(&straight);
    assert!(expect.calls.len() > 50 && expect.panes.len() > 50 && !expect.corrections.is_empty());
    let patterns: [&[Fate]; 5] = [
        &[Fate::Fine, Fate::WrittenButUnknown],
        &[Fate::Fine, Fate::LostAndUnknown, Fate::Fine, Fate::Aborted],
        &[Fate::Aborted, Fate::WrittenButUnknown, Fate::LostAndUnknown, Fate::Fine],
        &[Fate::WrittenButUnknown],
        &[Fate::Fine, Fate::Fine, Fate::Fine, Fate::LostAndUnknown, Fate::WrittenButUnknown],
    ];
    let manners = [(13, 0), (50, 5), (13, 100)];
    for (pattern, (every, looks)) in patterns.iter().flat_map(|pattern| manners.map(|how| (pattern, how))) {
        let mut hurt = log(input(&events));
        let lives = live_with(&mut hurt, &mut pattern.iter().copied().cycle(), every, (looks, None));
        assert!(lives >= 3, "{pattern:?} every {every}: {lives} lives");
        assert_eq!(seen(&hurt), expect, "{pattern:?} every {every}");
        assert_eq!(hurt.committed, straight.committed);
        let without_manifest = |state: &Table| -> Vec<_> {
            state
                .iter()
                .filter(|(key, _)| **key != b"manifest")
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect()
        };
        assert_eq!(
            without_manifest(&hurt.state),
            without_manifest(&straight.state),
            "{pattern:?} every {every}"
        );
    }
}

#[test]
fn the_loop_goes_on_while_a_commit_is_under_way_but_not_further_than_one_batch() {
    let events = World::events(&random_steps(7, 400));
    let mut straight = log(input(&events));
    live(&mut straight, &mut std::iter::empty(), 20);
    assert_eq!((straight.polls_meanwhile > 0, straight.waits), (true, 1), "the last one alone is waited for");
    let mut slow = log(input(&events));
    assert_eq!(live_with(&mut slow, &mut std::iter::empty(), 20, (usize::MAX, None)), 1);
    let per_commit = slow.polls_meanwhile / slow.commits;
    assert!((15..=20).contains(&per_commit), "{per_commit} events are stepped during a commit of 20");
    assert_eq!(slow.waits, slow.commits);
    assert_eq!(seen(&slow), seen(&straight));
}

#[test]
fn another_assignment_during_a_commit_hears_how_it_ended_first() {
    let events = World::events(&random_steps(7, 400));
    let mut straight = log(input(&events));
    live(&mut straight, &mut std::iter::empty(), 20);
    for fates in [&[Fate::Fine][..], &[Fate::Fine, Fate::Aborted], &[Fate::Fine, Fate::WrittenButUnknown]] {
        let mut disturbed = log(input(&events));
        live_with(&mut disturbed, &mut fates.iter().copied().cycle(), 20, (usize::MAX, Some(7)));
        assert_eq!(seen(&disturbed), seen(&straight), "{fates:?}");
        assert_eq!(disturbed.committed, straight.committed);
    }
}

#[test]
fn what_cannot_be_read_is_put_aside_with_its_reason() {
    let mut records = input(&World::events(&[(0, 0, 0, 0)]));
    let mut elsewhere = World::events(&[(0, 0, 0, 0)]).remove(0);
    elsewhere.origin.site = "elsewhere".into();
    records.push(b"GET / HTTP/1.1".to_vec());
    records.push(Vec::new());
    records.push(vec![0, 0, 0, 0x7f, 0x7f, 1, 2]);
    let cut = records[0][..records[0].len() - 3].to_vec();
    records.push(cut);
    records.extend(input(&[elsewhere]));
    let mut log = log(records);
    live(&mut log, &mut std::iter::empty(), 100);
    let expect = ["not_avro", "not_avro", "unknown_schema", "undecodable", "invalid_field"];
    let expect: Vec<_> = (1..).zip(expect).map(|(n, why)| (format!("call-events/2/{n}"), why)).collect();
    let seen = seen(&log);
    assert_eq!(seen.rejected, expect);
    assert_eq!(seen.calls.len(), 1);
    assert_eq!(log.committed, Some(6), "they are done with");
}

#[test]
fn a_torn_transaction_is_read_again_from_where_the_state_is() {
    let events = World::events(&random_steps(11, 200));
    let mut straight = log(input(&events));
    live(&mut straight, &mut std::iter::empty(), 20);
    let mut torn = log(input(&events));
    let mut fates = [Fate::Fine, Fate::Fine, Fate::Torn].into_iter();
    assert_eq!(live(&mut torn, &mut fates, 20), 2);
    assert_eq!(seen(&torn), seen(&straight));
}

#[test]
fn offsets_without_a_state_are_refused() {
    let mut records = log(input(&World::events(&random_steps(3, 20))));
    live(&mut records, &mut std::iter::empty(), 20);
    records.state.clear();
    let codec = Codec::built_in().unwrap();
    let held = changelog::read(PARTITION, records.state, &codec).unwrap();
    let refused = crate::partition::Partition::restore(PARTITION, held, records.committed, setup());
    assert_eq!(refused.map(|_| ()).unwrap_err().kind, FaultKind::StateDamaged);
}

#[test]
fn a_changelog_that_was_written_by_hand_is_refused() {
    let codec = Codec::built_in().unwrap();
    let check = |key: &str, value: &str| {
        let newer = value == "{\"format\":99}";
        let table = Table::from([(key.as_bytes().to_vec(), value.as_bytes().to_vec())]);
        let fault = changelog::read(0, table, &codec).map(|_| ()).unwrap_err();
        let expect = if newer { FaultKind::StateNewer } else { FaultKind::StateDamaged };
        assert_eq!(fault.kind, expect, "{key}");
        assert!(fault.to_string().contains(key), "{fault}");
    };
    check("event/vik/x", "");
    check("event/vik/00000000000000000001", "not avro");
    check("call/vik/1", "not avro");
    check("pane/vik/1/site//external", "not avro");
    check("site/vik", "{}");
    check("manifest", "{\"format\":99}");
    check("manifest", "{\"format\":0}");
    check("something", "");
}

#[test]
fn the_changelog_holds_these_kinds_of_records() {
    let events = World::events(&random_steps(9, 300));
    let mut log = log(input(&events[..events.len() - 40]));
    live(&mut log, &mut std::iter::empty(), 10);
    let kinds: BTreeSet<String> = log
        .state
        .keys()
        .map(|key| String::from_utf8_lossy(key).split('/').next().unwrap_or_default().to_owned())
        .collect();
    let expect = ["call", "event", "manifest", "pane", "site"].map(String::from);
    assert_eq!(kinds, BTreeSet::from(expect));
}
