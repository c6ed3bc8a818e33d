//! The only room that names rdkafka: how the other rooms' ports are kept on Kafka.

pub mod topics;

pub use topics::Topics;
