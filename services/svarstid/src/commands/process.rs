//! `svarstid process`: events to calls and windows.

use crate::commands::{service, stop_on_signal};
use std::path::Path;
use std::process::ExitCode;

pub fn run(config_file: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config_file)?;
    let runtime = service("processor")?;
    runtime.block_on(async { processor::run(config, stop_on_signal()?).await })?;
    Ok(ExitCode::SUCCESS)
}
