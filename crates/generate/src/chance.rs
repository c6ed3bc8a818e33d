//! Seeded chance.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, LogNormal, Poisson};

/// A lognormal length of time, s: what times of persons look like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Length {
    /// Half are shorter, s.
    pub median: f64,
    /// Spread of the logarithm.
    pub sigma: f64,
}

/// The same seed gives the same numbers on every machine.
#[derive(Debug)]
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// 0 ≤ x < 1.
    pub fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    pub fn happens(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    pub fn below(&mut self, count: usize) -> usize {
        if count < 2 { 0 } else { self.0.random_range(0..count) }
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// µs.
    pub fn length_us(&mut self, length: Length) -> i64 {
        let seconds =
            LogNormal::new(length.median.ln(), length.sigma).map_or(length.median, |d| d.sample(&mut self.0));
        us(seconds)
    }

    /// Exponential, µs.
    pub fn wait_us(&mut self, mean_s: f64) -> i64 {
        us(Exp::new(1.0 / mean_s).map_or(mean_s, |d| d.sample(&mut self.0)))
    }

    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean <= 0.0 {
            return 0;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
        Poisson::new(mean).map_or(0, |d| d.sample(&mut self.0) as u64)
    }

    /// The place in growing sums that a draw falls on.
    pub fn by_weight(&mut self, sums: &[f64]) -> usize {
        let draw = self.unit() * sums.last().copied().unwrap_or(1.0);
        sums.partition_point(|sum| *sum <= draw).min(sums.len().saturating_sub(1))
    }
}

/// Seconds as whole µs, at least a millisecond.
#[expect(clippy::cast_possible_truncation, reason = "hours at most")]
pub(crate) fn us(seconds: f64) -> i64 {
    ((seconds * 1e6) as i64).max(1000)
}

/// A number that looks random and follows from these three: what needs no memory.
pub(crate) fn mixed(seed: u64, a: u64, b: u64) -> u64 {
    let step = |x: u64, y: u64| {
        let mut z = (x ^ y).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    step(step(step(seed, 0), a), b)
}

/// The same as a share, 0 ≤ x < 1.
pub(crate) fn share(seed: u64, a: u64, b: u64) -> f64 {
    (mixed(seed, a, b) >> 11) as f64 / (1u64 << 53) as f64
}
