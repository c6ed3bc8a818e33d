//! `svarstid sink`: calls and windows to ClickHouse.

use crate::commands::{service, stop_on_signal};
use std::path::Path;
use std::process::ExitCode;

pub fn run(config_file: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config_file)?;
    let runtime = service("sink")?;
    runtime.block_on(async { sink::run(config, stop_on_signal()?).await })?;
    Ok(ExitCode::SUCCESS)
}
