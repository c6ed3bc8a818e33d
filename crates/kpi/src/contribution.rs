//! What one call adds to which panes.

use crate::{Cadence, Pane, PaneKey};
use call::Call;

/// Settings that change what is counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Ring cadence.
    pub cadence: Cadence,
}

/// The panes that a call counts in, and what it adds there. A merged call (`merged_into`) adds nothing.
#[must_use]
pub fn contributions(_call: &Call, _settings: &Settings) -> Vec<(PaneKey, Pane)> {
    Vec::new()
}
