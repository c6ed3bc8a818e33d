//! The events of the recording of an Asterisk's manager interface.

use call::{Event, EventId, Origin, SitePlan, SourceKind};
use pbx::asterisk::ami::{Framer, Translation, Translator};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The site's plan, and its events in the order in which they came.
pub fn recorded() -> (Arc<SitePlan>, Vec<Event>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22");
    let config = config::parse(&std::fs::read_to_string(folder.join("svarstid.toml")).unwrap()).unwrap();
    let translator = Translator::new(config.dialect().unwrap(), config.numbers().unwrap());
    let mut bytes = Vec::new();
    let file = std::fs::File::open(folder.join("ami.raw.txt.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    let mut framer = Framer::default();
    framer.push(&bytes);
    let mut events = Vec::new();
    while let Some(message) = framer.next_message() {
        let message = message.unwrap();
        let Translation::Event(draft) = translator.translate(&message) else { continue };
        let (site, node) = ("site".into(), "node".into());
        let (kind, stream, position) = (SourceKind::AsteriskAmiRecording, 1, message.end);
        events.push(Event {
            id: EventId(0),
            origin: Origin { site, node, kind, stream, position },
            at_us: draft.at_us.unwrap(),
            received_us: 0,
            leg: draft.leg,
            linked: draft.linked,
            body: draft.body,
        });
    }
    (Arc::new(config.site_plan().unwrap()), events)
}
