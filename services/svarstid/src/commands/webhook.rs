//! `svarstid webhook schema`: what a PBX may post.

use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// The JSON Schema of one event, for programs that post to /v1/events
    Schema,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let Command::Schema = arguments.command;
    let text = serde_json::to_string_pretty(&pbx::webhook::schema())?;
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(ExitCode::SUCCESS)
}
