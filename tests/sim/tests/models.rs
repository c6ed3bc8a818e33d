//! The models keep what the documents say of the real ones.

use sim::broker::group::{Group, Membership, View};
use sim::broker::log::{Log, Writer};
use sim::broker::transactions::{Coordinator, Follows, Part};
use sim::broker::{Refusal, Topic};
use std::collections::BTreeMap;

const ONE: Writer = Writer { pid: 1, epoch: 1 };
const OTHER: Writer = Writer { pid: 2, epoch: 1 };
const EVENTS: Part = Part::Of(Topic::Events, 0);

fn pair(key: &str, value: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    (key.into(), (!value.is_empty()).then(|| value.into()))
}

fn seen(log: &Log) -> Vec<usize> {
    let mut next = 0;
    std::iter::from_fn(|| {
        let (offset, _) = log.next_committed(next)?;
        next = offset + 1;
        Some(offset)
    })
    .collect()
}

#[test]
fn readers_see_what_is_committed_up_to_the_first_open_transaction() {
    let mut log = Log::default();
    log.append_in_transaction(0, ONE, 1, vec![pair("a", "1")]);
    log.append_in_transaction(0, OTHER, 1, vec![pair("b", "1"), pair("c", "1")]);
    log.mark(0, OTHER, true);
    assert_eq!((log.stable_end(), log.end(), seen(&log)), (0, 4, vec![]));
    log.mark(0, ONE, false);
    assert_eq!((log.stable_end(), seen(&log)), (5, vec![1, 2]), "the first was aborted");
}

#[test]
fn a_batch_that_comes_twice_is_written_once_and_an_old_epoch_not_at_all() {
    let mut log = Log::default();
    log.append_in_transaction(0, ONE, 7, vec![pair("a", "1")]);
    log.append_in_transaction(0, ONE, 7, vec![pair("a", "1")]);
    assert_eq!(log.end(), 1);
    log.mark(0, Writer { epoch: 2, ..ONE }, false);
    assert!(log.is_fenced(ONE) && !log.is_fenced(OTHER));
}

#[test]
fn compaction_keeps_the_latest_of_a_key_and_removals_for_a_while() {
    let mut log = Log::default();
    for (at, key, value) in [(1, "a", "1"), (2, "b", "1"), (3, "a", "2"), (4, "b", "")] {
        log.append(at, pair(key, value));
    }
    log.compact(0);
    assert_eq!(seen(&log), [2, 3]);
    log.compact(5);
    assert_eq!(seen(&log), [2]);
}

#[test]
fn a_producer_that_comes_later_fences_and_aborts() {
    let mut coordinator = Coordinator::default();
    let first = coordinator.init("p").0.unwrap();
    assert_eq!(coordinator.verify("p", first, EVENTS), Err(Refusal::NoTransaction));
    assert_eq!(coordinator.add("p", first, &[EVENTS]), (Ok(()), Follows::Timeout(1)));
    assert_eq!(coordinator.verify("p", first, EVENTS), Ok(()));
    let (answer, follows) = coordinator.init("p");
    assert_eq!(answer, Err(Refusal::Concurrent), "until the marks are written");
    assert!(matches!(follows, Follows::Marks(_, false, _)));
    assert_eq!(coordinator.end("p", first, true).0, Err(Refusal::Fenced));
    coordinator.marked("p");
    let second = coordinator.init("p").0.unwrap();
    assert!(second.epoch > first.epoch + 1);
    assert_eq!(coordinator.end("p", second, true).0, Err(Refusal::NoTransaction));
}

#[test]
fn an_end_that_is_asked_for_twice_says_the_same_and_a_late_one_hits_the_next_transaction() {
    let mut coordinator = Coordinator::default();
    let writer = coordinator.init("p").0.unwrap();
    coordinator.add("p", writer, &[EVENTS]).0.unwrap();
    assert!(matches!(coordinator.end("p", writer, true), (Ok(()), Follows::Marks(..))));
    coordinator.marked("p");
    assert_eq!(coordinator.end("p", writer, true), (Ok(()), Follows::Nothing));
    assert_eq!(coordinator.end("p", writer, false).0, Err(Refusal::NoTransaction));
    coordinator.add("p", writer, &[EVENTS]).0.unwrap();
    assert!(matches!(coordinator.end("p", writer, true), (Ok(()), Follows::Marks(..))), "librdkafka#5423");
}

#[test]
fn a_group_refuses_whom_it_has_replaced_or_left_behind() {
    let mut group = Group::new(2);
    let who = |instance: &str, id, generation| Membership { instance: instance.into(), id, generation };
    let first = group.join("a");
    assert_eq!(group.look(&who("a", first, 0)), Ok(View::Assigned(1, vec![0, 1])));
    let restarted = group.join("a");
    assert_eq!(group.look(&who("a", first, 1)), Err(Refusal::FencedInstance));
    assert_eq!(group.look(&who("a", restarted, 0)), Ok(View::Assigned(1, vec![0, 1])), "the group goes on");
    let other = group.join("b");
    assert_eq!(group.look(&who("b", other, 0)), Ok(View::Waiting));
    assert_eq!(group.look(&who("a", restarted, 1)), Ok(View::Rebalancing));
    group.rejoin(&who("a", restarted, 1)).unwrap();
    assert_eq!(group.look(&who("b", other, 0)), Ok(View::Assigned(2, vec![1])));
    let late = group.commit(&who("a", restarted, 1), 0, (5, String::new()));
    assert_eq!(late, Err(Refusal::OldGeneration));
    group.set_silent("b", other, Some(10));
    assert!(!group.expire("b", other, 9) && group.expire("b", other, 10));
    assert_eq!(group.look(&who("b", other, 2)), Err(Refusal::UnknownMember));
}

#[test]
fn offsets_of_a_transaction_are_waited_for() {
    let mut group = Group::new(1);
    let id = group.join("a");
    let who = Membership { instance: "a".into(), id, generation: 1 };
    for commit in [false, true] {
        group.commit_in_transaction(Some(&who), 1, &BTreeMap::from([(0, 9)])).unwrap();
        assert_eq!(group.stable(0), Err(Refusal::Concurrent));
        group.end_transaction(1, commit);
        assert_eq!(group.stable(0), Ok(commit.then(|| (9, String::new()))));
    }
}
