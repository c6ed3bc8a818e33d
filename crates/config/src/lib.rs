//! `svarstid.toml`: one file for every service, every key checked.
//!
//! [`load`] parses, takes overrides from the environment (`SVARSTID_KAFKA__BROKERS`), refuses unknown keys, fills in
//! defaults and checks everything; [`Config::site_plan`] and friends turn text into the domain's own types. What is
//! impossible is an error here and nowhere else.

mod alerts;
mod build;
mod check;
mod check_numbers;
mod check_services;
mod explain;
mod files;
mod folders;
mod import_section;
mod load;
mod opening;
mod overrides;
mod pbx_section;
mod readers;
mod retention;
mod secret;
mod services;
mod sink_alerts;
mod site;
mod sites;
mod webhook;

pub use alerts::{Alerts, Burn, DashboardLanguage, LongestWait};
pub use build::service_target;
pub use files::{FileKind, FileStart, FollowedFile};
pub use import_section::{Import, ImportColumns, ListColumn, ListEncoding};
pub use load::{ConfigError, load, parse};
pub use opening::{ClosedOn, OpeningHours};
pub use pbx_section::{Ami, Cel, CelEvent, Diversions, Pbx, UserEvent};
pub use readers::Reader;
pub use retention::Retention;
pub use services::{ClickHouse, Collector, Kafka, Processor, Sink, Spool, Stack};
pub use sink_alerts::SinkAlerts;
pub use site::{Numbers, PseudonymKey, Queue, QueueKind, Route, ServiceTarget, Site, TargetClock, Unit};
pub use webhook::Webhook;

use serde::Deserialize;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The site.
    pub site: Site,
    /// Which numbers are readable, and how the others become pseudonyms.
    pub numbers: Numbers,
    /// What dialled numbers lead to.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// Queues.
    #[serde(default)]
    pub queues: Vec<Queue>,
    /// Organisation units: a flat list.
    #[serde(default)]
    pub units: Vec<Unit>,
    /// When which numbers are served.
    #[serde(default)]
    pub opening_hours: Vec<OpeningHours>,
    /// The PBX.
    pub pbx: Pbx,
    /// Exported call lists.
    pub import: Option<Import>,
    /// Service-level targets.
    #[serde(default)]
    pub targets: Vec<ServiceTarget>,
    /// When somebody is told.
    #[serde(default)]
    pub alerts: Alerts,
    /// How long ClickHouse keeps what; none: as its tables say.
    pub retention: Option<Retention>,
    /// Who may read what in ClickHouse.
    #[serde(default)]
    pub readers: Vec<Reader>,
    /// Ring cadence: seconds from one signal to the next.
    #[serde(default = "services::default_cadence_s")]
    pub ring_cadence_s: u32,
    /// Kafka.
    #[serde(default)]
    pub kafka: Kafka,
    /// ClickHouse.
    #[serde(default)]
    pub clickhouse: ClickHouse,
    /// The collector.
    #[serde(default)]
    pub collector: Collector,
    /// The processor.
    #[serde(default)]
    pub processor: Processor,
    /// The sink.
    #[serde(default)]
    pub sink: Sink,
    /// Kafka and ClickHouse on one machine.
    #[serde(default)]
    pub stack: Stack,
    /// Where the file stands: relative paths begin here.
    #[serde(skip)]
    pub folder: std::path::PathBuf,
}

#[cfg(test)]
mod tests;
