//! `svarstid reconcile`: how the sources of one PBX agree, and how far each hour's calls can be believed.

mod machine;
mod page;

use super::analyze::assemble::Assembly;
use super::analyze::stream::Keep;
use anyhow::bail;
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Files of one PBX of at least two kinds: manager interface, queue_log, channel event log (CEL), call detail
    /// records (CDR); those of one kind in the order of their time; gzipped ones too
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// How the report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// One JSON document.
    Json,
}

/// Reads everything, compares, prints. Records that could not be used are told on stderr and give exit code 2.
pub fn run(arguments: &Arguments, config: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config)?;
    let mut assembly = Assembly::new(&config)?.keeping(Keep::CallsAndSigns);
    assembly.read_all(&arguments.files, &mut |_| {})?;
    let report = assembly.finish();
    let Some(agreement) = &report.agreement else {
        bail!("all of these files are of one kind; name files of another kind of the same PBX beside them");
    };
    let mut out = std::io::stdout().lock();
    match arguments.format {
        Format::Table => page::write(&mut out, agreement)?,
        Format::Json => machine::write(&mut out, agreement)?,
    }
    let calls = agreement.hours.iter().map(|hour| hour.calls).sum();
    report.tell((arguments.format == Format::Table).then_some(calls));
    Ok(if report.rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
