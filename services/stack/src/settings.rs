//! Where and on which ports.

use crate::probe;
use crate::readers::{self, Reader};
use anyhow::bail;
use std::path::PathBuf;

/// What `up` needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Data, logs and process ids.
    pub folder: PathBuf,
    /// Fetched parts.
    pub cache: PathBuf,
    /// Kafka's client port.
    pub kafka_port: u16,
    /// Kafka's controller port.
    pub controller_port: u16,
    /// ClickHouse's HTTP port.
    pub clickhouse_http_port: u16,
    /// ClickHouse's native port.
    pub clickhouse_tcp_port: u16,
    /// ClickHouse's user for the sink, dashboards' writers and `svarstid sql`.
    pub clickhouse_user: String,
    /// That user's password.
    pub clickhouse_password: String,
    /// The database that readers read.
    pub clickhouse_database: String,
    /// Who else reads, and what.
    pub readers: Vec<Reader>,
    /// The `embedded-clickhouse` program; none: beside the running program.
    pub engine: Option<PathBuf>,
}

impl Settings {
    /// From the configuration.
    #[must_use]
    pub fn from_config(config: &config::Config) -> Self {
        Self {
            folder: config.state_folder(),
            cache: config.cache_folder(),
            kafka_port: config.stack.kafka_port,
            controller_port: config.stack.controller_port,
            clickhouse_http_port: config.stack.clickhouse_http_port,
            clickhouse_tcp_port: config.stack.clickhouse_tcp_port,
            clickhouse_user: config.clickhouse.user.clone(),
            clickhouse_password: config.clickhouse.password.clone(),
            clickhouse_database: config.clickhouse.database.clone(),
            readers: readers::of(config),
            engine: None,
        }
    }

    pub(crate) fn check_ports(&self) -> anyhow::Result<()> {
        let ports = [
            ("kafka_port", self.kafka_port),
            ("controller_port", self.controller_port),
            ("clickhouse_http_port", self.clickhouse_http_port),
            ("clickhouse_tcp_port", self.clickhouse_tcp_port),
        ];
        for (key, port) in ports {
            if !probe::port_is_free(port) {
                bail!(
                    "port {port} on 127.0.0.1 is taken; stop what listens there, or set [stack] {key} to another"
                );
            }
        }
        Ok(())
    }
}
