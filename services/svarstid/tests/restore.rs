//! What a processor keeps is enough: from the events that touched live calls, and nothing else, an assembler goes on as if
//! it had never stopped. On the recording, at many places.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use call::{Assembler, CallKey, Event, EventId, Origin, SitePlan, SourceKind, Transition};
use pbx::asterisk::ami::{Framer, Translation, Translator};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

fn recorded() -> (Arc<SitePlan>, Vec<Event>) {
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

/// The events that are kept, as a processor keeps them.
#[derive(Default)]
struct Kept {
    by_call: BTreeMap<CallKey, BTreeSet<usize>>,
}

impl Kept {
    fn note(&mut self, index: usize, transition: &Transition) {
        for key in &transition.touched {
            self.by_call.entry(*key).or_default().insert(index);
        }
        for (absorbed, into) in &transition.merged {
            let events = self.by_call.remove(absorbed).unwrap_or_default();
            self.by_call.entry(*into).or_default().extend(events);
        }
        for key in &transition.retired {
            self.by_call.remove(key);
        }
    }

    fn all(&self) -> BTreeSet<usize> {
        self.by_call.values().flatten().copied().collect()
    }
}

#[test]
fn the_events_of_live_calls_restore_an_assembler() {
    let (plan, events) = recorded();
    let mut assembler = Assembler::new("site", Arc::clone(&plan));
    let mut kept = Kept::default();
    let mut straight = Vec::new();
    let mut cuts = Vec::new();
    for (index, event) in events.iter().enumerate() {
        if index % 97 == 5 {
            cuts.push((index, kept.all()));
        }
        let transition = assembler.apply(event);
        kept.note(index, &transition);
        straight.push(transition.changed);
    }
    assert!(kept.all().is_empty(), "nothing is kept of calls that are over");
    assert!(cuts.len() > 30 && cuts.iter().any(|(_, kept)| kept.len() > 100));
    for (cut, kept) in cuts {
        let mut restored = Assembler::new("site", Arc::clone(&plan));
        for index in kept {
            restored.apply(&events[index]);
        }
        for (index, event) in events.iter().enumerate().skip(cut) {
            assert_eq!(
                restored.apply(event).changed,
                straight[index],
                "event {index} after a restart at {cut}"
            );
        }
    }
}
