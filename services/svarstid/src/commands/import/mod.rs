//! `svarstid import`: exported call lists, into the pipeline, or only told how they are understood.

mod hints;
mod page;
mod survey;
mod told;

use super::service;
use super::stop::Grace;
use anyhow::Context;
use config::Config;
use pbx::csv_import::Mapping;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use survey::Survey;

/// What sysexits.h calls wrong data (EX_DATAERR).
const EXIT_DATA: u8 = 65;
/// A larger share of rejected rows means that the mapping does not fit: a sum at the end of a list is no reason.
const REJECTED_PER_CENT_MAX: u64 = 1;

const HELP: &str = "\
Begin with `svarstid import check FILE`: what is once told is not taken back. Rows may stand in any order. A row that was
imported before, from this list or from one that overlaps with it, is not told again. Rows that cannot be used are told
with line, column and reason, and kept in `rejected`. The command ends when Kafka has everything; if it ends badly before
that, run it again. The collector may run meanwhile.";

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = HELP)]
pub struct Arguments {
    /// The list; a gzipped one, too
    #[arg(required = true)]
    file: Option<PathBuf>,
    #[command(flatten)]
    grace: Grace,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Read a list and tell what was understood, sending nothing; exit code 65 if more than 1 % of its rows cannot be used
    Check {
        /// The list; a gzipped one, too
        file: PathBuf,
    },
}

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config_file)?;
    let mapping = config.call_list()?.with_context(|| {
        format!(
            "{} has no section [import]: docs/configuration.md tells what belongs there",
            config_file.display()
        )
    })?;
    match (&arguments.command, &arguments.file) {
        (Some(Command::Check { file }), _) => check(file, &config, &mapping),
        (None, Some(file)) => import(file, &config, &mapping, &arguments.grace),
        // The command line is not accepted without one of them.
        (None, None) => anyhow::bail!("a list is missing"),
    }
}

fn check(file: &Path, config: &Config, mapping: &Mapping) -> anyhow::Result<ExitCode> {
    let survey =
        Survey::of(file, config, mapping).with_context(|| format!("{} could not be read", file.display()))?;
    page::write(&mut std::io::stdout().lock(), file, mapping, &survey)?;
    Ok(if survey.is_usable() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_DATA) })
}

fn import(file: &Path, config: &Config, mapping: &Mapping, grace: &Grace) -> anyhow::Result<ExitCode> {
    let runtime = service("import")?;
    let importing = async { collector::import_list(config, mapping, file, grace.stop_on_signal()?).await };
    let imported = runtime.block_on(importing)?;
    told::write(&mut std::io::stdout().lock(), file, config, &imported)?;
    Ok(ExitCode::SUCCESS)
}

impl Survey {
    /// Few enough rows were rejected, and some were not.
    fn is_usable(&self) -> bool {
        let rejected: u64 = self.rejected.values().map(|rejected| rejected.rows).sum();
        self.rows > 0 && rejected * 100 <= (self.rows + rejected) * REJECTED_PER_CENT_MAX
    }
}
