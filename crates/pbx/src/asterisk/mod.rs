//! Asterisk.

pub mod ami;
mod dialect;

pub use dialect::{Dialect, UserEventDialect};
