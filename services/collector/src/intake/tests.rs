//! What each kind of place may take of the spool.

use super::*;

const BYTES_MAX: u64 = 8000;
const BEAT: Draft = Draft { at_us: Some(1), leg: None, linked: None, body: Body::Heartbeat };

fn spool(folder: &tempfile::TempDir) -> SharedSpool {
    Arc::new(Mutex::new(Spool::open(folder.path(), BYTES_MAX, 1).unwrap()))
}

fn intake(spool: &SharedSpool) -> Intake {
    let text = include_str!("../../../../tests/recordings/asterisk22/svarstid.toml");
    let codec = Arc::new(Codec::built_in().unwrap());
    let metrics = telemetry::Metrics::new().unwrap().collector().unwrap();
    let config = config::parse(text).unwrap();
    Intake::new(&config, codec, Arc::clone(spool), metrics, Arc::new(Progress::default())).unwrap()
}

/// How many are kept until there is no room.
fn fill(mut keep: impl FnMut() -> Kept) -> usize {
    std::iter::from_fn(|| (keep() == Kept::Yes).then_some(())).count()
}

#[test]
fn what_can_be_read_again_leaves_a_quarter_to_what_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder);
    let (mut file, mut live) = (intake(&spool).of_kind(SourceKind::AsteriskCel), intake(&spool));
    let bytes = || spool.lock().unwrap().bytes();
    let mut at = 0..;
    assert!(fill(|| file.placed(&mut BEAT.clone(), 7, at.next().unwrap()).unwrap()) > 10);
    assert!((BYTES_MAX / 2..=BYTES_MAX * 3 / 4).contains(&bytes()), "{}", bytes());
    let full = bytes();
    let reject = |file: &mut Intake, place| {
        file.reject(RejectReason::Malformed, "cel:1", "no record", &[b'x'; 500], place).unwrap()
    };
    assert_eq!(reject(&mut file, Place::Recorded(7, 1)), Kept::No);
    assert_eq!(reject(&mut file, Place::Repeated), Kept::No);
    assert_eq!(file.own(BEAT, Place::Repeated).unwrap(), Kept::No);
    assert_eq!((bytes(), file.dropped), (full, 0), "nothing is lost: it waits");
    let leg = Draft { leg: Some("pbx-1.1".into()), linked: Some("pbx-1.0".into()), body: Body::Held, ..BEAT };
    let mut waiting = leg.clone();
    assert_eq!(file.placed(&mut waiting, 7, 1).unwrap(), Kept::No);
    assert_eq!(waiting, leg, "and is what it was");
    assert!(fill(|| live.own(BEAT, Place::Live).unwrap()) > 5, "a live connection has room");
    assert!(bytes() > BYTES_MAX * 9 / 10, "{}", bytes());
    assert_eq!(live.dropped, 1, "and what it tells then is known to be gone");
}
