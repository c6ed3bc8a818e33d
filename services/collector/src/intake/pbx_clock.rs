//! The PBX's clock beside ours.

const MINUTE_US: i64 = 60_000_000;
/// A clock that is further off than this makes waits between sources and open minutes wrong.
const ASTRAY_US: i64 = 5_000_000;

/// How far the PBX's clock is ahead of ours. An event comes after it happened, so of many the one that seems to be ahead most is
/// right but for the shortest way from the PBX to us.
#[derive(Debug, Default)]
pub(super) struct PbxClock {
    minute: i64,
    /// The most of this minute.
    most_us: Option<i64>,
    /// The most of the last whole minute.
    ahead_us: Option<i64>,
}

impl PbxClock {
    /// An event with its time was received; gives how far the clock is ahead, µs: by the last whole minute, or by the first one so far.
    pub fn see(&mut self, at_us: i64, received_us: i64) -> i64 {
        let (minute, ahead_us) = (received_us.div_euclid(MINUTE_US), at_us.saturating_sub(received_us));
        if minute != self.minute {
            self.minute = minute;
            if let Some(most_us) = self.most_us.take() {
                self.ahead_us = Some(most_us);
                warn_if_astray(most_us);
            }
        }
        let most_us = self.most_us.map_or(ahead_us, |most| most.max(ahead_us));
        self.most_us = Some(most_us);
        self.ahead_us.unwrap_or(most_us)
    }
}

fn warn_if_astray(ahead_us: i64) {
    if ahead_us.abs() > ASTRAY_US {
        tracing::warn!(
            ahead_s = ahead_us / 1_000_000,
            "the PBX's clock and ours differ; keep both by NTP, or its calls stand in wrong minutes"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_that_came_fastest_tells_the_clock() {
        let mut clock = PbxClock::default();
        let second = 1_000_000;
        let mut see = |received_s: i64, at_s: i64| clock.see(at_s * second, received_s * second) / second;
        assert_eq!(see(0, 7), 7, "the first one, at once");
        assert_eq!(see(1, 10), 9);
        assert_eq!(see(30, 31), 9, "this one was long on its way");
        assert_eq!(see(61, 62), 9, "the whole minute said so");
        assert_eq!(see(62, 62), 9);
        assert_eq!(see(125, 125), 1, "the clock was set");
    }
}
