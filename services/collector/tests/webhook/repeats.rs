//! An event counts once, whatever is repeated, and whenever the collector dies.

use crate::endpoint::{Endpoint, ROOM, events, held};
use call::Body;
use call::event::GapReason;
use collector::spool::Spool;
use std::collections::BTreeSet;
use std::path::Path;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn three() -> String {
    held("1") + &held("2") + &held("3")
}

#[test]
fn a_retry_is_the_same_event_across_a_restart_too() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::open(folder.path());
    assert_eq!(endpoint.post_lines(&(three() + &held("1"))).counts(), (3, 1));
    assert_eq!(endpoint.post_lines(&(three() + &held("4"))).counts(), (1, 3));
    assert!(endpoint.metric("svarstid_collector_webhook_repeated_events_total 4"));
    endpoint.close().unwrap();
    let endpoint = Endpoint::open(folder.path());
    assert_eq!(endpoint.post_lines(&three()).counts(), (0, 3));
    assert_eq!(endpoint.events().len(), 4);
    endpoint.close().unwrap();
}

#[test]
fn ids_stay_when_kafka_has_the_events_and_the_spool_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::open(folder.path());
    endpoint.post_lines(&three()).counts();
    endpoint.spool.lock().unwrap().ship(3).unwrap();
    endpoint.close().unwrap();
    for file in std::fs::read_dir(folder.path().join("spool")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "spool") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let endpoint = Endpoint::open(folder.path());
    assert_eq!(endpoint.post_lines(&(three() + &held("4"))).counts(), (1, 3));
    let positions: Vec<u64> = endpoint.events().iter().map(|event| event.origin.position).collect();
    assert_eq!(positions, [3]);
    endpoint.close().unwrap();
}

#[test]
fn killed_at_any_moment_after_the_answer_nothing_is_lost_or_counted_twice() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::open(folder.path());
    assert_eq!(endpoint.post_lines(&three()).counts(), (3, 0));
    // What a killed process leaves behind: nothing was closed.
    let left = tempfile::tempdir().unwrap();
    copy(&folder.path().join("spool"), &left.path().join("spool"));
    endpoint.close().unwrap();
    let endpoint = Endpoint::open(left.path());
    assert_eq!(endpoint.post_lines(&(three() + &held("4"))).counts(), (1, 3));
    assert_eq!(endpoint.events().len(), 4);
    endpoint.close().unwrap();
}

#[test]
fn killed_between_ids_and_events_the_retry_brings_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::open(folder.path());
    endpoint.post_lines(&three()).counts();
    endpoint.close().unwrap();
    let spool = folder.path().join("spool");
    let segment = spool.join("00000000000000000000.spool");
    let whole = std::fs::read(&segment).unwrap();
    // The ids are on disk; of the events so much as the disk had taken.
    for cut in (0..=whole.len()).step_by(7) {
        let left = tempfile::tempdir().unwrap();
        copy(&spool, &left.path().join("spool"));
        std::fs::write(left.path().join("spool").join(segment.file_name().unwrap()), &whole[..cut]).unwrap();
        let kept = events(&Spool::open(&left.path().join("spool"), ROOM, 7).unwrap()).len() as u64;
        let endpoint = Endpoint::open(left.path());
        assert_eq!(endpoint.post_lines(&three()).counts(), (3 - kept, kept), "cut at {cut}");
        assert_eq!(endpoint.post_lines(&three()).counts(), (0, 3), "cut at {cut}");
        let ids: BTreeSet<_> = endpoint.events().iter().map(|event| event.id).collect();
        assert_eq!((ids.len(), endpoint.events().len()), (3, 3), "cut at {cut}");
        endpoint.close().unwrap();
    }
}

#[test]
fn many_senders_at_once_and_each_event_once() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::with(folder.path(), ROOM, |webhook| webhook.requests_per_s = 100_000);
    let accepted: u64 = std::thread::scope(|scope| {
        let sender = |sender: usize| {
            let endpoint = &endpoint;
            // Every event is posted by two senders.
            scope.spawn(move || {
                (0..25)
                    .map(|n| endpoint.post_lines(&held(&format!("{}-{n}", sender / 2))).counts().0)
                    .sum::<u64>()
            })
        };
        let senders: Vec<_> = (0..8).map(sender).collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).sum()
    });
    let events = endpoint.events();
    let ids: BTreeSet<_> = events.iter().map(|event| event.id).collect();
    assert_eq!((accepted, events.len(), ids.len()), (100, 100, 100));
    let positions: Vec<u64> = events.iter().map(|event| event.origin.position).collect();
    assert_eq!(positions, (0..100).collect::<Vec<u64>>());
    endpoint.close().unwrap();
}

#[test]
fn silence_of_three_heartbeats_is_told_as_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Endpoint::with(folder.path(), ROOM, |webhook| webhook.heartbeat_s = Some(60));
    let endpoint = open();
    endpoint.post_lines(&held("1")).counts();
    endpoint.post_lines(&held("2")).counts();
    endpoint.close().unwrap();
    // As if the last word had come an hour ago.
    let heard = folder.path().join("spool/posted-last-heard");
    let hour_ago: i64 = std::fs::read_to_string(&heard).unwrap().parse::<i64>().unwrap() - 3_600_000_000;
    std::fs::write(&heard, hour_ago.to_string()).unwrap();
    let endpoint = open();
    assert_eq!(endpoint.post_lines(&held("3")).counts(), (1, 0));
    assert_eq!(endpoint.post_lines(&held("4")).counts(), (1, 0));
    let bodies: Vec<Body> = endpoint.events().into_iter().map(|event| event.body).collect();
    assert_eq!(bodies.len(), 5);
    let Body::Gap { from_us, to_us, reason: GapReason::CollectorDown, lost: 0 } = bodies[2] else {
        panic!("{:?}", bodies[2])
    };
    assert!(from_us == hour_ago && to_us >= hour_ago + 3_600_000_000);
    endpoint.close().unwrap();
}
