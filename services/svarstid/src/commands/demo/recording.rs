//! When the recording was, and when it shall be.

use anyhow::Context;
use collector::{Shift, Span, Speed};
use pipeline::{Clock, SystemClock};
use std::path::Path;

/// The times of a recording's first and last event.
pub fn span(file: &Path) -> anyhow::Result<Span> {
    collector::span(file).with_context(|| format!("{} cannot be replayed", file.display()))
}

/// The shift as one fixed time, so that what is expected and what is collected are moved alike.
pub fn shift(wanted: Shift, speed: Speed, span: &Span) -> (Shift, i64) {
    let begins_us = match (wanted, speed) {
        (Shift::None, _) => return (Shift::None, 0),
        (Shift::At(at_us), _) => at_us,
        (Shift::Now, Speed::Max) => SystemClock.now_us() - (span.last_us - span.first_us),
        (Shift::Now, Speed::Times(_)) => SystemClock.now_us(),
    };
    (Shift::At(begins_us), begins_us - span.first_us)
}
