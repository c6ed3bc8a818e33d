//! Events into Kafka, through the product's own producer.

use crate::story::site_name;
use crate::town::Town;
use anyhow::Context;
use call::{Event, Text};
use kafka::event_output::{Acknowledged, EventOutput, OutputTopic};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use wire::Codec;

/// Records of one producer on their way at most.
const IN_FLIGHT_MAX: i32 = 20_000;
const PAUSE: Duration = Duration::from_millis(1);
const LAST_WAIT: Duration = Duration::from_secs(60);

/// One producer for each partition: it writes under the name of one of the partition's sites. The processor reads the site from
/// the record.
pub struct Fill {
    codec: Codec,
    outputs: BTreeMap<i32, Output>,
    places: BTreeMap<Text, i32>,
    sent: u64,
}

struct Output {
    output: EventOutput,
    acknowledged: Receiver<Acknowledged>,
}

impl Fill {
    /// For so many sites of a town.
    ///
    /// # Errors
    /// Kafka's client refuses its settings.
    pub fn new(town: &Town, sites: usize) -> anyhow::Result<Self> {
        let (mut outputs, mut places) = (BTreeMap::new(), BTreeMap::new());
        for name in (0..sites).map(site_name) {
            let place = kafka::partition_of(name.as_bytes(), town.partitions);
            if let Entry::Vacant(free) = outputs.entry(place) {
                let (output, acknowledged) = EventOutput::new(&town.settings, &town.topics(1), &name)?;
                free.insert(Output { output, acknowledged });
            }
            places.insert(name, place);
        }
        Ok(Self { codec: Codec::built_in()?, outputs, places, sent: 0 })
    }

    /// Hands one over, when there is room.
    ///
    /// # Errors
    /// Kafka did not take an earlier one.
    pub fn send(&mut self, event: &Event) -> anyhow::Result<()> {
        let bytes = self.codec.encode_event(event)?;
        let place = self.places.get(&event.origin.site).context("an event of an unknown site")?;
        let output = self.outputs.get(place).context("a partition without a producer")?;
        while output.output.in_flight() >= IN_FLIGHT_MAX
            || !output.output.send(OutputTopic::Events, self.sent, &bytes)?
        {
            output.hear()?;
            std::thread::sleep(PAUSE);
        }
        self.sent += 1;
        if self.sent.is_multiple_of(1000) {
            output.hear()?;
        }
        Ok(())
    }

    /// Waits until Kafka has everything; how many that were.
    ///
    /// # Errors
    /// Kafka did not take one.
    pub fn finish(self) -> anyhow::Result<u64> {
        for output in self.outputs.values() {
            output.output.flush(LAST_WAIT)?;
            output.hear()?;
        }
        Ok(self.sent)
    }
}

impl Output {
    fn hear(&self) -> anyhow::Result<()> {
        Ok(self.acknowledged.try_iter().try_for_each(|(_, result)| result)?)
    }
}
