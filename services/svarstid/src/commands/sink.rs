//! `svarstid sink`: calls and windows to ClickHouse.

use crate::commands::service;
use crate::commands::stop::Grace;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    grace: Grace,
}

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config_file)?;
    let runtime = service("sink")?;
    runtime.block_on(async { sink::run(config, arguments.grace.stop_on_signal()?).await })?;
    Ok(ExitCode::SUCCESS)
}
