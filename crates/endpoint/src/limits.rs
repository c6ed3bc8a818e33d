//! How much at once, how long and how often: what an endpoint holds in memory is bounded, whoever sends.

use std::time::Duration;

/// Not in the configuration: only tests need others.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests that are read and kept at once.
    pub at_once: usize,
    /// A request waits so long for its turn.
    pub turn_within: Duration,
    /// A connection on which the head of no request comes is closed.
    pub head_within: Duration,
    /// A body comes within this time.
    pub body_within: Duration,
    /// How often a renewed certificate is looked for.
    pub renew_every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_once: 64,
            turn_within: Duration::from_secs(5),
            head_within: Duration::from_secs(60),
            body_within: Duration::from_secs(30),
            renew_every: Duration::from_secs(5),
        }
    }
}
