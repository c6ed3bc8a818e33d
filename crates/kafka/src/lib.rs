//! The only room that names rdkafka: how the other rooms' ports are kept on Kafka.

pub mod admin;
pub mod event_output;
pub mod fault;
pub mod settings;
pub mod topics;

pub use admin::ensure_topics;
pub use settings::Settings;
pub use topics::Topics;
