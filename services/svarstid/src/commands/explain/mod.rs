//! `svarstid explain`: one call told as a time line, and which event each statement about it rests on.

mod changes;
mod files;
mod page;
pub mod story;
mod system;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// So many ids are named when one is meant.
const NAMED_MAX: usize = 10;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The call's id as `analyze --calls` and ClickHouse show it, or its end: the PBX's own id of the caller's channel
    #[arg(required_unless_present = "caller")]
    call: Option<String>,
    /// Recordings of one site, in the order of their time; gzipped ones too. Without any: what the running system has,
    /// the call's row in ClickHouse and its events in Kafka
    files: Vec<PathBuf>,
    #[command(flatten)]
    asked: system::Asked,
}

/// Tells the call.
pub fn run(arguments: &Arguments, config: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config)?;
    match &arguments.call {
        Some(call) if !arguments.files.is_empty() => files::run(&config, call, &arguments.files)?,
        call => return system::run(&config, call.as_deref(), &arguments.asked),
    }
    Ok(ExitCode::SUCCESS)
}
