//! What a pane is about.

use call::{Direction, Text};

/// Whose figures a pane holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// All calls of the site; `name` is the site.
    Site,
    /// One queue: passes.
    Queue(Text),
    /// One organisation unit: its calls, and the passes of its queues.
    Unit(Text),
}

/// One pane: one minute of one dimension, for one direction of calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaneKey {
    /// The site.
    pub site: Text,
    /// Minutes since 1970-01-01 00:00 UTC.
    pub minute: i64,
    /// Whose.
    pub dimension: Dimension,
    /// Which calls.
    pub direction: Direction,
}

impl Dimension {
    /// `site`, `queue` or `unit`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Queue(_) => "queue",
            Self::Unit(_) => "unit",
        }
    }

    /// The queue's or unit's name; empty for the site.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Site => "",
            Self::Queue(name) | Self::Unit(name) => name,
        }
    }

    /// Reads `kind` and `name` back.
    #[must_use]
    pub fn from_words(kind: &str, name: &str) -> Option<Self> {
        match kind {
            "site" => Some(Self::Site),
            "queue" => Some(Self::Queue(name.into())),
            "unit" => Some(Self::Unit(name.into())),
            _ => None,
        }
    }
}
