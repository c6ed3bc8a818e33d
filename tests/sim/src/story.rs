//! What happened, in words and in figures.

use std::collections::BTreeMap;

/// How often what happened.
pub type Tally = BTreeMap<&'static str, u64>;

/// Lines of a run, if somebody wants to read them.
#[derive(Debug, Default)]
pub struct Story {
    lines: Option<Vec<String>>,
    tally: Tally,
}

impl Story {
    /// With lines or without.
    #[must_use]
    pub fn new(told: bool) -> Self {
        Self { lines: told.then(Vec::new), tally: Tally::new() }
    }

    /// Whether lines are wanted.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.lines.is_some()
    }

    /// Adds a line.
    pub fn tell(&mut self, at: u64, what: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{:>4}.{:06} {}", at / 1_000_000, at % 1_000_000, what()));
        }
    }

    /// Counts one more.
    pub fn count(&mut self, what: &'static str) {
        self.count_many(what, 1);
    }

    /// Counts so many more.
    pub fn count_many(&mut self, what: &'static str, many: u64) {
        *self.tally.entry(what).or_default() += many;
    }

    /// How often what happened.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// All lines so far.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}
