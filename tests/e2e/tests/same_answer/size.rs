//! How much is compared: by the environment, so that the same test is the large run.

use std::time::Duration;

const CALLS_DEFAULT: u64 = 20_000;
const SEED_DEFAULT: u64 = 1;

#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Generated calls, of all towns together.
    pub calls: u64,
    pub seed: u64,
    /// Whatever is waited for is there by then on the slowest machine, or never.
    pub patience: Duration,
}

impl Size {
    /// `SAME_ANSWER_CALLS` and `SAME_ANSWER_SEED`.
    #[expect(
        clippy::disallowed_methods,
        reason = "it is the test that is asked for more, not a service that is configured"
    )]
    pub fn from_environment() -> Self {
        let of = |name: &str, default: u64| match std::env::var(name) {
            Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is no whole number")),
            Err(_) => default,
        };
        let calls = of("SAME_ANSWER_CALLS", CALLS_DEFAULT);
        let patience = Duration::from_secs(600 + calls / 50);
        Self { calls, seed: of("SAME_ANSWER_SEED", SEED_DEFAULT), patience }
    }
}
