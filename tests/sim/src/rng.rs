//! Chance from a seed.

/// splitmix64: the same numbers for a seed on every machine.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// Chance that follows from `seed` alone.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `from` to `to`, both included.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.any() % (to.saturating_sub(from) + 1)
    }

    /// As often as so many times in ten thousand.
    pub fn happens(&mut self, of_10_000: u64) -> bool {
        of_10_000 > 0 && self.any() % 10_000 < of_10_000
    }

    /// One of them; the first of an empty list is nothing.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let index = usize::try_from(self.between(0, all.len().saturating_sub(1) as u64)).unwrap_or(0);
        all.get(index)
    }
}
