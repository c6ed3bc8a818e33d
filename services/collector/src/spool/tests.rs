use super::*;
use proptest::prelude::*;

const ROOM: u64 = 1 << 30;

/// Lengths of all segment files.
fn on_disk(folder: &Path) -> u64 {
    segment::files(folder).unwrap().iter().map(|path| path.metadata().unwrap().len()).sum()
}

fn all(reader: &mut Reader) -> Vec<(u64, Vec<u8>)> {
    std::iter::from_fn(|| reader.next_frame().unwrap()).map(|frame| (frame.number, frame.payload)).collect()
}

#[test]
fn what_is_appended_is_read_in_order_and_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), ROOM, 7).unwrap();
    let mut reader = spool.reader();
    assert_eq!(spool.append(Topic::Events, b"a").unwrap(), Appended::Kept(0));
    spool.flush().unwrap();
    assert_eq!(all(&mut reader), [(0, b"a".to_vec())]);
    spool.append(Topic::Rejected, b"b").unwrap();
    spool.append(Topic::Events, b"c").unwrap();
    spool.sync().unwrap();
    assert_eq!(all(&mut reader), [(1, b"b".to_vec()), (2, b"c".to_vec())]);
    spool.ship(1).unwrap();
    drop(spool);
    let spool = Spool::open(folder.path(), ROOM, 8).unwrap();
    assert_eq!((spool.stream(), spool.next(), spool.shipped()), (7, 3, 1));
    assert_eq!(all(&mut spool.reader()), [(1, b"b".to_vec()), (2, b"c".to_vec())]);
}

#[test]
fn one_spool_one_collector() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Spool::open(folder.path(), ROOM, 1).unwrap();
    let second = Spool::open(folder.path(), ROOM, 1).unwrap_err().to_string();
    assert!(second.starts_with("another program uses the spool"), "{second}");
}

#[test]
fn a_full_spool_says_so_and_takes_more_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), 40 * 1024 * 1024, 1).unwrap();
    let mib = vec![0u8; 1024 * 1024];
    let kept = (0..60).take_while(|_| spool.append(Topic::Events, &mib).unwrap() != Appended::Full).count();
    assert!((36..40).contains(&kept), "{kept}");
    spool.sync().unwrap();
    assert_eq!(spool.bytes(), on_disk(folder.path()));
    spool.ship(20).unwrap();
    assert_eq!(spool.bytes(), on_disk(folder.path()), "of what is shipped, whole files are gone");
    assert!(matches!(spool.append(Topic::Events, &mib).unwrap(), Appended::Kept(_)));
}

#[test]
fn after_a_failed_sync_nothing_is_called_safe_until_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), ROOM, 1).unwrap();
    let first = folder.path().join(format!("{:020}.spool", 0));
    // It takes every byte, and refuses to sync.
    std::os::unix::fs::symlink("/dev/null", &first).unwrap();
    spool.append(Topic::Events, b"a").unwrap();
    assert!(!spool.is_in_doubt());
    spool.sync().unwrap_err();
    spool.append(Topic::Events, b"b").unwrap();
    let error = spool.sync().unwrap_err().to_string();
    assert_eq!(error, "the disk did not take what was written into the spool before");
    assert!(spool.is_in_doubt());
    drop(spool);
    std::fs::remove_file(first).unwrap();
    let mut spool = Spool::open(folder.path(), ROOM, 1).unwrap();
    assert_eq!((spool.is_in_doubt(), spool.next()), (false, 0));
    spool.sync().unwrap();
}

#[test]
fn cut_anywhere_in_the_last_frame_costs_that_frame_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path(), ROOM, 1).unwrap();
    spool.append(Topic::Events, b"first").unwrap();
    spool.sync().unwrap();
    let whole = spool.bytes();
    spool.append(Topic::Events, b"second").unwrap();
    spool.sync().unwrap();
    let end = spool.bytes();
    drop(spool);
    let path = segment::files(folder.path()).unwrap().remove(0);
    let contents = std::fs::read(&path).unwrap();
    for cut in whole..end {
        std::fs::write(&path, &contents[..usize::try_from(cut).unwrap()]).unwrap();
        let mut spool = Spool::open(folder.path(), ROOM, 1).unwrap();
        assert_eq!(spool.next(), 1, "cut at {cut}");
        spool.append(Topic::Events, b"again").unwrap();
        spool.flush().unwrap();
        assert_eq!(all(&mut spool.reader()), [(0, b"first".to_vec()), (1, b"again".to_vec())]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn nothing_synced_is_lost_or_out_of_order(steps in proptest::collection::vec(0u8..5, 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Some(Spool::open(folder.path(), ROOM, 1).unwrap());
        let (mut written, mut shipped) = (0u64, 0u64);
        for step in steps {
            let live = spool.as_mut().unwrap();
            match step {
                0..=2 => {
                    live.append(Topic::Events, &written.to_le_bytes()).unwrap();
                    live.sync().unwrap();
                    written += 1;
                }
                3 => {
                    shipped = shipped.max(written / 2);
                    live.ship(shipped).unwrap();
                }
                _ => {
                    spool = None;
                    spool.replace(Spool::open(folder.path(), ROOM, 1).unwrap());
                }
            }
        }
        let spool = spool.unwrap();
        prop_assert_eq!(spool.bytes(), on_disk(folder.path()));
        let seen = all(&mut spool.reader());
        let expect: Vec<(u64, Vec<u8>)> = (shipped..written).map(|n| (n, n.to_le_bytes().to_vec())).collect();
        prop_assert_eq!(seen, expect);
    }
}
