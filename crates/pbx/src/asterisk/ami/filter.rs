//! What to ask the PBX to send, and nothing more.

use super::super::Dialect;

/// Regular expressions for `Action: Filter` / `eventfilter=`: an event passes if one of them matches.
#[must_use]
pub fn filters(_dialect: &Dialect) -> Vec<String> {
    Vec::new()
}
