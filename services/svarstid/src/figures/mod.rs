//! Figures on the terminal and for scripts.

mod machine;
pub mod report;
mod table;

pub use table::{percent, table};

use crate::commands::analyze::Format;
use kpi::Summary;
use std::io::Write;

/// Prints a summary.
pub fn write(out: &mut dyn Write, summary: &Summary, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Table => table::write(out, summary),
        Format::Json => machine::json(out, summary),
        Format::Jsonl => machine::jsonl(out, summary),
        Format::Csv => machine::csv(out, summary),
    }
}
