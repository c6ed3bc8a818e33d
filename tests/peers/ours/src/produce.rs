//! The input into Kafka: without transactions, so that offsets count records.

use crate::fill::Plan;
use anyhow::{Context, bail};
use kafka::Settings;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use std::time::Duration;

const FULL: Duration = Duration::from_millis(5);

pub fn fill(settings: &Settings, topic: &str, plan: &Plan) -> anyhow::Result<()> {
    let mut client = settings.client();
    client.set("partitioner", "murmur2_random").set("linger.ms", "50").set("acks", "all");
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
    producer.flush(Duration::from_secs(60)).context("waiting for Kafka's acknowledgements")
}
