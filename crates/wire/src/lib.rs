//! The only room that knows bytes: Avro ⇄ domain, rows ⇄ ClickHouse. Reads `schemas/`.

mod codec;
mod rejected;

pub use codec::{Codec, WireError};
pub use rejected::{RejectReason, Rejected};
