//! The only room that knows bytes: Avro ⇄ domain, rows ⇄ ClickHouse. Reads `schemas/`.

mod avro;
mod codec;
mod manifest;
mod registry;
mod rejected;
mod resolve;
pub mod rows;
mod schemas;
#[cfg(feature = "strategies")]
pub mod strategies;

pub use codec::{Codec, WireError};
pub use manifest::{Manifest, Written};
pub use rejected::{RejectReason, Rejected};
