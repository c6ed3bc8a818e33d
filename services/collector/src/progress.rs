//! How far the collector has come, for progress bars and for knowing when a recording is through.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counters that only grow.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes to read, 0 while not known.
    pub bytes_total: AtomicU64,
    /// Bytes read.
    pub bytes: AtomicU64,
    /// Messages read.
    pub messages: AtomicU64,
    /// Events kept.
    pub events: AtomicU64,
    /// Records rejected.
    pub rejected: AtomicU64,
    /// Live events that could not be kept.
    pub dropped: AtomicU64,
    /// Records that Kafka has.
    pub delivered: AtomicU64,
    /// Nothing more will be read.
    pub source_done: AtomicBool,
}

impl Progress {
    /// Adds to a counter.
    pub fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Ordering::Relaxed);
    }

    /// Reads a counter.
    #[must_use]
    pub fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}
