//! A Kafka for this alone, on free ports; its data goes when it is dropped.

use anyhow::{Context, anyhow};
use kafka::Settings;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const WITHIN: Duration = Duration::from_secs(30);
/// Names the folder of the fetched parts, as every program's configuration does.
const CONFIGURATION: &str = include_str!("../../../../recordings/asterisk22/svarstid.toml");

pub struct Machine {
    // Dropped in this order: first what runs, then its folder.
    running: stack::Running,
    admin: AdminClient<DefaultClientContext>,
    runtime: Runtime,
    brokers: String,
    logs: PathBuf,
    folder: TempDir,
}

impl Machine {
    /// In a folder of its own below `parent`, which also gets the logs.
    pub fn start(parent: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        let logs = parent.canonicalize()?;
        let folder = tempfile::Builder::new().prefix("kafka-").tempdir_in(&logs)?;
        let settings = settings(folder.path())?;
        let running = stack::up_kafka(&settings, &|_| {})?;
        let brokers = format!("127.0.0.1:{}", settings.kafka_port);
        let admin = Settings::new(&brokers, "svarstid-peer").client().create()?;
        Ok(Self { running, admin, runtime: Runtime::new()?, brokers, logs, folder })
    }

    pub fn brokers(&self) -> String {
        self.brokers.clone()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file that stays.
    pub fn log(&self, name: &str) -> PathBuf {
        self.logs.join(name)
    }

    /// A Kafka that has been started again has another, and what ran meanwhile is worth nothing.
    pub fn kafka_pid(&self) -> anyhow::Result<i32> {
        let pids = self.running.pids();
        pids.into_iter().find(|(name, _)| *name == "kafka").map(|(_, pid)| pid).context("Kafka does not run")
    }

    /// Kept for ever, whatever time its records have.
    pub fn create(&self, topic: &str, partitions: i32) -> anyhow::Result<()> {
        let topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(1)).set("retention.ms", "-1");
        let results = self.runtime.block_on(self.admin.create_topics(&[topic], &options()))?;
        each(results, "creating")
    }

    /// What one run has left does not burden the next.
    pub fn delete_all_but(&self, kept: &str) -> anyhow::Result<()> {
        let metadata = self.admin.inner().fetch_metadata(None, WITHIN)?;
        let names = metadata.topics().iter().map(rdkafka::metadata::MetadataTopic::name);
        let gone: Vec<&str> = names.filter(|name| *name != kept && !name.starts_with("__")).collect();
        let results = self.runtime.block_on(self.admin.delete_topics(&gone, &options()))?;
        each(results, "deleting")
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(WITHIN)).operation_timeout(Some(WITHIN))
}

fn each(results: Vec<rdkafka::admin::TopicResult>, doing: &str) -> anyhow::Result<()> {
    for result in results {
        result.map_err(|(topic, code)| anyhow!("{doing} topic {topic}: {code}"))?;
    }
    Ok(())
}

fn settings(folder: &Path) -> anyhow::Result<stack::Settings> {
    // Held together, so that no two are the same.
    let free = (0..4).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
    let ports = free.iter().map(|port| Ok(port.local_addr()?.port())).collect::<std::io::Result<Vec<_>>>()?;
    Ok(stack::Settings {
        folder: folder.to_owned(),
        kafka_port: ports[0],
        controller_port: ports[1],
        clickhouse_http_port: ports[2],
        clickhouse_tcp_port: ports[3],
        ..stack::Settings::from_config(&config::parse(CONFIGURATION)?)
    })
}
