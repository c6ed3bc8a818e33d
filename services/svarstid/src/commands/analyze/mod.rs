//! `svarstid analyze`: the same parsers, calls and measures as the pipeline, from a file to the terminal.

pub mod assemble;
pub mod calls;
mod options;
mod output;
pub mod recognise;
pub mod stream;

use assemble::{Assembly, are_of_several_kinds};
use clap::ValueEnum;
use options::Options;
use output::Output;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use stream::Keep;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Recordings of one site, in the order of their time; gzipped ones too. Their kind is seen from their content.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    options: Options,
}

const EXAMPLES: &str = "Examples:
  svarstid analyze FILE                              the headline figures
  svarstid analyze --full FILE                       every measure, for the whole site
  svarstid analyze --by unit --measure reach FILE    one measure, cut by unit
  svarstid analyze --by hour --format csv FILE       everything, hour by hour, for a spreadsheet
  svarstid analyze --open-list FILE                  lost callers whom nobody has called back
What each figure means: docs/measures.md";

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
    let keep =
        if are_of_several_kinds(&arguments.files, &config) { Keep::CallsAndSigns } else { Keep::OpenCalls };
    let mut assembly = Assembly::new(&config)?.keeping(keep);
    let mut output = Output::new(&arguments.options, &config)?;
    let mut written = Ok(());
    assembly.read_all(&arguments.files, &mut |step| {
        let mut ended = step.transition.changed.iter().filter(|call| call.is_final);
        if keep == Keep::OpenCalls && written.is_ok() {
            written = ended.try_for_each(|call| output.take(call, step.event.at_us));
        }
    })?;
    written?;
    let report = assembly.finish();
    report.calls.iter().try_for_each(|call| output.take(call, i64::MIN))?;
    let calls = output.finish()?;
    report.tell(arguments.options.is_for_people().then_some(calls));
    Ok(if report.rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
