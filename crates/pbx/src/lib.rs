//! Pure parsers: the bytes of one PBX make become the one closed set of call events.
//!
//! No number leaves a parser raw: every field that may hold one goes through [`Numbers`].

pub mod asterisk;
pub mod csv_import;
mod csv_line;
mod lines;
mod record;
pub mod webhook;

pub use call::Numbers;
pub use lines::{Line, Lines};
pub use record::{Draft, Record};
