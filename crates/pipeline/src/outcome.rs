//! How the commit of a transaction ended.

use crate::Fault;
use std::time::Duration;

/// Every caller matches all of these; there is no way to take [`CommitOutcome::Unknown`] for success by mistake.
#[derive(Debug)]
#[must_use]
pub enum CommitOutcome {
    /// Records and offsets are durable and visible together.
    Committed,
    /// Nothing of it is or will be visible; the same batch may be done again from the last committed state.
    Aborted(Fault),
    /// It may be committed now, later, or never. The one way on: drop the producer, fence it by a new one, and read the
    /// truth (offsets and changelog) back.
    Unknown(Fault),
}

/// A commit that was under way has ended.
#[derive(Debug)]
#[must_use]
pub struct Ended {
    /// How.
    pub outcome: CommitOutcome,
    /// How long it took since it was begun.
    pub took: Duration,
}
