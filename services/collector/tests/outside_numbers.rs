//! No number of anybody outside leaves the collector: not in the spool, not in a rejected record, not in a log.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use collector::spool::Spool;
use collector::{Intake, Kept, Place, Progress};
use pbx::asterisk::ami::{Framer, Message};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use wire::Codec;

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22")
}

fn recording() -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(recordings().join("ami.raw.txt.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

/// What the recording calls a caller's number and the plan does not know, without its leading zero: so every spelling of
/// it is found.
fn outside_numbers(bytes: &[u8]) -> BTreeSet<String> {
    let mut framer = Framer::default();
    framer.push(bytes);
    let mut numbers = BTreeSet::new();
    while let Some(Ok(message)) = framer.next_message() {
        let number = message.get("CallerIDNum").unwrap_or("");
        if number.len() == 10 && !number.starts_with("08465004") && number.bytes().all(|b| b.is_ascii_digit())
        {
            numbers.insert(number[1..].to_owned());
        }
    }
    numbers
}

/// Everything that is written while `log` runs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Takes all messages in; returns what is on disk and in the log, and how many events and rejected records there were.
fn collected(
    messages: impl Iterator<Item = Result<Message, pbx::asterisk::ami::FrameError>>,
) -> (Vec<u8>, u64, u64) {
    let config =
        config::parse(&std::fs::read_to_string(recordings().join("svarstid.toml")).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let spool = Arc::new(Mutex::new(Spool::open(folder.path(), 1 << 30, 1).unwrap()));
    let metrics = telemetry::Metrics::new().unwrap();
    let counters = metrics.collector().unwrap();
    let progress = Arc::new(Progress::default());
    let codec = Arc::new(Codec::built_in().unwrap());
    let mut intake =
        Intake::new(&config, codec, Arc::clone(&spool), counters, Arc::clone(&progress)).unwrap();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        for message in messages {
            let kept = match &message {
                Ok(message) => intake.message(message, Place::Recorded(1, message.end)),
                Err(error) => intake.bad_bytes(error, Place::Recorded(1, 0)),
            };
            assert_eq!(kept.unwrap(), Kept::Yes);
        }
    });
    spool.lock().unwrap().sync().unwrap();
    let mut seen = log.0.lock().unwrap().clone();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        seen.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    seen.extend(metrics.text().unwrap().into_bytes());
    (seen, Progress::get(&progress.events), Progress::get(&progress.rejected))
}

fn messages(bytes: &[u8]) -> impl Iterator<Item = Result<Message, pbx::asterisk::ami::FrameError>> {
    let mut framer = Framer::default();
    framer.push(bytes);
    std::iter::from_fn(move || framer.next_message())
}

fn assert_none(numbers: &BTreeSet<String>, seen: &[u8]) {
    let text = String::from_utf8_lossy(seen).into_owned();
    let found: Vec<&String> = numbers.iter().filter(|number| text.contains(number.as_str())).collect();
    assert!(found.is_empty(), "{} outside numbers are readable", found.len());
}

#[test]
fn none_of_the_recording_s_callers_is_readable() {
    let bytes = recording();
    let numbers = outside_numbers(&bytes);
    assert!(numbers.len() > 100, "{}", numbers.len());
    let (seen, events, rejected) = collected(messages(&bytes));
    assert!(events > 3000 && rejected == 0);
    assert!(String::from_utf8_lossy(&seen).contains("0846500400"), "the site's own numbers stay readable");
    assert_none(&numbers, &seen);
}

#[test]
fn nor_when_messages_are_garbled() {
    let bytes = recording();
    let numbers = outside_numbers(&bytes);
    // Every fourth message loses a piece in its middle: lines without keys, values in wrong places, bytes that are no text.
    let mut garbled = Vec::new();
    for (index, message) in messages(&bytes).enumerate().filter(|(index, _)| index % 4 == 0) {
        let mut raw = message.unwrap().raw;
        let cut = raw.len() / 2;
        match (index / 4) % 3 {
            0 => drop(raw.drain(cut..cut + 9)),
            1 => raw[cut] = 0,
            _ => raw = String::from_utf8(raw).unwrap().replace(": ", " ").into_bytes(),
        }
        garbled.extend(raw);
        garbled.extend(b"\r\n\r\n");
    }
    let (seen, _, rejected) = collected(messages(&garbled));
    assert!(rejected > 1000, "{rejected}");
    assert_none(&numbers, &seen);
}
