//! The input into Kafka: without transactions, so that offsets count records.

use crate::fill::Plan;
use anyhow::{Context, bail, ensure};
use kafka::Settings;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use std::time::Duration;

const FULL: Duration = Duration::from_millis(5);

pub fn fill(settings: &Settings, topic: &str, partitions: i32, plan: &Plan) -> anyhow::Result<()> {
    let mut client = settings.client();
    client.set("partitioner", "murmur2_random").set("linger.ms", "50").set("acks", "all");
    // A topic that was just made has partitions without a leader: what is sent again then must not come behind what was sent later.
    client.set("enable.idempotence", "true");
    let producer: ThreadedProducer<DefaultProducerContext> = client.create()?;
    plan.make(|pass| {
        let (key, value) = (pass.key(), pass.write());
        let mut record = BaseRecord::to(topic).key(&key).payload(&value);
        loop {
            match producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    record = again;
                    std::thread::sleep(FULL);
                }
                Err((error, _)) => bail!("writing to {topic}: {error}"),
            }
        }
    })?;
    producer.flush(Duration::from_secs(60)).context("waiting for Kafka's acknowledgements")?;
    let look = kafka::Look::into(settings, topic)?;
    let mut written = 0;
    for partition in 0..partitions {
        written += look.span(partition)?.end.cast_unsigned();
    }
    ensure!(
        written == plan.records,
        "{topic} has {written} records instead of {}: fill an empty one",
        plan.records
    );
    Ok(())
}
