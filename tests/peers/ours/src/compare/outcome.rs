//! The line that a side prints.

use anyhow::{Context, ensure};

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    pub peer: String,
    /// So many were processed in all.
    pub n: u64,
    /// Of them in the span.
    pub records: u64,
    pub seconds: f64,
    pub cpu_s: f64,
    pub memory_peak_mb: u64,
    pub commits: u64,
    pub late: u64,
}

impl Outcome {
    /// From the line of a side that should have processed so many.
    pub fn read(line: &str, peer: &str, n: u64) -> anyhow::Result<Self> {
        let outcome: Self = serde_json::from_str(line)
            .with_context(|| format!("its line is not as the contract says: {line}"))?;
        ensure!(outcome.peer == peer, "{} answers instead of {peer}", outcome.peer);
        ensure!(outcome.n == n, "it processed {} records instead of {n}", outcome.n);
        ensure!(
            outcome.records > 0 && outcome.seconds > 0.0,
            "its span is empty: all was processed before it began; more --records or less --warmup"
        );
        ensure!(outcome.cpu_s > 0.0 && outcome.memory_peak_mb > 0, "it has used nothing: {line}");
        Ok(outcome)
    }

    pub fn records_per_s(&self) -> f64 {
        self.records as f64 / self.seconds
    }

    pub fn cpu_us_per_record(&self) -> f64 {
        self.cpu_s * 1e6 / self.records as f64
    }
}
