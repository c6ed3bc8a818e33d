//! What the sink's tests share: a machine with the real Kafka and ClickHouse, and calls made up from a seed.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod calls;
pub mod machine;
pub mod random;
