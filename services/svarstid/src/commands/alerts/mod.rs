//! `svarstid alerts`: the rules that tell somebody, made of the configuration, for Prometheus and for Grafana.

mod calls;
mod expressions;
mod grafana;
mod health;
mod missing;
mod opening;
mod questions;
mod rules;
mod units;

use config::Config;
use rules::{Group, Rule, RuleFile};
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
    /// The same alerts as a file that Grafana provisions, asked of ClickHouse
    Grafana {
        /// Write it here instead of printing it; Grafana reads it from provisioning/alerting when it starts
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

const PROMETHEUS_HEAD: &str = "# Made by `svarstid alerts prometheus`: change svarstid.toml and make it anew. What each alert means: docs/alerts.md.\n";
const GRAFANA_HEAD: &str = "# Made by `svarstid alerts grafana`: change svarstid.toml and make it anew. What each alert means: docs/alerts.md.\n";

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config_file)?;
    let others = config.other_sites()?;
    let sites: Vec<&Config> = std::iter::once(&config).chain(&others).collect();
    let (text, output) = match &arguments.command {
        Command::Prometheus { output } => (prometheus(&sites)?, output),
        Command::Grafana { output } => (grafana(&sites)?, output),
    };
    match output {
        Some(file) => std::fs::write(file, text)
            .map_err(|error| anyhow::anyhow!("{} cannot be written: {error}", file.display()))?,
        None => std::io::stdout().lock().write_all(text.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A name, how often Prometheus and Grafana look, and the rules.
type Watched = (&'static str, [&'static str; 2], Vec<Rule>);

/// What is watched at a site. Prometheus has its figures as often as it asks the services;
/// for Grafana each look is a question to ClickHouse.
fn watched(site: &Config) -> anyhow::Result<[Watched; 3]> {
    let mut lasting = calls::targets(site)?;
    lasting.extend(missing::calls(site)?);
    lasting.extend(health::site(site)?);
    Ok([
        ("callers who wait", ["15s", "10s"], calls::waits(site)?),
        ("targets and sources", ["15s", "1m"], lasting),
        ("units", ["5m", "5m"], units::rules(site)?),
    ])
}

/// The rules file. `[alerts]` of each site counts for its queues and targets; that of the file itself for the services.
fn prometheus(sites: &[&Config]) -> anyhow::Result<String> {
    let mut groups = Vec::new();
    for site in sites {
        for (what, [interval, _], mut rules) in watched(site)? {
            rules.retain(Rule::is_for_prometheus);
            if !rules.is_empty() {
                groups.push(Group { name: format!("svarstid {}: {what}", site.site.id), interval, rules });
            }
        }
    }
    let services = health::services(sites)?;
    groups.push(Group { name: "svarstid services".to_owned(), interval: "15s", rules: services });
    Ok(format!("{PROMETHEUS_HEAD}{}", serde_yaml_ng::to_string(&RuleFile { groups })?))
}

/// The file for Grafana; what the services tell only of themselves is Prometheus' to judge.
fn grafana(sites: &[&Config]) -> anyhow::Result<String> {
    let mut file = grafana::File::new();
    for site in sites {
        for (what, [_, interval], rules) in watched(site)? {
            file.add(format!("svarstid {}: {what}", site.site.id), &site.site.id, interval, &rules);
        }
    }
    Ok(format!("{GRAFANA_HEAD}{}", serde_yaml_ng::to_string(&file)?))
}
