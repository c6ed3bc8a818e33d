//! What the processor's tests against real Kafka share.

pub mod feed;
pub mod seen;
pub mod stage;
