//! Real files in a folder, and the real spool.

mod recordings;
mod restarts;
mod rotation;
mod running;

use super::*;
use crate::progress::Progress;
use crate::spool::{Spool, Topic};
use call::{Body, Event, SourceKind};
use config::{FileKind, FileStart};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use wire::{Codec, Rejected};

/// A folder with a PBX's log in it, and a spool.
struct Place {
    folder: tempfile::TempDir,
    config: Config,
    outlet: Outlet,
}

fn config(spool: &Path) -> Config {
    let text = include_str!("../../../../../tests/recordings/asterisk22/svarstid.toml");
    config::parse(&format!("{text}\n[collector.spool]\nfolder = {:?}\n", spool.display().to_string()))
        .unwrap()
}

fn outlet(spool: &Path) -> Outlet {
    Outlet {
        codec: Arc::new(Codec::built_in().unwrap()),
        spool: Arc::new(Mutex::new(Spool::open(spool, 1 << 30, SPOOL).unwrap())),
        metrics: telemetry::Metrics::new().unwrap().collector().unwrap(),
        progress: Arc::new(Progress::default()),
        sync_every: Duration::ZERO,
    }
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spool = folder.path().join("spool");
        Self { config: config(&spool), outlet: outlet(&spool), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let file = File::options().create(true).append(true).open(self.path(name));
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn log(&self, kind: FileKind, name: &str) -> FollowedFile {
        FollowedFile { kind, path: self.path(name), poll_ms: 10, from: FileStart::Beginning }
    }

    fn follow(&self) -> Follower {
        Follower::new(&self.config, &self.log(FileKind::QueueLog, "queue_log"), &self.outlet).unwrap()
    }

    /// Ends as a power loss does: only what was forced to disk is there.
    fn crash(self) -> Self {
        let on_disk = tempfile::tempdir().unwrap();
        let spool = on_disk.path().join("spool");
        std::fs::create_dir(&spool).unwrap();
        for file in std::fs::read_dir(self.path("spool")).unwrap().flatten() {
            std::fs::copy(file.path(), spool.join(file.file_name())).unwrap();
        }
        let logs =
            std::fs::read_dir(self.folder.path()).unwrap().flatten().filter(|file| file.path().is_file());
        for file in logs {
            std::fs::rename(file.path(), on_disk.path().join(file.file_name())).unwrap();
        }
        Self { config: config(&spool), outlet: outlet(&spool), folder: on_disk }
    }

    fn everything(&self) -> (Vec<Event>, Vec<Rejected>) {
        let mut spool = self.outlet.spool.lock().unwrap();
        spool.flush().unwrap();
        let mut reader = spool.reader();
        let (mut events, mut rejected) = (Vec::new(), Vec::new());
        while let Some(frame) = reader.next_frame().unwrap() {
            match frame.topic {
                Topic::Events => events.push(self.outlet.codec.decode_event(&frame.payload).unwrap()),
                Topic::Rejected => rejected.push(self.outlet.codec.decode_rejected(&frame.payload).unwrap()),
            }
        }
        (events, rejected)
    }

    fn events(&self) -> Vec<Event> {
        self.everything().0
    }

    /// The seconds of the records that are in the spool, in order.
    fn seconds(&self) -> Vec<i64> {
        self.events()
            .iter()
            .filter(|event| is_record(event))
            .map(|event| event.at_us / 1_000_000 - FIRST)
            .collect()
    }

    fn gaps(&self) -> Vec<(i64, i64)> {
        let gap = |event: &Event| match event.body {
            Body::Gap { from_us, to_us, reason: call::event::GapReason::RecordsLost, .. } => {
                Some((from_us, to_us))
            }
            _ => None,
        };
        self.events().iter().filter_map(gap).collect()
    }

    /// How many streams the records belong to; each must grow strictly.
    fn streams(&self) -> usize {
        let mut marks = std::collections::BTreeMap::new();
        for event in self.events() {
            let before = marks.insert(event.origin.stream, event.origin.position);
            assert!(before.is_none_or(|before| before < event.origin.position), "{event:?}");
        }
        marks.keys().filter(|stream| **stream != SPOOL).count()
    }
}

/// The spool's own stream.
const SPOOL: u64 = 1;
const FIRST: i64 = 1_795_472_469;
/// What every file of a log may begin with.
const HEADER: &str = "seconds|channel|queue|member|event\n";

fn is_record(event: &Event) -> bool {
    !matches!(event.body, Body::Heartbeat | Body::Gap { .. })
}

/// A caller came to a queue in this second.
fn line(second: i64) -> String {
    let at = FIRST + second;
    format!("{at}|pbx-1-{at}.1|social|NONE|ENTERQUEUE||0701740605|1\n")
}

fn lines(seconds: std::ops::Range<i64>) -> String {
    seconds.map(line).collect()
}

/// As often as it takes to read through a few files.
fn turn(follower: &mut Follower) {
    for _ in 0..6 {
        follower.turn(&|| false).unwrap();
    }
}

/// When the file was written last.
fn set_age(path: &Path, seconds: u64) {
    let file = File::options().append(true).open(path).unwrap();
    let changed = file.metadata().unwrap().modified().unwrap();
    file.set_modified(changed - Duration::from_secs(seconds)).unwrap();
}
