//! How often a processor commits.

use std::time::Duration;

/// Whoever is behind commits so many times less often: nobody waits for the newest figure there, and what comes and goes between two
/// commits is never written. Most events do: they are kept for as long as their call lives.
pub const BEHIND_TIMES: u32 = 5;

/// When a transaction is committed.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// So long after its first event at the latest; [`BEHIND_TIMES`] that as long as more input is there than was taken.
    pub commit_every: Duration,
    /// After so many events at the latest: bounds what is held. No more are taken in while the commit before is under way.
    pub events_max: usize,
}

impl Pace {
    /// How long after its first event a transaction is committed. `has_caught_up`: since the last commit there was a moment when all of
    /// the input was taken.
    #[must_use]
    pub const fn commit_within(&self, has_caught_up: bool) -> Duration {
        if has_caught_up { self.commit_every } else { self.commit_every.saturating_mul(BEHIND_TIMES) }
    }
}
