//! Changelogs of earlier programs, frozen: today's program goes on with them as if they were its own.
//!
//! `changelogs/<format>/<name>.txt` is a partition's changelog in the middle of live calls, a line `<key> <value in hex>` for each
//! record. Files of past formats stay as they are. For a new format raise `FORMAT`, say in `changelog.rs` how the one before is
//! read, and write its files: `cargo test -p svarstid-processor write_changelogs -- --ignored`.

use super::*;
use crate::changelog::FORMAT;
use call::{EventId, Origin, SitePlan, SourceKind};
use pbx::asterisk::ami::{Framer, Translation, Translator};
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A run that a changelog was taken out of.
pub(super) struct Story {
    pub name: &'static str,
    pub setup: Arc<Setup>,
    pub input: Vec<Vec<u8>>,
    /// So many events were done when the changelog was frozen.
    pub done: usize,
}

pub(super) fn stories() -> [Story; 2] {
    let (setup, events) = recording();
    let recording = Story { name: "recording", setup, input: input(&events), done: 1100 };
    let (setup, events) = several();
    [recording, Story { name: "several", setup, input: input(&events), done: 606 }]
}

/// The recording: one source, queues with members.
fn recording() -> (Arc<Setup>, Vec<Event>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22");
    let config = config::load(&folder.join("svarstid.toml")).unwrap();
    let (mut text, file) = (String::new(), std::fs::File::open(folder.join("ami.raw.txt.gz")).unwrap());
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let translator = Translator::new(config.dialect().unwrap(), config.numbers().unwrap());
    let mut framer = Framer::default();
    framer.push(text.as_bytes());
    let mut events = Vec::new();
    while let Some(message) = framer.next_message() {
        let message = message.unwrap();
        let Translation::Event(draft) = translator.translate(&message) else { continue };
        let (site, node) = (config.site.id.as_str().into(), config.pbx.node.as_str().into());
        let kind = SourceKind::AsteriskAmiRecording;
        let origin = Origin { site, node, kind, stream: 1, position: message.end };
        let at_us = draft.at_us.unwrap();
        let (id, received_us) = (EventId(message.end.into()), at_us);
        let (leg, linked, body) = (draft.leg, draft.linked, draft.body);
        events.push(Event { id, origin, at_us, received_us, leg, linked, body });
    }
    (Arc::new(crate::setup(&config).unwrap()), events)
}

/// Two sources that tell of the same calls.
fn several() -> (Arc<Setup>, Vec<Event>) {
    let mut setup = (*setup()).clone();
    let sources = [SourceKind::AsteriskAmi, SourceKind::AsteriskCel].into_iter().collect();
    setup.plans.insert(SITE.into(), Arc::new(SitePlan { sources, ..(*plan()).clone() }));
    let twice = |event: Event| {
        let mut log = event.clone();
        (log.id, log.origin.kind, log.origin.stream) =
            (EventId(event.id.0 | 1 << 100), SourceKind::AsteriskCel, 77);
        [event, log]
    };
    (Arc::new(setup), World::events(&random_steps(21, 600)).into_iter().flat_map(twice).collect())
}

fn file(format: u32, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/changelogs");
    folder.join(format.to_string()).join(name).with_extension("txt")
}

fn thaw(format: u32, name: &str) -> Table {
    let text = std::fs::read_to_string(file(format, name)).unwrap();
    let byte = |hex: &[u8]| u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap();
    let record = |line: &str| {
        let (key, value) = line.rsplit_once(' ').unwrap();
        (key.as_bytes().to_vec(), value.as_bytes().chunks(2).map(byte).collect())
    };
    text.lines().map(record).collect()
}

/// As it was when so many events were done, and what had been written until then.
fn until_frozen(story: &Story) -> Log {
    let mut log = log(story.input[..story.done].to_vec());
    live_as(&story.setup, &mut log, &mut std::iter::empty(), 50).unwrap();
    log
}

#[test]
#[ignore = "writes the files of today's format"]
fn write_changelogs() {
    for story in stories() {
        let mut text = String::new();
        for (key, value) in until_frozen(&story).state {
            let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(text, "{} {hex}", String::from_utf8(key).unwrap()).unwrap();
        }
        let file = file(FORMAT, story.name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
}

#[test]
fn the_changelogs_of_every_format_are_gone_on_with() {
    for (story, format) in stories().iter().flat_map(|story| (1..=FORMAT).map(move |format| (story, format)))
    {
        let mut straight = log(story.input.clone());
        live_as(&story.setup, &mut straight, &mut std::iter::empty(), 50).unwrap();
        let mut resumed = until_frozen(story);
        let calls = seen(&resumed).calls;
        assert!(calls.values().filter(|call| !call.is_final).count() > 5, "in the middle of live calls");
        (resumed.state, resumed.input) = (thaw(format, story.name), story.input.clone());
        live_as(&story.setup, &mut resumed, &mut std::iter::empty(), 50).unwrap();
        assert!(seen(&resumed) == seen(&straight), "{} of format {format}", story.name);
        assert_eq!(resumed.committed, straight.committed);
    }
}

/// What a changelog's layout is made of: kinds of keys, and the fields and types of JSON. Records of Avro have rules of their own
/// (`schemas/README.md`).
fn shape(table: &Table) -> BTreeSet<String> {
    let mut shape = BTreeSet::new();
    for (key, value) in table {
        let key = String::from_utf8(key.clone()).unwrap();
        let kind = format!("{}/{}", key.split('/').next().unwrap(), key.matches('/').count());
        match serde_json::from_slice(value) {
            Ok(json) => fields(&kind, &json, &mut shape),
            Err(_) => drop(shape.insert(kind)),
        }
    }
    shape
}

fn fields(path: &str, json: &serde_json::Value, shape: &mut BTreeSet<String>) {
    use serde_json::Value;
    let kind = match json {
        Value::Null => return,
        Value::Object(members) => {
            return members
                .iter()
                .for_each(|(name, member)| fields(&format!("{path}.{name}"), member, shape));
        }
        Value::Array(members) => {
            shape.insert(format!("{path} list"));
            return members.iter().for_each(|member| fields(&format!("{path}[]"), member, shape));
        }
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
    };
    shape.insert(format!("{path} {kind}"));
}

#[test]
fn the_layout_is_that_of_its_format() {
    for story in stories() {
        let (today, frozen) = (shape(&until_frozen(&story).state), shape(&thaw(FORMAT, story.name)));
        let differences: Vec<_> = today.symmetric_difference(&frozen).collect();
        assert!(
            differences.is_empty(),
            "{}: the layout is not that of format {FORMAT} any more: {differences:?}. A running system's state is in it: raise FORMAT, \
             read the one before, and freeze the new one (see above)",
            story.name
        );
    }
}

/// A state as a program of tomorrow may leave it.
fn of_tomorrow() -> Log {
    let mut log = until_frozen(&stories()[0]);
    let manifest = serde_json::json!({ "format": FORMAT + 1, "written_by": "9.8.7", "next": { "offset": log.committed } });
    log.state.insert(b"manifest".to_vec(), serde_json::to_vec(&manifest).unwrap());
    log.state.insert(b"a kind/that nobody knows".to_vec(), vec![1]);
    log
}

#[test]
fn a_state_of_a_newer_program_is_left_as_it_is() {
    let [story, _] = stories();
    let mut log = of_tomorrow();
    let (state, output, commits) = (log.state.clone(), log.output.len(), log.commits);
    log.input = story.input;
    let fault = live_as(&story.setup, &mut log, &mut std::iter::empty(), 50).unwrap_err();
    assert_eq!(fault.kind, FaultKind::StateNewer);
    let text = fault.to_string();
    for word in ["svarstid 9.8.7", "format 3", "up to 2", "Nothing was changed", "run the newer version"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert_eq!((log.state, log.output.len(), log.commits), (state, output, commits));
}

#[test]
fn a_site_of_a_newer_program_is_not_taken_for_damaged() {
    let mut log = until_frozen(&stories()[0]);
    let key = log.state.keys().find(|key| key.starts_with(b"site/")).unwrap().clone();
    log.state.insert(key, format!("{{\"format\":{}}}", FORMAT + 1).into_bytes());
    let codec = Codec::built_in().unwrap();
    let fault = changelog::read(PARTITION, log.state, &codec).map(|_| ()).unwrap_err();
    assert_eq!(fault.kind, FaultKind::StateNewer);
}

#[test]
fn figures_of_another_definition_are_not_gone_on_with() {
    let [story, _] = stories();
    for format in 1..=FORMAT {
        let mut log = until_frozen(&story);
        (log.state, log.input) = (thaw(format, story.name), story.input.clone());
        let (state, output, commits) = (log.state.clone(), log.output.len(), log.commits);
        let setup = Arc::new(Setup { definition_version: 2, ..(*story.setup).clone() });
        let fault = live_as(&setup, &mut log, &mut std::iter::empty(), 50).unwrap_err();
        assert_eq!(fault.kind, FaultKind::OtherDefinition);
        let text = fault.to_string();
        for word in
            ["definition 1", "definition 2", "Nothing was changed", "kafka.generation", "docs/upgrades.md"]
        {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert_eq!((log.state, log.output.len(), log.commits), (state, output, commits));
    }
}
