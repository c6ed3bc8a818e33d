//! Renamed, copied, cut.

use super::*;

#[test]
fn a_renamed_file_is_read_to_its_end_before_the_new_one() {
    let place = Place::new();
    place.write("queue_log", &lines(0..2));
    let mut follower = place.follow();
    turn(&mut follower);
    std::fs::rename(place.path("queue_log"), place.path("queue_log.1")).unwrap();
    turn(&mut follower);
    // The PBX goes on with the file that it has open.
    place.write("queue_log.1", &line(2));
    place.write("queue_log", "");
    turn(&mut follower);
    assert_eq!(place.seconds(), [0, 1, 2]);
    place.write("queue_log.1", &line(3));
    place.write("queue_log", &line(4));
    turn(&mut follower);
    place.write("queue_log", &line(5));
    turn(&mut follower);
    assert_eq!(place.seconds(), [0, 1, 2, 3, 4, 5]);
    assert_eq!((place.streams(), place.gaps()), (2, vec![]));
}

#[test]
fn a_last_line_without_an_end_is_told_when_the_file_was_renamed() {
    let place = Place::new();
    place.write("queue_log", &(line(0) + line(1).trim_end()));
    let mut follower = place.follow();
    turn(&mut follower);
    std::fs::rename(place.path("queue_log"), place.path("queue_log-20261123")).unwrap();
    place.write("queue_log", &line(2));
    turn(&mut follower);
    assert_eq!(place.seconds(), [0, 1, 2]);
}

/// Copies what is there and empties the file, as logrotate's copytruncate does.
fn copy_and_cut(place: &Place) {
    std::fs::copy(place.path("queue_log"), place.path("queue_log.1")).unwrap();
    File::options().write(true).open(place.path("queue_log")).unwrap().set_len(0).unwrap();
}

#[test]
fn a_file_that_was_copied_and_cut_is_read_to_the_end_of_its_copy() {
    let place = Place::new();
    place.write("queue_log", &lines(0..2));
    let mut follower = place.follow();
    turn(&mut follower);
    place.write("queue_log", &line(2));
    copy_and_cut(&place);
    turn(&mut follower);
    assert_eq!(place.seconds(), [0, 1, 2]);
    place.write("queue_log", &lines(3..9));
    turn(&mut follower);
    assert_eq!(place.seconds(), (0..9).collect::<Vec<_>>());
    assert_eq!(place.streams(), 2);
    // What was written between the two steps cannot be known.
    assert_eq!(place.gaps().len(), 1);
}

#[test]
fn a_file_that_was_cut_and_has_grown_again_is_known_by_its_first_line() {
    let place = Place::new();
    place.write("queue_log", &lines(0..2));
    let mut follower = place.follow();
    turn(&mut follower);
    copy_and_cut(&place);
    place.write("queue_log", &lines(3..9));
    turn(&mut follower);
    assert_eq!(place.seconds(), [0, 1, 3, 4, 5, 6, 7, 8]);
    assert_eq!((place.streams(), place.gaps().len()), (2, 1));
}

#[test]
fn a_file_that_was_cut_without_a_copy_is_a_gap_and_a_new_stream() {
    let place = Place::new();
    place.write("queue_log", &(lines(0..3) + &line(3)[..30]));
    let mut follower = place.follow();
    turn(&mut follower);
    let heard_us = follower.heard_us;
    std::fs::write(place.path("queue_log"), line(0)).unwrap();
    turn(&mut follower);
    assert_eq!(place.seconds(), [0, 1, 2, 0], "even if it begins with the same line");
    assert_eq!(place.streams(), 2);
    let gaps = place.gaps();
    assert!(gaps.len() == 1 && gaps[0].0 == heard_us && gaps[0].1 >= heard_us, "{gaps:?}");
    assert_eq!(&*place.everything().1[0].detail, "the file was cut in the middle of this line");
}

#[test]
fn two_rotations_between_two_looks_lose_nothing() {
    let place = Place::new();
    place.write("queue_log", &lines(0..2));
    let mut follower = place.follow();
    turn(&mut follower);
    std::fs::rename(place.path("queue_log"), place.path("queue_log.2")).unwrap();
    set_age(&place.path("queue_log.2"), 20);
    place.write("queue_log.1", &lines(2..4));
    set_age(&place.path("queue_log.1"), 10);
    place.write("queue_log", &lines(4..6));
    turn(&mut follower);
    assert_eq!(place.seconds(), [0, 1, 2, 3, 4, 5]);
    assert_eq!((place.streams(), place.gaps()), (3, vec![]));
}

#[test]
fn a_silent_night_after_a_rotation_is_alive() {
    let place = Place::new();
    place.write("queue_log", &line(0));
    let mut follower = place.follow();
    turn(&mut follower);
    std::fs::rename(place.path("queue_log"), place.path("queue_log.1")).unwrap();
    place.write("queue_log", "");
    follower.last_beat = None;
    turn(&mut follower);
    let beats = place.events().iter().filter(|event| event.body == Body::Heartbeat).count();
    assert_eq!((beats, follower.trouble), (2, None));
}

#[test]
fn a_file_that_is_being_packed_is_no_loss() {
    let place = Place::new();
    place.write("queue_log", &lines(0..2));
    let mut follower = place.follow();
    turn(&mut follower);
    std::fs::rename(place.path("queue_log"), place.path("queue_log.1")).unwrap();
    set_age(&place.path("queue_log.1"), 10);
    std::fs::write(place.path("queue_log.1.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    place.write("queue_log", &line(2));
    turn(&mut follower);
    assert_eq!((place.seconds(), place.gaps()), (vec![0, 1, 2], vec![]));
}

#[test]
fn files_that_all_begin_with_the_same_line_are_told_apart() {
    let place = Place::new();
    place.write("queue_log", &(HEADER.to_owned() + &lines(0..2)));
    let mut follower = place.follow();
    turn(&mut follower);
    std::fs::rename(place.path("queue_log"), place.path("queue_log.2")).unwrap();
    set_age(&place.path("queue_log.2"), 20);
    place.write("queue_log.1", &(HEADER.to_owned() + &lines(2..6)));
    set_age(&place.path("queue_log.1"), 10);
    place.write("queue_log", &(HEADER.to_owned() + &lines(6..9)));
    turn(&mut follower);
    assert_eq!(place.seconds(), (0..9).collect::<Vec<_>>());
    assert_eq!((place.streams(), place.gaps()), (3, vec![]));
}

#[test]
fn a_file_with_the_inode_of_one_that_was_deleted_is_another_stream() {
    let place = Place::new();
    place.write("queue_log", &(HEADER.to_owned() + &lines(0..3)));
    let mut follower = place.follow();
    turn(&mut follower);
    std::fs::rename(place.path("queue_log"), place.path("old")).unwrap();
    place.write("queue_log", &(HEADER.to_owned() + &lines(3..5)));
    turn(&mut follower);
    std::fs::rename(place.path("queue_log"), place.path("queue_log.1")).unwrap();
    // Which inode a new file gets is the file system's choice; a file that is written anew in its place has the same one.
    std::fs::write(place.path("old"), HEADER.to_owned() + &lines(5..7)).unwrap();
    std::fs::rename(place.path("old"), place.path("queue_log")).unwrap();
    turn(&mut follower);
    assert_eq!(place.seconds(), (0..7).collect::<Vec<_>>());
    assert_eq!(place.streams(), 3);
}

#[test]
fn a_header_alone_waits_for_the_first_record() {
    let place = Place::new();
    place.write("queue_log", HEADER);
    let mut follower = place.follow();
    turn(&mut follower);
    assert_eq!((place.everything().1.len(), follower.trouble.take()), (0, None));
    place.write("queue_log", &line(0));
    turn(&mut follower);
    assert_eq!((place.seconds(), place.everything().1.len()), (vec![0], 1));
}

#[test]
fn a_backup_that_somebody_made_is_not_read_twice() {
    let place = Place::new();
    place.write("queue_log", &lines(0..2));
    let mut follower = place.follow();
    turn(&mut follower);
    std::fs::copy(place.path("queue_log"), place.path("queue_log.bak")).unwrap();
    std::fs::rename(place.path("queue_log"), place.path("queue_log.1")).unwrap();
    place.write("queue_log", &line(2));
    turn(&mut follower);
    assert_eq!(place.seconds(), [0, 1, 2]);
}
