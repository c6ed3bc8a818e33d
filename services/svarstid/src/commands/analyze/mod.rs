//! `svarstid analyze`: the same parsers, calls and measures as the pipeline, from a file to the terminal.

pub mod assemble;
mod calls;
mod recognise;
mod stream;

use crate::figures;
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Recordings of one site, in the order of their time; gzipped ones too. Their kind is seen from their content.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// One JSON line a call instead of the table.
    #[arg(long)]
    calls: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// How figures are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON line for each row.
    Jsonl,
    /// Comma-separated, with a header.
    Csv,
}

/// Reads, assembles, counts, prints. Records that could not be used are told on stderr and give exit code 2, so that a
/// script never takes a part for the whole.
pub fn run(arguments: &Arguments, config: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config)?;
    let mut assembly = assemble::Assembly::new(&config)?;
    assembly.read_all(&arguments.files, &mut |_| {})?;
    let report = assembly.finish();
    let cadence = config.kpi_settings().cadence;
    let calls = || report.calls.iter().filter(|call| call.merged_into.is_none());
    let mut out = std::io::stdout().lock();
    if arguments.calls {
        calls::write(&mut out, calls(), cadence)?;
    } else {
        let summary = kpi::Summary::from_calls(calls(), &config.kpi_settings());
        figures::write(&mut out, &summary, arguments.format)?;
    }
    report.tell(arguments.format == Format::Table && !arguments.calls);
    Ok(if report.rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
