//! The processor against real Kafka.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

mod feed;
mod kill;
mod scale;
mod seen;
mod stage;

use std::sync::Mutex;

/// One broker at a time is enough for a small machine.
static TURN: Mutex<()> = Mutex::new(());
