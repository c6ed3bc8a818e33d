//! `svarstid sql "SELECT …"`: one question to ClickHouse.

use anyhow::{Context, bail};
use config::ClickHouse;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The statement
    query: String,
    /// A ClickHouse output format: PrettyCompact, CSVWithNames, JSONEachRow, …
    #[arg(long, default_value = "PrettyCompactMonoBlock")]
    format: String,
}

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config_file)?;
    let clickhouse = &config.clickhouse;
    // Before the sink has run for the first time there is no database: questions about the server must still work.
    let known = ask(clickhouse, "default", &format!("EXISTS DATABASE {}", clickhouse.database), "TSV")?;
    let database = if known.trim() == "1" { &clickhouse.database } else { "default" };
    let answer = ask(clickhouse, database, &arguments.query, &arguments.format)?;
    std::io::stdout().write_all(answer.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn ask(clickhouse: &ClickHouse, database: &str, query: &str, format: &str) -> anyhow::Result<String> {
    let ClickHouse { url, user, password, .. } = clickhouse;
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent
        .post(url)
        .query("database", database)
        .query("default_format", format)
        .header("X-ClickHouse-User", user)
        .header("X-ClickHouse-Key", password)
        .send(query)
        .with_context(|| format!("ClickHouse does not answer at {url}; `svarstid stack up` starts it"))?;
    let body = response.body_mut().with_config().limit(u64::MAX).read_to_string()?;
    if !response.status().is_success() {
        bail!("ClickHouse refused: {}", body.trim());
    }
    Ok(body)
}
