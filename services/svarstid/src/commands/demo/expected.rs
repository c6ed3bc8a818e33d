//! What must come out of the pipeline, worked out without it.

use crate::commands::analyze::assemble::Assembly;
use config::Config;
use kpi::Summary;
use std::path::Path;

/// The oracle's figures.
pub struct Expected {
    /// The table.
    pub summary: Summary,
    /// Calls, without those that became a part of others.
    pub calls: u64,
    /// Records that cannot be used.
    pub rejected: u64,
}

impl Expected {
    /// Reads the recording as `analyze` does, with its times moved.
    pub fn of(config: &Config, recording: &Path, shift_us: i64) -> anyhow::Result<Self> {
        let mut assembly = Assembly::new(config)?.shifted(shift_us);
        assembly.read(recording)?;
        let report = assembly.finish();
        let calls: Vec<_> = report.calls.iter().filter(|call| call.merged_into.is_none()).collect();
        let summary = Summary::from_calls(calls.iter().copied(), &config.kpi_settings());
        Ok(Self { summary, calls: calls.len() as u64, rejected: report.rejected.len() as u64 })
    }
}
