//! `svarstid import check`: how an exported call list is understood, without anything being sent anywhere.

mod hints;
mod page;
mod survey;

use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use survey::Survey;

/// What sysexits.h calls wrong data (EX_DATAERR).
const EXIT_DATA: u8 = 65;
/// A larger share of rejected rows means that the mapping does not fit: a sum at the end of a list is no reason.
const REJECTED_PER_CENT_MAX: u64 = 1;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Read a list and tell what was understood; exit code 65 if more than 1 % of its rows cannot be used
    Check {
        /// The list; a gzipped one, too
        file: PathBuf,
    },
}

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let Command::Check { file } = &arguments.command;
    let config = config::load(config_file)?;
    let mapping = config.call_list()?.with_context(|| {
        format!(
            "{} has no section [import]: docs/configuration.md tells what belongs there",
            config_file.display()
        )
    })?;
    let survey = Survey::of(file, &config, &mapping)
        .with_context(|| format!("{} could not be read", file.display()))?;
    page::write(&mut std::io::stdout().lock(), file, &mapping, &survey)?;
    Ok(if survey.is_usable() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_DATA) })
}

impl Survey {
    /// Few enough rows were rejected, and some were not.
    fn is_usable(&self) -> bool {
        let rejected: u64 = self.rejected.values().map(|rejected| rejected.rows).sum();
        self.rows > 0 && rejected * 100 <= (self.rows + rejected) * REJECTED_PER_CENT_MAX
    }
}
