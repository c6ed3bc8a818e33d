//! What changes while the state is alive: the definition of the measures, and what Kafka still keeps.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: a failed step is a failed test")]

mod anew;
mod deleted;
mod halves;

use std::sync::Mutex;

/// One broker at a time is enough for a small machine.
static TURN: Mutex<()> = Mutex::new(());
