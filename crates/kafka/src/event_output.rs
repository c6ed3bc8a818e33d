//! From the spool to Kafka: idempotent, acknowledged by all replicas, in order, key = site.

use crate::fault::fault;
use crate::{Settings, Topics};
use pipeline::{Fault, FaultKind};
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Which topic a record goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputTopic {
    /// `call-events`
    Events,
    /// `rejected`
    Rejected,
}

/// What became of a record.
pub type Acknowledged = (u64, Result<(), Fault>);

/// The producer and its topics.
pub struct EventOutput {
    producer: ThreadedProducer<Acknowledgements>,
    events: String,
    rejected: String,
    site: String,
}

struct Acknowledgements {
    sender: Sender<Acknowledged>,
}

impl ClientContext for Acknowledgements {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        crate::watch::tell(level, facility, message);
    }
}

impl ProducerContext for Acknowledgements {
    type DeliveryOpaque = usize;

    fn delivery(&self, delivered: &DeliveryResult<'_>, number: usize) {
        let result = match delivered {
            Ok(_) => Ok(()),
            Err((error, _)) => Err(fault("delivering an event to Kafka", error)),
        };
        // The receiver is gone only when the collector stops.
        let _ = self.sender.send((number as u64, result));
    }
}

impl EventOutput {
    /// A producer for one site, and where its acknowledgements come out.
    pub fn new(
        settings: &Settings,
        topics: &Topics,
        site: &str,
    ) -> Result<(Self, Receiver<Acknowledged>), Fault> {
        let (sender, receiver) = channel();
        let mut client = settings.producer();
        // A record is tried until Kafka has it: giving up would break the order, and the spool keeps it anyway.
        client.set("message.timeout.ms", "0").set("partitioner", "murmur2_random");
        let producer = client
            .create_with_context(Acknowledgements { sender })
            .map_err(|error| fault(format!("making a producer for {}", settings.brokers), &error))?;
        let (events, rejected) = (topics.call_events(), topics.rejected());
        Ok((Self { producer, events, rejected, site: site.to_owned() }, receiver))
    }

    /// Hands over one record. False: the queue is full, try again after acknowledgements.
    pub fn send(&self, topic: OutputTopic, number: u64, payload: &[u8]) -> Result<bool, Fault> {
        let name = match topic {
            OutputTopic::Events => &self.events,
            OutputTopic::Rejected => &self.rejected,
        };
        let number = usize::try_from(number)
            .map_err(|error| Fault::new(FaultKind::Internal, "numbering a record", error))?;
        let record = BaseRecord::with_opaque_to(name, number).key(&self.site).payload(payload);
        match self.producer.send(record) {
            Ok(()) => Ok(true),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => Ok(false),
            Err((error, _)) => Err(fault("handing an event to the producer", &error)),
        }
    }

    /// How many records wait for Kafka.
    #[must_use]
    pub fn in_flight(&self) -> i32 {
        self.producer.in_flight_count()
    }

    /// Waits until Kafka has everything, so long at most.
    pub fn flush(&self, so_long: Duration) -> Result<(), Fault> {
        self.producer.flush(so_long).map_err(|error| fault("waiting for Kafka's acknowledgements", &error))
    }
}
