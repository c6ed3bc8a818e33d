//! Everything that runs: three brokers, the engine, and between all of them what can break the way.

use crate::brokers::{self, Brokers, NAMES};
use crate::disk::Disk;
use crate::herd::Herd;
use crate::links::Links;
use crate::load::recordings;
use crate::plan::Place;
use anyhow::{Context, bail};
use kafka::Settings;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a cluster may take on the slowest machine.
const READY_WITHIN: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Set when everything shall end.
pub type Stop = Arc<AtomicBool>;

/// Dropped in the order of its fields: processes, disks, folder.
pub struct World {
    /// The processes.
    pub herd: Herd,
    /// The small disks, as far as this machine lets us have them; and why not.
    pub disks: BTreeMap<&'static str, Result<Disk, String>>,
    /// Ways between parts.
    pub links: Arc<Links>,
    /// Kafka.
    pub brokers: Brokers,
    /// ClickHouse's own address, and the one behind its proxy.
    pub clickhouse: (String, String),
    engine: stack::Settings,
    stop: Stop,
    folder: PathBuf,
}

/// The name of a place's disk.
#[must_use]
pub fn disk_of(place: Place, broker: &'static str) -> &'static str {
    match place {
        Place::Spool => "spool",
        Place::Broker => broker,
        Place::ClickHouse => "clickhouse",
    }
}

/// A program of this workspace, beside the one that runs.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe().context("the running program's place is not known")?;
    let found = me.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.exists());
    found.with_context(|| format!("{name} is not built; `cargo build --workspace --bins` builds it"))
}

impl World {
    /// Starts brokers and engine; returns when they serve. `small_disks`: those that will be filled.
    pub fn start(folder: &Path, small_disks: &[&'static str], stop: Stop) -> anyhow::Result<Self> {
        let config = config::load(&recordings().join("svarstid.toml"))?;
        let parts = stack::parts::Parts::ready(&config.cache_folder(), &|_| {})?;
        let mut herd = Herd::new(folder.to_owned());
        let links = Links::new(herd.pids());
        let disks = small_disks.iter().map(|name| (*name, disk(folder, name))).collect();
        let [http, tcp, kafka, controller, proxy] = brokers::ports()?;
        let engine = stack::Settings {
            folder: folder.to_owned(),
            clickhouse_http_port: http.1,
            clickhouse_tcp_port: tcp.1,
            kafka_port: kafka.1,
            controller_port: controller.1,
            engine: Some(program("embedded-clickhouse")?),
            ..stack::Settings::from_config(&config)
        };
        links.serve(proxy.0, "clickhouse", SocketAddr::from(([127, 0, 0, 1], http.1)));
        drop((http.0, tcp.0));
        let (settings, fetched) = (engine.clone(), parts.clone());
        herd.start("clickhouse", Box::new(move || stack::clickhouse_command(&settings, &fetched)))?;
        let brokers = Brokers::start(folder, &parts, &mut herd, &links)?;
        let clickhouse = (
            format!("http://127.0.0.1:{}", engine.clickhouse_http_port),
            format!("http://127.0.0.1:{}", proxy.1),
        );
        let folder = folder.to_owned();
        let mut world = Self { herd, disks, links, brokers, clickhouse, engine, stop, folder };
        world.wait_until_ready()?;
        Ok(world)
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let all_there = self.until(READY_WITHIN, |world| {
            let known = kafka::leaders(&world.kafka(), "");
            let brokers = known.is_ok_and(|known| known.brokers.len() == NAMES.len());
            Ok(brokers && world.ask("", "SELECT 1").is_ok())
        })?;
        if !all_there {
            bail!("brokers and engine do not serve; their logs: {}", self.folder.display());
        }
        Ok(())
    }

    /// Where everything lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The cluster, as the judge speaks to it.
    #[must_use]
    pub fn kafka(&self) -> Settings {
        Settings::new(&self.brokers.address, "chaos")
    }

    /// Waits until `done` says so, and keeps everything alive meanwhile. False: not within this time.
    pub fn until(
        &mut self,
        within: Duration,
        mut done: impl FnMut(&mut Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<bool> {
        let begun = Instant::now();
        loop {
            if self.stop.load(Ordering::SeqCst) {
                bail!("stopped");
            }
            self.herd.tend()?;
            if done(self)? {
                return Ok(true);
            }
            if begun.elapsed() > within {
                return Ok(false);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Lets time pass.
    pub fn pause(&mut self, so_long: Duration) -> anyhow::Result<()> {
        self.until(so_long, |_| Ok(false)).map(drop)
    }

    /// What ClickHouse answers, past every proxy; `more` are settings of the query.
    pub fn ask(&self, more: &str, sql: &str) -> anyhow::Result<String> {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(30))).build().into();
        let mut answer = agent
            .post(format!("{}/?{more}", self.clickhouse.0))
            .header("X-ClickHouse-User", &self.engine.clickhouse_user)
            .header("X-ClickHouse-Key", &self.engine.clickhouse_password)
            .send(sql)
            .with_context(|| format!("ClickHouse does not answer {sql:.200}"))?;
        let text = answer.body_mut().with_config().limit(1 << 30).read_to_string()?;
        Ok(text.trim_end().to_owned())
    }

    /// `svarstid` with a configuration and these arguments.
    pub fn svarstid(config: &Path, arguments: &[&str]) -> anyhow::Result<Command> {
        let mut command = Command::new(program("svarstid")?);
        command.arg("--config").arg(config).args(arguments);
        Ok(command)
    }
}

fn disk(folder: &Path, name: &'static str) -> Result<Disk, String> {
    // A broker makes index files of 10 MB each, as holes; the engine writes logs of its own.
    let (at, mib) = match name {
        "spool" => (folder.join("spool"), 32),
        "clickhouse" => (folder.join("clickhouse"), 1024),
        broker => (folder.join(broker), 512),
    };
    Disk::mount(&at, mib).map_err(|error| format!("{error:#}"))
}
