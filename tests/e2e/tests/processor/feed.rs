//! Events for the processor: made up from a seed, and recorded.

use crate::stage::Stage;
use call::{Event, EventId, Origin, SourceKind};
use config::Config;
use kafka::event_output::{EventOutput, OutputTopic};
use pbx::asterisk::ami::{Framer, Translation, Translator};
use pipeline::processor::world::{World, random_steps};
use std::time::Duration;
use wire::Codec;

/// Kafka may be away meanwhile.
const PATIENCE: Duration = Duration::from_secs(120);

/// Strange days at a small PBX, then the recording.
pub fn events(config: &Config, seed: u64) -> Vec<Event> {
    let mut events = World::events(&random_steps(seed, 1500));
    for event in &mut events {
        event.origin.site = config.site.id.as_str().into();
    }
    events.extend(recorded(config));
    events
}

fn recorded(config: &Config) -> Vec<Event> {
    let text = e2e::recording();
    let translator = Translator::new(config.dialect().unwrap(), config.numbers().unwrap());
    let mut framer = Framer::default();
    framer.push(text.as_bytes());
    let mut events = Vec::new();
    while let Some(message) = framer.next_message() {
        let message = message.unwrap();
        let Translation::Event(draft) = translator.translate(&message) else { continue };
        let at_us = draft.at_us.unwrap();
        events.push(Event {
            id: EventId(message.end.into()),
            origin: Origin {
                site: config.site.id.as_str().into(),
                node: config.pbx.node.as_str().into(),
                kind: SourceKind::AsteriskAmiRecording,
                stream: 1,
                position: message.end,
            },
            at_us,
            received_us: at_us,
            leg: draft.leg,
            linked: draft.linked,
            body: draft.body,
        });
    }
    assert!(events.len() > 3000);
    events
}

/// As the collector writes them.
pub fn encoded(events: &[Event]) -> Vec<Vec<u8>> {
    let codec = Codec::built_in().unwrap();
    events.iter().map(|event| codec.encode_event(event).unwrap()).collect()
}

/// Sends records to `call-events`, a few at a time; `pause` between them.
pub fn send(stage: &Stage, records: &[Vec<u8>], at_a_time: usize, pause: Duration) {
    let site = &stage.config.site.id;
    let (output, _acknowledged) = EventOutput::new(&stage.kafka(), &stage.topics(), site).unwrap();
    for (number, record) in (0..).zip(records) {
        assert!(output.send(OutputTopic::Events, number, record).unwrap());
        if (number + 1).is_multiple_of(at_a_time as u64) {
            output.flush(PATIENCE).unwrap();
            std::thread::sleep(pause);
        }
    }
    output.flush(PATIENCE).unwrap();
}
