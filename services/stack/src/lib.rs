//! Real Kafka and the real ClickHouse engine on one machine, without containers.
//!
//! [`parts`] fetches what is needed once, by pinned version and checksum; [`up`] starts both as supervised children in
//! one folder; [`status`] and [`down`] look at that folder from outside.

mod children;
mod clickhouse;
mod kafka;
pub mod parts;
mod probe;
mod registry;
mod settings;
mod state;

pub use children::Running;
pub use probe::port_is_free;
pub use registry::Registry;
pub use settings::Settings;
pub use state::{PartStatus, Status, down, is_running, status};

use anyhow::Context;
use std::time::Duration;

/// How long a part may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Starts both and returns when both answer. Dropping what it returns stops them.
pub fn up(settings: &Settings, progress: &dyn Fn(&str)) -> anyhow::Result<Running> {
    let parts = parts::Parts::ready(&settings.cache, progress)?;
    std::fs::create_dir_all(settings.folder.join("logs"))
        .with_context(|| format!("the data folder {} cannot be made", settings.folder.display()))?;
    let lock = state::claim(&settings.folder)?;
    settings.check_ports()?;
    progress("starting Kafka and ClickHouse");
    let mut running = Running::new(lock);
    running.start("kafka", kafka::command(settings, &parts)?, settings.folder.join("logs/kafka.log"))?;
    let engine = clickhouse::command(settings, &parts)?;
    running.start("clickhouse", engine, settings.folder.join("logs/clickhouse.log"))?;
    running.wait_until("kafka", READY_WITHIN, || probe::kafka_answers(settings.kafka_port))?;
    running.wait_until("clickhouse", READY_WITHIN, || probe::clickhouse_answers(settings))?;
    state::write(settings, &running)?;
    Ok(running)
}
