//! Stopped, killed, and what happened meanwhile.

use super::*;

#[test]
fn a_restart_goes_on_where_the_last_run_ended() {
    let place = Place::new();
    place.write("queue_log", &lines(0..3));
    turn(&mut place.follow());
    turn(&mut place.follow());
    place.write("queue_log", &lines(3..5));
    turn(&mut place.follow());
    assert_eq!(place.seconds(), [0, 1, 2, 3, 4]);
    assert_eq!((place.streams(), place.gaps()), (1, vec![]));
}

#[test]
fn killed_before_events_are_safe_nothing_is_lost_and_what_is_repeated_has_the_same_place() {
    let mut place = Place::new();
    place.write("queue_log", &lines(0..3));
    turn(&mut place.follow());
    place.write("queue_log", &lines(3..2000));
    let mut follower = place.follow();
    // The position is written last: as if the power had failed in between.
    let position = place
        .path("spool")
        .read_dir()
        .unwrap()
        .flatten()
        .find(|file| file.file_name().to_string_lossy().starts_with("follow-"));
    let position = position.unwrap().file_name();
    let before = std::fs::read(place.path("spool").join(&position)).unwrap();
    follower.turn(&|| false).unwrap();
    std::fs::write(place.path("spool").join(&position), before).unwrap();
    drop(follower);
    place = place.crash();
    turn(&mut place.follow());
    let mut by_place = std::collections::BTreeMap::new();
    for event in place.events().into_iter().filter(is_record) {
        let second = event.at_us / 1_000_000 - FIRST;
        let same = by_place.insert((event.origin.stream, event.origin.position), (second, event.id));
        assert!(same.is_none_or(|same| same == (second, event.id)));
    }
    assert_eq!(
        by_place.into_values().map(|(second, _)| second).collect::<Vec<_>>(),
        (0..2000).collect::<Vec<_>>()
    );
    assert!(place.seconds().len() > 2000, "this test repeats something");
}

#[test]
fn read_but_not_in_the_spool_is_read_again() {
    let mut place = Place::new();
    place.write("queue_log", &lines(0..3));
    let mut follower = place.follow();
    follower.log.path = place.path("nowhere");
    // Nothing forces to disk here.
    let bytes = std::fs::read(place.path("queue_log")).unwrap();
    follower.reader.push(&bytes);
    while let Some(record) = follower.reader.next_record() {
        follower.put(record, &|| false).unwrap();
    }
    drop(follower);
    place = place.crash();
    turn(&mut place.follow());
    assert_eq!(place.seconds(), [0, 1, 2]);
}

#[test]
fn rotated_while_nobody_looked() {
    let place = Place::new();
    place.write("queue_log", &lines(0..2));
    turn(&mut place.follow());
    place.write("queue_log", &line(2));
    std::fs::rename(place.path("queue_log"), place.path("queue_log-20261122")).unwrap();
    set_age(&place.path("queue_log-20261122"), 20);
    place.write("queue_log-20261123", &lines(3..5));
    set_age(&place.path("queue_log-20261123"), 10);
    place.write("queue_log", &lines(5..7));
    turn(&mut place.follow());
    assert_eq!(place.seconds(), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!((place.streams(), place.gaps()), (3, vec![]));
}

#[test]
fn copied_and_cut_while_nobody_looked() {
    let place = Place::new();
    place.write("queue_log", &lines(0..2));
    turn(&mut place.follow());
    place.write("queue_log", &line(2));
    std::fs::copy(place.path("queue_log"), place.path("queue_log.1")).unwrap();
    set_age(&place.path("queue_log.1"), 10);
    let file = File::options().write(true).open(place.path("queue_log")).unwrap();
    file.set_len(0).unwrap();
    place.write("queue_log", &lines(3..5));
    turn(&mut place.follow());
    assert_eq!(place.seconds(), [0, 1, 2, 3, 4]);
    assert_eq!((place.streams(), place.gaps().len()), (2, 1));
}

#[test]
fn a_rotated_file_that_was_packed_is_a_gap_that_is_told_once() {
    let place = Place::new();
    place.write("queue_log", &lines(0..2));
    turn(&mut place.follow());
    std::fs::rename(place.path("queue_log"), place.path("queue_log.1")).unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&std::fs::read(place.path("queue_log.1")).unwrap()).unwrap();
    std::fs::write(place.path("queue_log.1.gz"), packer.finish().unwrap()).unwrap();
    std::fs::remove_file(place.path("queue_log.1")).unwrap();
    place.write("queue_log", "");
    drop(place.follow());
    turn(&mut place.follow());
    assert_eq!(place.gaps().len(), 1);
    place.write("queue_log", &lines(4..6));
    turn(&mut place.follow());
    turn(&mut place.follow());
    assert_eq!((place.seconds(), place.gaps().len()), (vec![0, 1, 4, 5], 1));
}

#[test]
fn what_was_rotated_while_the_new_file_is_empty_or_not_there_is_read() {
    for is_there in [true, false] {
        let place = Place::new();
        place.write("queue_log", &lines(0..2));
        turn(&mut place.follow());
        std::fs::rename(place.path("queue_log"), place.path("queue_log.2")).unwrap();
        set_age(&place.path("queue_log.2"), 20);
        place.write("queue_log.1", &lines(2..4));
        if is_there {
            place.write("queue_log", "");
        }
        turn(&mut place.follow());
        assert_eq!((place.seconds(), place.gaps()), (vec![0, 1, 2, 3], vec![]), "{is_there}");
    }
}

#[test]
fn a_gap_ends_with_the_first_record_that_is_known_again() {
    let place = Place::new();
    place.write("queue_log", &lines(0..2));
    let mut follower = place.follow();
    turn(&mut follower);
    // As if it had been stopped in the past.
    follower.heard_us = (FIRST + 2) * 1_000_000;
    follower.make_safe().unwrap();
    std::fs::remove_file(place.path("queue_log")).unwrap();
    place.write("queue_log", &lines(7..9));
    turn(&mut place.follow());
    assert_eq!(place.gaps(), [((FIRST + 2) * 1_000_000, (FIRST + 7) * 1_000_000)]);
    assert_eq!(place.seconds(), [0, 1, 7, 8]);
}

#[test]
fn a_position_is_not_stored_for_what_the_disk_did_not_take() {
    let place = Place::new();
    let segment = place.path("spool").join(format!("{:020}.spool", 0));
    // It takes every byte, and refuses to sync.
    std::os::unix::fs::symlink("/dev/null", &segment).unwrap();
    place.write("queue_log", &lines(0..3));
    let mut follower = place.follow();
    follower.turn(&|| false).unwrap_err();
    follower.make_safe().unwrap_err();
    std::fs::remove_file(segment).unwrap();
    let place = place.crash();
    turn(&mut place.follow());
    assert_eq!((place.seconds(), place.gaps()), ((0..3).collect(), vec![]));
}

#[test]
fn a_file_with_the_inode_and_the_header_of_the_one_that_was_read_is_another() {
    let place = Place::new();
    place.write("queue_log", &(HEADER.to_owned() + &lines(0..2)));
    turn(&mut place.follow());
    // Deleted while nobody looked, and longer by now than what was read of it.
    std::fs::write(place.path("queue_log"), HEADER.to_owned() + &lines(2..9)).unwrap();
    turn(&mut place.follow());
    assert_eq!(place.seconds(), (0..9).collect::<Vec<_>>());
    assert_eq!((place.streams(), place.gaps().len()), (2, 1));
}
