//! Ports, outcomes, invariants, and the pure core of the processor.
//!
//! What the services need from the world stands here as traits and closed enums; `kafka` and `store` keep them. Nothing
//! here knows a broker, a file or bytes.

pub mod clock;
pub mod fault;
pub mod fenced;
pub mod invariant;
pub mod outcome;
pub mod pace;
pub mod ports;
pub mod processor;
pub mod tables;

pub use clock::{Clock, SystemClock};
pub use fault::{Decision, Fault, FaultKind};
pub use fenced::Fenced;
pub use invariant::{Breaches, Invariant};
pub use outcome::{CommitOutcome, Ended};
pub use pace::{BEHIND_TIMES, Pace};
pub use ports::{Batch, Delivery, Ledger, Place, Polled, Record, Source, Table};
pub use tables::{Block, BlockSource, Ranges, Standing, Tables, Unwritten};
