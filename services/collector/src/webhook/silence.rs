//! A PBX that promised to post was silent for too long: what happened meanwhile is not known.

use crate::live::last_heard::LastHeard;
use call::Body;
use call::event::GapReason;
use std::path::Path;

/// A single post may get lost, and the next one be late.
const HEARTBEATS: i64 = 3;

pub(super) struct Silence {
    heard: LastHeard,
    longest_us: i64,
    heard_since_start: bool,
}

impl Silence {
    pub fn open(file: &Path, heartbeat_s: u32) -> anyhow::Result<Self> {
        let longest_us = i64::from(heartbeat_s) * HEARTBEATS * 1_000_000;
        Ok(Self { heard: LastHeard::open(file)?, longest_us, heard_since_start: false })
    }

    /// The gap that ends now, if there was one, and its length.
    pub fn gap(&self, now_us: i64) -> Option<(Body, i64)> {
        let from_us = self.heard.at_us().filter(|from_us| now_us - from_us > self.longest_us)?;
        let reason =
            if self.heard_since_start { GapReason::ConnectionLost } else { GapReason::CollectorDown };
        Some((Body::Gap { from_us, to_us: now_us, reason, lost: 0 }, now_us - from_us))
    }

    pub fn heard(&mut self, now_us: i64) -> anyhow::Result<()> {
        self.heard_since_start = true;
        self.heard.heard(now_us);
        self.heard.remember()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_heartbeats_of_silence_are_a_gap_across_a_restart_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("heard");
        let second = 1_000_000;
        let mut silence = Silence::open(&file, 10).unwrap();
        assert_eq!(silence.gap(1000 * second), None, "nobody was heard before");
        silence.heard(1000 * second).unwrap();
        assert_eq!(silence.gap(1030 * second), None);
        let gap = |reason| {
            let (from_us, to_us) = (1000 * second, 1031 * second);
            Some((Body::Gap { from_us, to_us, reason, lost: 0 }, 31 * second))
        };
        assert_eq!(silence.gap(1031 * second), gap(GapReason::ConnectionLost));
        let again = Silence::open(&file, 10).unwrap();
        assert_eq!(again.gap(1031 * second), gap(GapReason::CollectorDown));
    }
}
