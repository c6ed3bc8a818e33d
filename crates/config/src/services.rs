//! Settings of the services. Every one has a default that works on one machine.

use crate::{FollowedFile, SinkAlerts, Webhook};
use serde::Deserialize;
use std::path::PathBuf;

/// `[kafka]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kafka {
    /// `host:port,…`
    pub brokers: String,
    /// What every topic's name begins with, so that several installations can share a cluster.
    pub topic_prefix: String,
    /// Which making of everything that follows from `call-events`, from 1. Above 1 the topics that follow, the database and the
    /// processor's group have it in their names, so that generations run side by side.
    pub generation: u32,
    /// Partitions of `call-events` and everything that follows it.
    pub partitions: i32,
    /// Copies of each partition.
    pub replication: i32,
    /// A schema registry with Confluent's REST API; none: the schemas in the program, for one machine.
    pub schema_registry: Option<String>,
}

/// `[clickhouse]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClickHouse {
    /// Its HTTP address.
    pub url: String,
    /// Database.
    pub database: String,
    /// User.
    pub user: String,
    /// Password, also from `SVARSTID_CLICKHOUSE__PASSWORD`.
    pub password: String,
    /// The cluster of its `remote_servers` that the tables lie on; none: one node.
    pub cluster: Option<String>,
}

/// `[collector]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Collector {
    /// Where `/metrics`, `/healthz`, `/readyz` are served; none: nowhere.
    pub listen: Option<String>,
    /// The disk spool.
    pub spool: Spool,
    /// Log files of the PBX that are read while it writes them.
    pub files: Vec<FollowedFile>,
    /// Where a PBX posts its events; none: nowhere.
    pub webhook: Option<Webhook>,
}

/// `[collector.spool]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spool {
    /// Its folder; none: `spool` in the state folder of `[stack]`.
    pub folder: Option<PathBuf>,
    /// Its largest size.
    pub max_mib: u64,
    /// Force to disk at least this often; 0 forces every batch.
    pub sync_every_ms: u64,
}

/// `[processor]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Processor {
    /// Where `/metrics`, `/healthz`, `/readyz` are served.
    pub listen: Option<String>,
    /// Consumer group and prefix of transactional ids.
    pub group: String,
    /// Name of this member; a restart under the same name resumes at once.
    pub instance: String,
    /// A transaction is committed at least this often; five times less often while more input is there than was taken.
    pub commit_every_ms: u64,
    /// How long a minute stays open for revisions.
    pub allowed_lateness_s: u32,
    /// A call older than this is ended as `unknown`.
    pub max_call_age_s: u32,
    /// How many threads share the partitions, each a member of the group.
    pub threads: u16,
    /// Configuration files, or folders of them, of further sites whose calls are computed here.
    pub sites: Vec<PathBuf>,
}

/// `[sink]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sink {
    /// Where `/metrics`, `/healthz`, `/readyz` are served.
    pub listen: Option<String>,
    /// Consumer group.
    pub group: String,
    /// Name of this member.
    pub instance: String,
    /// Rows in a batch at most.
    pub batch_rows: usize,
    /// A batch is written at least this often.
    pub batch_every_ms: u64,
    /// Part of every insert token: raise it after rows were erased, so that they can be written again.
    pub epoch: u32,
    /// Where alerts that are raised are told, for their history; none: nowhere.
    pub alerts: Option<SinkAlerts>,
    /// The events themselves go to ClickHouse, too; `retention.events_days` says for how long.
    pub call_events: bool,
}

/// `[stack]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stack {
    /// Data of Kafka and ClickHouse, their logs and process ids; none: `$XDG_STATE_HOME/svarstid` or
    /// `~/.local/state/svarstid`.
    pub folder: Option<PathBuf>,
    /// Fetched parts; none: `$XDG_CACHE_HOME/svarstid` or `~/.cache/svarstid`.
    pub cache: Option<PathBuf>,
    /// Kafka's client port on 127.0.0.1.
    pub kafka_port: u16,
    /// Kafka's controller port.
    pub controller_port: u16,
    /// ClickHouse's HTTP port.
    pub clickhouse_http_port: u16,
    /// ClickHouse's native port.
    pub clickhouse_tcp_port: u16,
}

pub(crate) fn default_cadence_s() -> u32 {
    6
}

impl Default for Kafka {
    fn default() -> Self {
        Self {
            brokers: "127.0.0.1:19092".into(),
            topic_prefix: String::new(),
            generation: 1,
            partitions: 4,
            replication: 1,
            schema_registry: None,
        }
    }
}

impl Default for ClickHouse {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:18123".into(),
            database: "svarstid".into(),
            user: "svarstid".into(),
            password: "svarstid".into(),
            cluster: None,
        }
    }
}

impl Default for Spool {
    fn default() -> Self {
        Self { folder: None, max_mib: 1024, sync_every_ms: 200 }
    }
}

impl Default for Processor {
    fn default() -> Self {
        Self {
            listen: None,
            group: "svarstid-processor".into(),
            instance: "processor-1".into(),
            commit_every_ms: 200,
            allowed_lateness_s: 3600,
            max_call_age_s: 4 * 3600,
            threads: 1,
            sites: Vec::new(),
        }
    }
}

impl Default for Sink {
    fn default() -> Self {
        Self {
            listen: None,
            group: "svarstid-sink".into(),
            instance: "sink-1".into(),
            batch_rows: 40_000,
            batch_every_ms: 500,
            epoch: 1,
            alerts: None,
            call_events: false,
        }
    }
}

impl Default for Stack {
    fn default() -> Self {
        Self {
            folder: None,
            cache: None,
            kafka_port: 19092,
            controller_port: 19093,
            clickhouse_http_port: 18123,
            clickhouse_tcp_port: 19000,
        }
    }
}
