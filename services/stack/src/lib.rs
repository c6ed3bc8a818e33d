//! Real Kafka and the real ClickHouse engine on one machine, without containers.
//!
//! [`parts`] fetches what is needed once, by pinned version and checksum; [`up`] starts both as supervised children in
//! one folder; [`status`] and [`down`] look at that folder from outside.

mod children;
mod clickhouse;
mod kafka;
pub mod parts;
mod probe;
pub mod readers;
mod registry;
mod roll;
mod settings;
mod state;
mod supervisor;

pub use children::Running;
pub use clickhouse::command as clickhouse_command;
pub use kafka::java;
pub use probe::port_is_free;
pub use registry::Registry;
pub use settings::Settings;
pub use state::{PartStatus, Status, down, is_running, status};

use anyhow::Context;
use std::time::Duration;

/// How long a part may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Room that the data folder must have at the start, bytes: less would fill up in minutes.
const ROOM_BYTES_MIN: u64 = 500_000_000;

/// Who looks on while something takes its time.
pub(crate) struct Watch<'a> {
    /// Told what is being done.
    pub(crate) progress: &'a dyn Fn(&str),
    /// Asked whether to give up.
    pub(crate) stopped: &'a dyn Fn() -> bool,
}

/// Starts both and returns when both answer. Dropping what it returns stops them.
pub fn up(settings: &Settings, progress: &dyn Fn(&str)) -> anyhow::Result<Running> {
    up_unless(settings, progress, &|| false)
}

/// As [`up`]; ends with an error, and leaves nothing running, as soon as `stopped` says so.
pub fn up_unless(
    settings: &Settings,
    progress: &dyn Fn(&str),
    stopped: &dyn Fn() -> bool,
) -> anyhow::Result<Running> {
    let (parts, mut running) = begin(settings, &Watch { progress, stopped })?;
    progress("starting Kafka and ClickHouse");
    let log = settings.folder.join("logs/clickhouse.log");
    running.start("clickhouse", clickhouse::command(settings, &parts)?, log)?;
    start_kafka(settings, &parts, &mut running)?;
    running.wait_until("clickhouse", READY_WITHIN, stopped, || probe::clickhouse_answers(settings))?;
    wait_for_kafka(settings, &running, stopped)?;
    Ok(running)
}

/// Starts Kafka alone, and returns when it answers. Dropping what it returns stops it.
pub fn up_kafka(settings: &Settings, progress: &dyn Fn(&str)) -> anyhow::Result<Running> {
    let (parts, mut running) = begin(settings, &Watch { progress, stopped: &|| false })?;
    progress("starting Kafka");
    start_kafka(settings, &parts, &mut running)?;
    wait_for_kafka(settings, &running, &|| false)?;
    Ok(running)
}

/// What both need: a folder that is ours, free ports, room, and the parts.
fn begin(settings: &Settings, watch: &Watch<'_>) -> anyhow::Result<(parts::Parts, Running)> {
    kafka::check_java()?;
    std::fs::create_dir_all(settings.folder.join("logs"))
        .with_context(|| format!("the data folder {} cannot be made", settings.folder.display()))?;
    let lock = state::claim(&settings.folder)?;
    settings.check_ports()?;
    probe::has_room(&settings.folder, ROOM_BYTES_MIN)?;
    let parts = parts::Parts::ready_watched(&settings.cache, watch)?;
    Ok((parts, Running::new(&settings.folder, lock)))
}

fn start_kafka(settings: &Settings, parts: &parts::Parts, running: &mut Running) -> anyhow::Result<()> {
    running.start("kafka", kafka::command(settings, parts)?, settings.folder.join("logs/kafka.log"))
}

fn wait_for_kafka(settings: &Settings, running: &Running, stopped: &dyn Fn() -> bool) -> anyhow::Result<()> {
    running.wait_until("kafka", READY_WITHIN, stopped, || probe::kafka_answers(settings.kafka_port))
}
