//! What the PBX is asked to leave out makes no difference.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use call::{Assembler, Call, Event, EventId, Origin, SourceKind, Text};
use pbx::asterisk::ami::{Framer, Message, Translation, Translator, filters};
use regex::Regex;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

fn calls(config: &config::Config, messages: &[Message]) -> BTreeMap<Text, Call> {
    let translator = Translator::new(config.dialect().unwrap(), config.numbers().unwrap());
    let mut assembler = Assembler::new("site", Arc::new(config.site_plan().unwrap()));
    let mut calls = BTreeMap::new();
    for message in messages {
        let Translation::Event(draft) = translator.translate(message) else { continue };
        let origin = Origin {
            site: "site".into(),
            node: "node".into(),
            kind: SourceKind::AsteriskAmiRecording,
            stream: 1,
            position: message.end,
        };
        let event = Event {
            id: EventId(0),
            origin,
            at_us: draft.at_us.unwrap(),
            received_us: 0,
            leg: draft.leg,
            linked: draft.linked,
            body: draft.body,
        };
        for call in assembler.apply(&event).changed {
            calls.insert(call.call_id.clone(), call);
        }
    }
    calls
}

#[test]
fn a_filtered_manager_gives_the_same_calls() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22");
    let config = config::parse(&std::fs::read_to_string(folder.join("svarstid.toml")).unwrap()).unwrap();
    let mut bytes = Vec::new();
    let file = std::fs::File::open(folder.join("ami.raw.txt.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    let mut framer = Framer::default();
    framer.push(&bytes);
    let all: Vec<Message> = std::iter::from_fn(|| framer.next_message()).map(Result::unwrap).collect();
    let wanted: Vec<Regex> =
        filters(&config.dialect().unwrap()).iter().map(|filter| Regex::new(filter).unwrap()).collect();
    let passes = |message: &Message| {
        let text = String::from_utf8_lossy(&message.raw).into_owned();
        wanted.iter().any(|filter| filter.is_match(&text))
    };
    let filtered: Vec<Message> = all.iter().filter(|message| passes(message)).cloned().collect();
    assert!(filtered.len() * 5 < all.len(), "{} of {} messages pass: no filter", filtered.len(), all.len());
    let expect = calls(&config, &all);
    assert_eq!(expect.len(), 171);
    assert_eq!(calls(&config, &filtered), expect);
}
