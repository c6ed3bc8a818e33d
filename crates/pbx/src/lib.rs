//! Pure parsers: the bytes of one PBX make become the one closed set of call events.
//!
//! No number leaves a parser raw: every field that may hold one goes through [`Numbers`].

pub mod asterisk;

pub use call::Numbers;
