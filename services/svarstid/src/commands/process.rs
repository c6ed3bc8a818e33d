//! `svarstid process`: events to calls and windows.

use crate::commands::service;
use crate::commands::stop::Grace;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// So many threads share the partitions, each a member of the consumer group [default: `processor.threads` of the
    /// configuration]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    #[command(flatten)]
    grace: Grace,
}

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let mut config = config::load(config_file)?;
    config.processor.threads = arguments.threads.unwrap_or(config.processor.threads);
    let runtime = service("processor")?;
    runtime.block_on(async { processor::run(config, arguments.grace.stop_on_signal()?).await })?;
    Ok(ExitCode::SUCCESS)
}
