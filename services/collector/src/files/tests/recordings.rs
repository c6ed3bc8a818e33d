//! The recording's own files, cut, rotated and restarted anywhere.

use super::*;
use flate2::read::GzDecoder;
use proptest::prelude::*;
use std::io::Read;
use std::sync::LazyLock;

type Told = Vec<(u64, Vec<pbx::Draft>)>;

struct Recording {
    kind: FileKind,
    bytes: Vec<u8>,
    told: Told,
}

static RECORDINGS: LazyLock<[Recording; 3]> = LazyLock::new(|| {
    let files =
        [(FileKind::Cel, "cel.csv.gz"), (FileKind::QueueLog, "queue_log.gz"), (FileKind::Cdr, "cdr.csv.gz")];
    files.map(|(kind, name)| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/recordings/asterisk22");
        let mut bytes = Vec::new();
        GzDecoder::new(File::open(Path::new(folder).join(name)).unwrap()).read_to_end(&mut bytes).unwrap();
        let told = told(&mut Reader::at(0, kind, &config(Path::new("spool"))).unwrap(), &bytes);
        Recording { kind, bytes, told }
    })
});

fn told(reader: &mut Reader, bytes: &[u8]) -> Told {
    reader.push(bytes);
    std::iter::from_fn(|| reader.next_record()).map(|record| (record.end, record.meaning.unwrap())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_reader_that_begins_again_tells_the_same(cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..6)) {
        for recording in &*RECORDINGS {
            let config = config(Path::new("spool"));
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(recording.bytes.len())).collect();
            cuts.sort_unstable();
            let (mut all, mut begin) = (Told::new(), 0);
            for cut in cuts.into_iter().chain([recording.bytes.len()]) {
                let mut reader = Reader::at(begin, recording.kind, &config).unwrap();
                let mark = all.last().map_or(0, |(end, _)| *end);
                let part = told(&mut reader, &recording.bytes[begin as usize..cut]);
                all.extend(part.into_iter().filter(|(end, _)| *end > mark));
                begin = reader.restart_at();
            }
            prop_assert_eq!(&all, &recording.told);
        }
    }
}

/// The channel event log is rotated in the middle of calls and the collector restarted: no call is known less.
#[test]
fn calls_that_are_alive_when_the_file_is_rotated_are_told_to_their_end() {
    let recording = &RECORDINGS[0];
    let text = std::str::from_utf8(&recording.bytes).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let place = Place::new();
    let follow =
        || Follower::new(&place.config, &place.log(FileKind::Cel, "Master.csv"), &place.outlet).unwrap();
    let mut follower = follow();
    for (number, some) in lines.chunks(lines.len() / 9).enumerate() {
        let (first, second) = some.split_at(some.len() / 2);
        place.write("Master.csv", &first.concat());
        turn(&mut follower);
        if number % 2 == 0 {
            follower = follow();
        }
        place.write("Master.csv", &second.concat());
        if number % 3 == 0 {
            turn(&mut follower);
        }
        if lines.chunks(lines.len() / 9).len() == number + 1 {
            break;
        }
        let rotated = place.path(&format!("Master.csv.{number}"));
        std::fs::rename(place.path("Master.csv"), &rotated).unwrap();
        set_age(&rotated, 100 - number as u64);
        if number % 3 == 1 {
            follower = follow();
        }
    }
    turn(&mut follower);
    let got: Vec<(Option<i64>, Body)> =
        place.events().into_iter().filter(is_record).map(|event| (Some(event.at_us), event.body)).collect();
    let expect: Vec<(Option<i64>, Body)> = recording
        .told
        .iter()
        .flat_map(|(_, drafts)| drafts)
        .map(|draft| (draft.at_us, draft.body.clone()))
        .collect();
    assert!(got == expect, "{} events instead of {}", got.len(), expect.len());
    assert_eq!(place.gaps(), []);
}

/// The first record that is told may be the second attempt of a long call, which shows a false difference to UTC.
#[test]
fn call_records_are_read_from_the_end_with_the_clock_that_older_ones_show() {
    let recording = &RECORDINGS[2];
    let text = std::str::from_utf8(&recording.bytes).unwrap();
    let place = Place::new();
    let log = FollowedFile { from: FileStart::End, ..place.log(FileKind::Cdr, "Master.csv") };
    let (before, rest) = text.split_at(text[..60_000].rfind('\n').unwrap() + 1);
    // An hour after its channel was made.
    let (late, rest) = rest.split_at(rest.find('\n').unwrap() + 1);
    let later = late.replacen(" 22:", " 23:", 3);
    assert_ne!(late, later);
    place.write("Master.csv", before);
    let mut follower = Follower::new(&place.config, &log, &place.outlet).unwrap();
    turn(&mut follower);
    assert!(place.seconds().is_empty());
    place.write("Master.csv", &(later + rest));
    drop(follower);
    turn(&mut Follower::new(&place.config, &log, &place.outlet).unwrap());
    let got: Vec<i64> =
        place.events().iter().filter(|event| is_record(event)).map(|event| event.at_us).collect();
    let expect: Vec<i64> = recording
        .told
        .iter()
        .filter(|(end, _)| *end > before.len() as u64)
        .map(|(_, drafts)| drafts[0].at_us.unwrap())
        .collect();
    assert_eq!(got[0], expect[0] + 3_600_000_000);
    assert_eq!(got[1..], expect[1..]);
}
