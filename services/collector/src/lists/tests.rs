//! Real lists, and a real spool.

use super::*;
use crate::spool::Topic;
use call::{Body, Event};
use wire::Rejected;

fn lists() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/call-lists")
}

/// A folder with lists in it, and their spool.
struct Desk {
    folder: tempfile::TempDir,
    config: Config,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config::load(&lists().join("contact-centre.toml")).unwrap();
        config.collector.spool.folder = Some(folder.path().join("spool"));
        Self { folder, config }
    }

    fn list(&self, name: &str, lines: &[&str]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, lines.join("\n")).unwrap();
        path
    }

    fn outlet(&self) -> Outlet {
        let metrics = telemetry::Metrics::new().unwrap().collector().unwrap();
        Outlet::open(&self.config, &folder(&self.config), metrics, Arc::new(Progress::default())).unwrap()
    }

    /// Imports, but for Kafka.
    fn import(&self, file: &Path) -> Imported {
        self.import_until(file, &AtomicBool::new(false)).unwrap()
    }

    fn import_until(&self, file: &Path, stop: &AtomicBool) -> anyhow::Result<Imported> {
        let outlet = self.outlet();
        let list = List::read(file, &self.config, &self.config.call_list().unwrap().unwrap())?;
        let intake = outlet.intake(&self.config, SourceKind::CsvImport)?;
        let told = told(&self.config, &outlet)?;
        Putting::new(intake, outlet.spool, told).put(&list, stop)
    }

    fn everything(&self) -> (Vec<Event>, Vec<Rejected>) {
        let outlet = self.outlet();
        let mut reader = outlet.spool.lock().unwrap().reader();
        let (mut events, mut rejected) = (Vec::new(), Vec::new());
        while let Some(frame) = reader.next_frame().unwrap() {
            match frame.topic {
                Topic::Events => events.push(outlet.codec.decode_event(&frame.payload).unwrap()),
                Topic::Rejected => rejected.push(outlet.codec.decode_rejected(&frame.payload).unwrap()),
            }
        }
        (events, rejected)
    }

    fn rows(&self) -> Vec<String> {
        self.everything().0.iter().map(|event| event.leg.as_deref().unwrap().to_owned()).collect()
    }
}

/// The recorded list: its header, and its rows with the last one first.
fn recorded() -> Vec<String> {
    let text = std::fs::read_to_string(lists().join("contact-centre.csv")).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[1..].reverse();
    lines
}

fn borrowed(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

#[test]
fn rows_are_told_by_time_and_bad_ones_rejected_with_their_place() {
    let desk = Desk::new();
    let lines = recorded();
    let mut lines = borrowed(&lines);
    lines.insert(3, "8-1,c8,yesterday,,,+46701740619,1012,,Nils Ek,answered");
    lines.push(lines[1]);
    let imported = desk.import(&desk.list("calls.csv", &lines));
    assert_eq!((imported.told, imported.calls, imported.twice, imported.told_before), (6, 5, 1, 0));
    let (events, rejected) = desk.everything();
    assert_eq!(desk.rows(), ["1-1", "2-1", "3-1", "3-2", "4-1", "5-1"]);
    assert!(events.is_sorted_by_key(|event| event.at_us));
    assert!(events.iter().all(|event| event.origin.kind == SourceKind::CsvImport));
    assert_eq!(events.iter().map(|event| event.origin.position).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(imported.span, Some((events[0].at_us, events[5].at_us)));
    assert!(
        matches!(&events[0].body, Body::CallRecorded(record) if record.queue.as_deref() == Some("Växeln"))
    );
    let [bad] = &rejected[..] else { panic!("{rejected:?}") };
    let byte = lines[..3].iter().map(|line| line.len() + 1).sum::<usize>();
    assert!(bad.position.ends_with(&format!("/calls.csv:{byte}")), "{}", bad.position);
    assert!(bad.detail.starts_with("line 4, column `Start`: "), "{}", bad.detail);
    assert_eq!(imported.rejected, [&*bad.detail]);
    assert!(bad.excerpt.is_empty(), "a list may hold names");
    for file in std::fs::read_dir(folder(&desk.config)).unwrap().flatten() {
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(8).any(|bytes| bytes == b"70174061"), "{:?} holds a number", file.path());
    }
}

#[test]
fn a_list_again_or_one_that_overlaps_repeats_nothing() {
    let desk = Desk::new();
    let lines = recorded();
    let mut lines = borrowed(&lines);
    lines.push("8-1,c8,yesterday,,,anonymous,1012,,,answered");
    let list = desk.list("calls.csv", &lines);
    desk.import(&list);
    let (events, rejected) = desk.everything();
    let again = desk.import(&list);
    assert_eq!((again.told, again.told_before, again.rejected.len()), (0, 6, 1));
    assert_eq!(desk.everything(), (events, rejected));
    // The next day's export begins with the same rows.
    lines.pop();
    lines.push("9-1,c9,2026-11-25T08:00:00Z,,2026-11-25T08:00:09Z,anonymous,1012,,,abandoned");
    let next = desk.import(&desk.list("next.csv", &lines));
    assert_eq!((next.told, next.calls, next.told_before), (1, 1, 6));
    assert_eq!(desk.rows().len(), 7);
    // By now the first day's calls are told to their end: a row that says something else of one would count it twice.
    let other = lines[1].replace("voicemail", "abandoned");
    let changed = desk.list("changed.csv", &[lines[0], &other]);
    for _ in 0..2 {
        assert_eq!(desk.import(&changed).told, 0);
        let (events, rejected) = desk.everything();
        assert_eq!((events.len(), rejected.len()), (7, 2));
        assert!(rejected[1].detail.contains("told this call to its end"), "{}", rejected[1].detail);
    }
}

#[test]
fn an_import_that_broke_off_goes_on_where_it_was() {
    let lines: Vec<String> = (0..5000)
        .map(|n| {
            format!(
                "{n}-1,c{n},2026-11-24T{:02}:{:02}:{:02}Z,,,anonymous,1012,,,abandoned",
                n / 3600,
                n / 60 % 60,
                n % 60
            )
        })
        .collect();
    let header = recorded().remove(0);
    let mut all = vec![header.as_str()];
    all.extend(lines.iter().map(String::as_str));
    let (desk, stop) = (Desk::new(), AtomicBool::new(true));
    let list = desk.list("calls.csv", &all);
    desk.import_until(&list, &stop).unwrap_err();
    let first = desk.rows().len();
    assert!(0 < first && first < 5000, "{first}");
    // As if the disk had not got the last of it.
    let segment = std::fs::read_dir(folder(&desk.config)).unwrap().flatten().map(|entry| entry.path());
    let segment =
        segment.into_iter().find(|path| path.extension().is_some_and(|end| end == "spool")).unwrap();
    let whole = std::fs::metadata(&segment).unwrap().len();
    std::fs::File::options().write(true).open(&segment).unwrap().set_len(whole - 1000).unwrap();
    let kept = desk.rows().len();
    assert!(kept < first, "{kept} of {first}");
    let imported = desk.import(&list);
    assert_eq!((imported.told, imported.told_before), (5000 - kept as u64, kept as u64));
    let (events, _) = desk.everything();
    let streams: std::collections::BTreeSet<u64> = events.iter().map(|event| event.origin.stream).collect();
    let positions: Vec<u64> = events.iter().map(|event| event.origin.position).collect();
    assert_eq!((streams.len(), positions), (1, (0..5000).collect()), "each once, in one stream");
}

#[tokio::test]
async fn only_one_list_at_a_time_and_none_of_which_no_row_is_understood() {
    let desk = Desk::new();
    let mapping = desk.config.call_list().unwrap().unwrap();
    let refused = async |list: &Path| {
        let (_end, shutdown) = watch::channel(false);
        format!("{:#}", import_list(&desk.config, &mapping, list, shutdown).await.unwrap_err())
    };
    let _other = desk.outlet();
    let why = refused(&lists().join("contact-centre.csv")).await;
    assert!(why.contains("another list is being imported"), "{why}");
    let header = recorded().remove(0);
    for lines in [&["no,list"][..], &[&header, "8-1,c8,yesterday,,,anonymous,1012,,,answered"]] {
        let why = refused(&desk.list("bad.csv", lines)).await;
        assert!(why.contains("none of its rows can be used"), "{why}");
    }
}
