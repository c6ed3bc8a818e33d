//! While the collector runs.

use super::*;

#[test]
fn what_is_appended_is_told_once_and_half_a_line_waits() {
    let place = Place::new();
    place.write("queue_log", &lines(0..2));
    let mut follower = place.follow();
    turn(&mut follower);
    assert_eq!(place.seconds(), [0, 1]);
    let (begin, end) = (&line(2)[..20], &line(2)[20..]);
    place.write("queue_log", begin);
    turn(&mut follower);
    assert_eq!(place.seconds(), [0, 1]);
    place.write("queue_log", end);
    turn(&mut follower);
    assert_eq!(place.seconds(), [0, 1, 2]);
    assert_eq!((place.streams(), place.gaps()), (1, vec![]));
    let position = |event: &Event| event.origin.position;
    let ends: Vec<u64> = place.events().iter().filter(|event| is_record(event)).map(position).collect();
    let length = line(0).len() as u64;
    assert_eq!(ends, [length * 256, 2 * length * 256, 3 * length * 256]);
}

#[test]
fn the_first_start_begins_at_the_end_or_at_the_beginning() {
    let check = |from, expect: &[i64]| {
        let place = Place::new();
        place.write("queue_log", &(lines(0..2) + &line(2)[..9]));
        let log = FollowedFile { from, ..place.log(FileKind::QueueLog, "queue_log") };
        let mut follower = Follower::new(&place.config, &log, &place.outlet).unwrap();
        place.write("queue_log", &line(2)[9..]);
        turn(&mut follower);
        assert_eq!(place.seconds(), expect, "{from:?}");
    };
    check(FileStart::Beginning, &[0, 1, 2]);
    check(FileStart::End, &[2]);
}

#[test]
fn a_missing_file_is_waited_for_and_read_from_its_beginning_even_after_a_restart() {
    let place = Place::new();
    let log = FollowedFile { from: FileStart::End, ..place.log(FileKind::QueueLog, "queue_log") };
    let mut follower = Follower::new(&place.config, &log, &place.outlet).unwrap();
    turn(&mut follower);
    assert_eq!(follower.trouble.as_deref(), Some("it is not there"));
    let name = place.path("queue_log").display().to_string();
    assert_eq!(place.outlet.metrics.file.connected.of([&name]).get(), 0);
    assert_eq!(place.events(), [], "a missing file is not alive");
    drop(follower);
    place.write("queue_log", &lines(0..2));
    let mut follower = Follower::new(&place.config, &log, &place.outlet).unwrap();
    turn(&mut follower);
    assert_eq!((place.seconds(), follower.trouble), (vec![0, 1], None));
    let metrics = &place.outlet.metrics;
    let seen = (metrics.file.connected.of([&name]).get(), metrics.file.records.of([&name]).get());
    assert_eq!((seen, metrics.file.behind_bytes.of([&name]).get()), ((1, 2), 0));
}

#[test]
fn a_silent_file_is_alive_in_the_spool_s_own_stream() {
    let place = Place::new();
    place.write("queue_log", &line(0));
    turn(&mut place.follow());
    let events = place.events();
    let beats: Vec<&Event> = events.iter().filter(|event| event.body == Body::Heartbeat).collect();
    assert_eq!(beats.len(), 1, "six looks within ten seconds");
    assert_eq!((beats[0].origin.kind, beats[0].origin.stream), (SourceKind::AsteriskQueueLog, 1));
    assert_eq!(beats[0].origin.position, 1);
}

#[test]
fn what_is_no_record_is_rejected_with_its_place_and_without_its_numbers() {
    let place = Place::new();
    let bad = "call from 0701740636 garbled\n";
    let long = "x".repeat(70_000) + "\n";
    place.write("queue_log", &format!("{}{bad}{long}{}", line(0), line(1)));
    turn(&mut place.follow());
    assert_eq!(place.seconds(), [0, 1]);
    let rejected = place.everything().1;
    let name = place.path("queue_log").display().to_string();
    let at = |offset: usize| format!("{name}:{offset}");
    let places: Vec<&str> = rejected.iter().map(|rejected| &*rejected.position).collect();
    assert_eq!(places, [at(line(0).len()), at(line(0).len() + bad.len())]);
    assert!(rejected.iter().all(|rejected| rejected.kind == Some(SourceKind::AsteriskQueueLog)));
    assert!(!rejected[0].excerpt.contains("701740636"), "{}", rejected[0].excerpt);
    assert!(rejected[0].excerpt.contains("garbled"), "{}", rejected[0].excerpt);
    assert_eq!(place.outlet.metrics.file.rejected.of([&name]).get(), 2);
}

#[test]
fn a_full_spool_is_waited_for() {
    let mut place = Place::new();
    let small = place.path("small");
    let codec = Arc::clone(&place.outlet.codec);
    place.outlet = Outlet {
        codec,
        spool: Arc::new(Mutex::new(Spool::open(&small, 600, SPOOL).unwrap())),
        ..outlet(&place.path("other"))
    };
    place.write("queue_log", &lines(0..9));
    let mut follower = place.follow();
    // The end comes while there is no room.
    let looks = std::cell::Cell::new(0);
    let is_ending = || looks.replace(looks.get() + 1) > 3;
    follower.turn(&is_ending).unwrap();
    follower.make_safe().unwrap();
    let some = place.seconds().len();
    assert!((1..9).contains(&some), "{some}");
    assert_eq!(place.gaps(), [], "nothing is lost");
    place.outlet.spool = Arc::new(Mutex::new(Spool::open(&place.path("large"), 1 << 20, SPOOL).unwrap()));
    turn(&mut place.follow());
    assert_eq!(place.seconds(), (0..9).collect::<Vec<_>>(), "all of it when there is room");
}

#[tokio::test]
async fn two_files_are_followed_at_once_and_end_together() {
    let place = Place::new();
    let mut config = place.config.clone();
    config.pbx.ami = None;
    let logs = ["one", "two"].map(|name| place.log(FileKind::QueueLog, name));
    config.collector.files = logs.into();
    let (stop, shutdown) = watch::channel(false);
    let outlet = place.outlet.clone();
    let running = tokio::spawn(async move { crate::sources::run(&config, &outlet, None, shutdown).await });
    place.write("one", &lines(0..50));
    place.write("two", &lines(100..150));
    while place.seconds().len() < 100 {
        assert!(!running.is_finished());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!((place.streams(), place.gaps()), (2, vec![]));
    let of = |range: std::ops::Range<i64>| {
        place.seconds().into_iter().filter(|second| range.contains(second)).collect::<Vec<_>>()
    };
    assert_eq!((of(0..50), of(100..150)), ((0..50).collect(), (100..150).collect()));
}

#[test]
fn it_ends_when_nobody_is_left_who_could_say_so() {
    let place = Place::new();
    place.write("queue_log", &line(0));
    let (stop, ending) = watch::channel(false);
    drop(stop);
    place.follow().run(&ending).unwrap();
}
