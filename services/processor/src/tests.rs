//! A life on a small log in memory, with every fault that a transaction can have.

mod clocks;

use crate::changelog;
use crate::life::{Life, Pace};
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
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use wire::{Codec, Manifest, Written};

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
    state: Table,
    output: Vec<(Place, Vec<u8>)>,
    /// The same as manifests tell of it.
    written: Vec<(Place, Written)>,
    commits: usize,
    /// Looks at the input while a commit was under way, and the most commits that were waited for.
    polls_meanwhile: usize,
    waits: usize,
}

/// One life's view of it.
struct Connection<'a> {
    log: &'a mut Log,
    fates: &'a mut dyn Iterator<Item = Fate>,
    position: Option<usize>,
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

    fn start(&mut self, from: &BTreeMap<i32, Option<i64>>) -> Result<(), Fault> {
        self.position = Some(usize::try_from(from[&PARTITION].unwrap_or_default()).unwrap());
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
    let pace = Pace { commit_every: Duration::from_secs(3600), events_max: every };
    live_by(log, fates, pace, &tools(), late)
}

/// The same at another pace, with tools of one's own.
fn live_by(
    log: &mut Log,
    fates: &mut dyn Iterator<Item = Fate>,
    pace: Pace,
    tools: &Tools,
    (looks, disturbed_at): (usize, Option<usize>),
) -> usize {
    let metrics = telemetry::Metrics::new().unwrap();
    let health = telemetry::Health::new(Duration::from_secs(60));
    let meter = Meter::new(metrics.processor().unwrap(), health, "call-events".into());
    for lives in 1.. {
        let drained = Cell::new(false);
        let mut connection = Connection {
            log: &mut *log,
            fates: &mut *fates,
            position: None,
            assigned: false,
            drained: &drained,
            under_way: None,
            looks,
            disturbed_at,
            doubtful: false,
        };
        let setup = setup();
        let ended = Life::new(&mut connection, tools, &setup, &meter, pace).run(|| drained.get());
        match ended {
            Ok(()) => {
                let text = metrics.text().unwrap();
                assert!(!text.contains("invariant_violations_total{"), "{text}");
                return lives;
            }
            Err(fault) => assert!(fault.decision() == pipeline::Decision::Retry, "{fault}"),
        }
    }
    unreachable!()
}

/// What readers of the output end up with.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    calls: BTreeMap<Text, Call>,
    panes: BTreeMap<PaneKey, (u64, bool, Pane)>,
    corrections: BTreeMap<(PaneKey, Text, u32), Pane>,
    rejected: Vec<(String, &'static str)>,
}

fn seen(log: &Log) -> Seen {
    let codec = Codec::built_in().unwrap();
    let mut seen = Seen::default();
    for (place, value) in &log.output {
        match place {
            Place::Calls => {
                let call = codec.decode_call(value).unwrap();
                let replaced = seen.calls.insert(call.call_id.clone(), call.clone());
                assert!(replaced.is_none_or(|old| old.version < call.version));
            }
            Place::Windows => {
                let record = codec.decode_window(value).unwrap();
                match record.kind {
                    WindowRecordKind::Pane { revision, closed } => {
                        let replaced = seen.panes.insert(record.key, (revision, closed, record.pane));
                        assert!(replaced.is_none_or(|(old, was_closed, _)| old < revision && !was_closed));
                    }
                    WindowRecordKind::Correction { call_id, version } => {
                        let id = (record.key, call_id, version);
                        assert_eq!(seen.corrections.insert(id, record.pane), None);
                    }
                }
            }
            Place::Rejected => {
                let rejected = codec.decode_rejected(value).unwrap();
                assert_eq!(&*rejected.excerpt, "");
                seen.rejected.push((rejected.position.to_string(), rejected.reason.word()));
            }
            Place::Manifests | Place::Changelog => {}
        }
    }
    seen
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
        let table = Table::from([(key.as_bytes().to_vec(), value.as_bytes().to_vec())]);
        let fault = changelog::read(0, table, &codec).map(|_| ()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::StateDamaged, "{key}");
        assert!(fault.to_string().contains(key), "{fault}");
    };
    check("event/vik/x", "");
    check("event/vik/00000000000000000001", "not avro");
    check("call/vik/1", "not avro");
    check("pane/vik/1/site//external", "not avro");
    check("site/vik", "{}");
    check("manifest", "{\"format\":99}");
    check("something", "");
}

#[test]
fn every_transaction_tells_what_it_holds() {
    let events = World::events(&random_steps(5, 60));
    let mut log = log(input(&events));
    live(&mut log, &mut std::iter::empty(), 10);
    let codec = Codec::built_in().unwrap();
    let manifest = changelog::read(PARTITION, log.state, &codec).unwrap().manifest.unwrap();
    assert_eq!(manifest.sequence, log.commits as u64);
    assert_eq!(Some(manifest.next_offset), log.committed);
    assert!(manifest.first_offset < manifest.next_offset);
}

/// The manifests in the order in which they were written; each with what was written since the one before it.
fn manifests(log: &Log) -> Vec<(Manifest, BTreeMap<Place, Written>)> {
    let codec = Codec::built_in().unwrap();
    let (mut manifests, mut written) = (Vec::new(), BTreeMap::<Place, Written>::new());
    for ((place, value), (_, one)) in log.output.iter().zip(&log.written) {
        if *place == Place::Manifests {
            manifests.push((codec.decode_manifest(value).unwrap(), std::mem::take(&mut written)));
        } else {
            let sum = written.entry(*place).or_default();
            *sum = sum.and(*one);
        }
    }
    assert!(written.is_empty(), "a manifest comes last");
    manifests
}

#[test]
fn manifests_tell_every_event_and_every_record_once_whatever_happens() {
    let events = World::events(&random_steps(13, 400));
    // Every third record comes twice, the second time behind later ones; and some bytes are none.
    let mut records = input(&events);
    for n in (30..records.len()).step_by(3) {
        records[n] = records[n - 30].clone();
    }
    records.insert(77, b"GET / HTTP/1.1".to_vec());
    let mut log = log(records);
    let pattern = [Fate::Fine, Fate::LostAndUnknown, Fate::Fine, Fate::WrittenButUnknown, Fate::Aborted];
    assert!(live(&mut log, &mut pattern.into_iter().cycle(), 13) > 3);
    let (mut next, mut sum) = (0, Manifest::default());
    for ((manifest, written), sequence) in manifests(&log).into_iter().zip(1..) {
        assert_eq!((manifest.sequence, manifest.first_offset), (sequence, next));
        assert_eq!(manifest.events(), manifest.next_offset.abs_diff(next));
        let of = |place| written.get(&place).copied().unwrap_or_default();
        assert_eq!(manifest.calls, of(Place::Calls), "{manifest:?}");
        assert_eq!(manifest.windows, of(Place::Windows), "{manifest:?}");
        assert_eq!(manifest.rejected, of(Place::Rejected), "{manifest:?}");
        next = manifest.next_offset;
        sum.used += manifest.used;
        sum.repeated += manifest.repeated;
        sum.corrections += manifest.corrections;
    }
    assert_eq!(Some(next), log.committed);
    assert_eq!(sum.corrections, seen(&log).corrections.len() as u64);
    assert!(sum.used > 50 && sum.repeated > 50 && sum.corrections > 0, "{sum:?}");
    assert_eq!(sum.used + sum.repeated + 1, next as u64);
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
