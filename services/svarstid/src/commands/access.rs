//! `svarstid access`: who may read what, for a ClickHouse server.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: svarstid access > /etc/clickhouse-server/users.d/svarstid-readers.xml\n\
    The server reads the file again by itself. It holds digests of passwords: let nobody but the server read it.")]
pub struct Arguments {}

pub fn run(_: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config_file)?;
    let text = stack::readers::users_file(&config)?;
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
