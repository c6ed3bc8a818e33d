//! Asterisk.

pub mod ami;
pub mod cdr;
pub mod cel;
mod dialect;
pub(crate) mod names;
pub mod queue_log;

pub use dialect::{CelDialect, CelEventDialect, Dialect, UserEventDialect};
pub use names::endpoint;
