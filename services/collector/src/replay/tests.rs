//! What is looked at before a recording is played.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use org::SiteNumbers;
use pbx::asterisk::ami::{Translation, Translator};
use std::io::Write;

const FIRST: &str = "Response: Success\r\n\r\nEvent: Hangup\r\nTimestamp: 1795472477.604218\r\n\r\n";
const LATER: &str = "Event: Hangup\r\nTimestamp: 1795472999.000001\r\n\r\n";

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn a_recording_that_keeps_its_times_is_looked_at_up_to_its_first_event() {
    let whole = file([FIRST, LATER].concat().as_bytes());
    let [begin, all] = [Look::Begin, Look::Whole].map(|look| survey(whole.path(), look).unwrap());
    let first_us = 1_795_472_477_604_218;
    assert_eq!(
        (begin.span.first_us, all.span.first_us, all.span.last_us),
        (first_us, first_us, 1_795_472_999_000_001)
    );
    assert_eq!((begin.bytes, all.bytes), (0, (FIRST.len() + LATER.len()) as u64));
    assert_eq!(begin.identity, all.identity, "the same stream");
}

#[test]
fn what_cannot_be_read_later_is_found_when_it_is_played() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::none());
    packed.write_all([FIRST, &LATER.repeat(20_000)].concat().as_bytes()).unwrap();
    let mut packed = packed.finish().unwrap();
    packed.truncate(packed.len() / 2);
    let cut = file(&packed);
    assert!(survey(cut.path(), Look::Begin).is_ok());
    assert!(survey(cut.path(), Look::Whole).is_err());
}

#[test]
fn a_file_without_messages_or_times_is_refused_by_both() {
    for (text, expect) in [("a,b,c\n\n", "holds no Asterisk"), ("Event: Hangup\r\n\r\n", "have no Timestamp")]
    {
        for look in [Look::Begin, Look::Whole] {
            let error = survey(file(text.as_bytes()).path(), look).err().unwrap().to_string();
            assert!(error.contains(expect), "{error}");
        }
    }
}

fn translator() -> Translator<SiteNumbers> {
    let config =
        config::parse(include_str!("../../../../tests/recordings/asterisk22/svarstid.toml")).unwrap();
    Translator::new(config.dialect().unwrap(), config.numbers().unwrap())
}

/// What every message and every bad one means, with its place; and how many were spared the look for their fields.
fn meanings(bytes: &[u8], is_wanted: &dyn Fn(&Unread<'_>) -> bool) -> (Vec<(u64, String)>, usize) {
    let (translator, mut told, mut spared) = (translator(), Vec::new(), 0);
    let stream = Box::new(std::io::Cursor::new(bytes.to_vec()));
    read_messages(stream, is_wanted, &mut |next| {
        told.push(match next {
            Ok(message) => {
                spared += usize::from(message.raw.is_empty());
                let meaning = match translator.translate(message) {
                    Translation::Nothing => String::new(),
                    meaning => format!("{} {meaning:?} {:?}", message.offset, message.raw),
                };
                (message.end, meaning)
            }
            Err(error) => (0, error.to_string()),
        });
        Ok(true)
    })
    .unwrap();
    (told, spared)
}

#[test]
fn messages_that_are_not_taken_apart_mean_nothing() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/recordings/asterisk22/ami.raw.txt.gz");
    let mut recording = Vec::new();
    open(Path::new(path)).unwrap().read_to_end(&mut recording).unwrap();
    let wanting = translator();
    let (whole, none) = meanings(&recording, &|_| true);
    let (told, spared) = meanings(&recording, &|message| wanting.wants(message));
    assert_eq!((whole == told, none), (true, 0));
    assert!(spared > told.len() * 3 / 4, "most are spared: {spared} of {}", told.len());
}

#[test]
fn nor_do_they_where_the_recording_is_damaged() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/recordings/asterisk22/ami.raw.txt.gz");
    let mut recording = Vec::new();
    open(Path::new(path)).unwrap().take(2_000_000).read_to_end(&mut recording).unwrap();
    let mut random = fastrand::Rng::with_seed(1);
    let marks = [b"\r\n".as_slice(), b"\n", b"\r", b":", b"\0", b" ", b"_", b"\xe5", b"\r\n\r\n", b"Event: "];
    for _ in 0..20_000 {
        let at = random.usize(0..recording.len());
        let end = (at + random.usize(0..4)).min(recording.len());
        let mark = marks[random.usize(0..marks.len())];
        let put = &mark[..mark.len().min(end - at)];
        recording[at..at + put.len()].copy_from_slice(put);
    }
    let wanting = translator();
    let (whole, _) = meanings(&recording, &|_| true);
    let (told, spared) = meanings(&recording, &|message| wanting.wants(message));
    let differs = whole.iter().zip(&told).find(|(whole, told)| whole != told);
    assert_eq!((differs, whole.len()), (None, told.len()));
    assert!(spared > 100 && told.iter().filter(|(place, _)| *place == 0).count() > 100);
}
