//! Collector, processor and sink of one installation, on the world's brokers and engine.

use crate::brokers::{self, COPIES};
use crate::load::recordings;
use crate::world::World;
use kafka::Topics;
use std::path::{Path, PathBuf};

/// The services, in the order in which they are started.
pub const SERVICES: [(&str, &str); 3] =
    [("processor", "process"), ("sink", "sink"), ("collector", "collect")];

/// One installation.
pub struct Pipeline {
    /// Its configuration.
    pub config: PathBuf,
    /// The database, and what its topics begin with.
    pub name: &'static str,
    metrics_port: u16,
}

impl Pipeline {
    /// Writes the configuration; `sections` says what is collected.
    pub fn new(world: &World, name: &'static str, spool: &Path, sections: &str) -> anyhow::Result<Self> {
        let base = std::fs::read_to_string(recordings().join("svarstid.toml"))?;
        let [metrics] = brokers::ports()?;
        let config = world.folder().join(format!("{name}.toml"));
        let text = format!(
            "{base}\n[kafka]\nbrokers = \"{}\"\nreplication = {COPIES}\ntopic_prefix = \"{name}-\"\n\
             [clickhouse]\nurl = \"{}\"\ndatabase = \"{name}\"\n\
             [collector]\nlisten = \"127.0.0.1:{}\"\n[collector.spool]\nfolder = \"{}\"\n{sections}",
            world.brokers.address,
            world.clickhouse.1,
            metrics.1,
            spool.display(),
        );
        std::fs::write(&config, text)?;
        Ok(Self { config, name, metrics_port: metrics.1 })
    }

    /// Starts the services.
    pub fn start(&self, world: &mut World) -> anyhow::Result<()> {
        for (name, command) in SERVICES {
            let config = self.config.clone();
            world.herd.start(name, Box::new(move || World::svarstid(&config, &[command])))?;
        }
        Ok(())
    }

    /// Stops them politely.
    pub fn stop(&self, world: &mut World) -> anyhow::Result<()> {
        SERVICES.iter().rev().try_for_each(|(name, _)| world.herd.stop(name))
    }

    /// What ClickHouse answers in this database.
    pub fn ask(&self, world: &World, sql: &str) -> anyhow::Result<String> {
        let more = format!(
            "database={}&date_time_output_format=iso&output_format_json_quote_64bit_integers=0",
            self.name
        );
        world.ask(&more, sql)
    }

    /// The topics.
    #[must_use]
    pub fn topics(&self) -> Topics {
        Topics { prefix: format!("{}-", self.name) }
    }

    /// A value of the collector's metrics, summed over labels.
    pub fn collectors(&self, metric: &str) -> anyhow::Result<f64> {
        let page = ureq::get(format!("http://127.0.0.1:{}/metrics", self.metrics_port)).call();
        let page = page?.body_mut().read_to_string()?;
        let value = |line: &str| line.strip_prefix(metric)?.rsplit(' ').next()?.parse::<f64>().ok();
        Ok(page.lines().filter_map(value).sum())
    }
}
