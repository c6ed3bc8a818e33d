//! What a parser gives.

use call::{Body, Text};

/// An event before the collector gives it an id and a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// When it happened by the PBX's clock, µs UTC; none when the PBX did not say.
    pub at_us: Option<i64>,
    /// The channel it is about (Uniqueid).
    pub leg: Option<Text>,
    /// The set of channels (Linkedid).
    pub linked: Option<Text>,
    /// What happened.
    pub body: Body,
}

/// One record of a file and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Offset of the first byte after it.
    pub end: u64,
    /// Its events in their order, or what is wrong with it; holds no number.
    pub meaning: Result<Vec<Draft>, String>,
}
