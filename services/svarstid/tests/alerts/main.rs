//! Metrics and alerts, judged by Prometheus' own tools.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]
#![expect(clippy::print_stderr, reason = "what is left out is said")]

mod cases;
mod history;
mod live;
mod metrics;
mod queries;
mod real;
mod receiver;
mod rules;
mod tools;
mod watchers;
