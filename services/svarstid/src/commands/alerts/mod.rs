//! `svarstid alerts prometheus`: the rules that tell somebody, made of the configuration.

mod calls;
mod expressions;
mod health;
mod rules;

use config::Config;
use rules::{Group, RuleFile};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// A rules file for Prometheus, from [alerts], [[targets]], [[queues]] and [[opening_hours]] of every site
    Prometheus {
        /// Write it here instead of printing it; Prometheus reads it after a reload
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// As often as Prometheus asks the services.
const EVERY: &str = "15s";
const HEAD: &str = "# Made by `svarstid alerts prometheus`: change svarstid.toml and make it anew. What each alert means: docs/alerts.md.\n";

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let Command::Prometheus { output } = &arguments.command;
    let text = prometheus(&config::load(config_file)?)?;
    match output {
        Some(file) => std::fs::write(file, text)
            .map_err(|error| anyhow::anyhow!("{} cannot be written: {error}", file.display()))?,
        None => std::io::stdout().lock().write_all(text.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The rules file. `[alerts]` of each site counts for its queues and targets; that of the file itself for the services.
fn prometheus(config: &Config) -> anyhow::Result<String> {
    let others = config.other_sites()?;
    let sites: Vec<&Config> = std::iter::once(config).chain(&others).collect();
    let mut groups = Vec::new();
    for site in &sites {
        let mut rules = calls::waits(site);
        rules.extend(calls::targets(site));
        rules.extend(health::site(site)?);
        groups.push(Group { name: format!("svarstid site {}", site.site.id), interval: EVERY, rules });
    }
    groups.push(Group {
        name: "svarstid services".to_owned(),
        interval: EVERY,
        rules: health::services(&sites)?,
    });
    Ok(format!("{HEAD}{}", serde_yaml_ng::to_string(&RuleFile { groups })?))
}
