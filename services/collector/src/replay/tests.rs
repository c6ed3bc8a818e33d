//! What is looked at before a recording is played.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
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
