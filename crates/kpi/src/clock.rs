//! Ring signals.

/// Seconds from the start of one ring signal to the next (Sweden: 6; 1 s on, 5 s off).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// Whole seconds, at least 1.
    pub seconds: u32,
}

impl Cadence {
    /// Signals heard after `us` of ringing: `floor(t / cadence) + 1`.
    #[must_use]
    pub fn signals(self, us: i64) -> u32 {
        let period_us = i64::from(self.seconds.max(1)) * 1_000_000;
        u32::try_from(us.max(0) / period_us).unwrap_or(u32::MAX - 1) + 1
    }
}
