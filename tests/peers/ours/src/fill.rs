//! Seeded passes by the rules of the contract, and the panes that they make, by maps and nothing clever.

use crate::pane::Pane;
use crate::pass::{DIRECTIONS, Pass, RESULTS};
use std::collections::HashMap;

/// How the passes are.
#[derive(Debug, Clone)]
pub struct Plan {
    pub records: u64,
    pub sites: u32,
    /// Of each site.
    pub queues: u32,
    /// The time that the events take, µs.
    pub span_us: i64,
    /// The time of the first, µs since 1970.
    pub first_us: i64,
    pub lateness_us: i64,
    pub seed: u64,
}

/// What the last record of each key must be, and how many are late.
#[derive(Debug, Default)]
pub struct Expected {
    pub panes: HashMap<String, Pane>,
    pub late: u64,
}

impl Plan {
    /// Hands every pass to `send`. Three of four are out of order by up to two seconds, one by up to eight tenths of the lateness; in the second
    /// half one of a hundred is late by more than a day.
    pub fn make(&self, mut send: impl FnMut(&Pass<'_>) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut random = fastrand::Rng::with_seed(self.seed);
        let sites: Vec<String> = (0..self.sites).map(|site| format!("site-{site:05}")).collect();
        let queues: Vec<String> = (0..self.queues).map(|queue| format!("queue-{queue}")).collect();
        for number in 0..self.records {
            let part = i128::from(self.span_us) * i128::from(number) / i128::from(self.records);
            let now_us = self.first_us + part as i64;
            let is_late = number > self.records / 2 && random.u32(0..100) == 0;
            let behind_us = match (is_late, random.u32(0..4)) {
                (true, _) => 86_400_000_000 + self.lateness_us,
                (false, 0) => random.i64(0..self.lateness_us * 8 / 10),
                (false, _) => random.i64(0..2_000_000),
            };
            let is_long = random.u32(0..20) == 0;
            send(&Pass {
                site: &sites[random.usize(0..sites.len())],
                queue: &queues[random.usize(0..queues.len())],
                direction: random.usize(0..DIRECTIONS.len()),
                joined_us: now_us - behind_us,
                wait_us: random.i64(0..if is_long { 4_000_000_000 } else { 180_000_000 }),
                // half of them are answered
                result: random.usize(0..2 * RESULTS).saturating_sub(RESULTS),
            })?;
        }
        Ok(())
    }

    /// The same passes again, for what must come of them.
    pub fn expected(&self) -> anyhow::Result<Expected> {
        let mut expected = Expected::default();
        self.make(|pass| {
            if pass.joined_us < self.first_us - self.lateness_us {
                expected.late += 1;
                return Ok(());
            }
            let minute = window::minute_of(pass.joined_us);
            let key = format!("{}/{}/{minute}", pass.key(), DIRECTIONS[pass.direction]);
            expected.panes.entry(key).or_default().add(pass);
            Ok(())
        })?;
        Ok(expected)
    }
}
