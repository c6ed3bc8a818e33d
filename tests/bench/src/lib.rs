//! How fast it is: every line of `make bench` but those of `svarstid analyze`, of the codec and of the dashboards.
//!
//! Each part measures one thing, tells [`line::Line`]s, and has a small size that a test runs through. docs/performance.md has
//! what each line means.

pub mod core;
pub mod counted;
pub mod drawing;
pub mod fill;
pub mod line;
pub mod moments;
pub mod open;
pub mod parts;
pub mod recording;
pub mod seen;
pub mod story;
pub mod town;

#[global_allocator]
static ALLOCATOR: counted::Counted = counted::Counted;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Size {
    /// Figures.
    Full,
    /// Whether it still runs.
    Smoke,
}

impl Size {
    /// The first, or the second when it is only to be seen whether it runs.
    #[must_use]
    pub fn of<T>(self, full: T, smoke: T) -> T {
        match self {
            Self::Full => full,
            Self::Smoke => smoke,
        }
    }

    /// How often each thing is measured.
    #[must_use]
    pub fn rounds(self) -> usize {
        self.of(3, 1)
    }
}
