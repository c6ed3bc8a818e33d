//! Three brokers, each a controller too. Whoever reaches one, client or broker, comes through its proxy.

use crate::herd::Herd;
use crate::links::Links;
use anyhow::{Context, bail};
use stack::parts::Parts;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Their names, by number.
pub const NAMES: [&str; 3] = ["broker-1", "broker-2", "broker-3"];
/// Copies of everything, and how many must have what is acknowledged.
pub const COPIES: i32 = 3;

/// Sixteen bytes; any do.
const CLUSTER: &str = "MkU3OEVBNTcwNTJENDM2Qk";
const LOG4J: &str = include_str!("../../../services/stack/parts/log4j2.yaml");

/// Where one listens, and where its proxies do.
struct Ports {
    clients: u16,
    controllers: u16,
    clients_proxy: u16,
    controllers_proxy: u16,
}

/// The cluster.
pub struct Brokers {
    /// `host:port,…` of their proxies.
    pub address: String,
    /// Folders of their data.
    pub data: Vec<PathBuf>,
}

impl Brokers {
    /// Formats and starts them; returns before they answer.
    pub fn start(folder: &Path, parts: &Parts, herd: &mut Herd, links: &Arc<Links>) -> anyhow::Result<Self> {
        let mut ports = Vec::new();
        for name in NAMES {
            ports.push(Ports::open(name, links)?);
        }
        let voters: Vec<String> = (1..)
            .zip(&ports)
            .map(|(n, ports)| format!("{n}@127.0.0.1:{}", ports.controllers_proxy))
            .collect();
        let log4j = folder.join("log4j2.yaml");
        std::fs::write(&log4j, LOG4J)?;
        let (mut data, mut formats) = (Vec::new(), Vec::new());
        for (at, ports) in ports.iter().enumerate() {
            let own = folder.join(NAMES[at]);
            std::fs::create_dir_all(own.join("data"))?;
            let properties = own.join("server.properties");
            std::fs::write(&properties, server_properties(at + 1, ports, &voters.join(","), &own))?;
            let mut format = stack::java(parts, &log4j);
            format.args([
                "-XX:TieredStopAtLevel=1",
                "kafka.tools.StorageTool",
                "format",
                "-t",
                CLUSTER,
                "-c",
            ]);
            formats.push(format.arg(&properties).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?);
            data.push(own.join("data"));
        }
        for format in formats {
            let done = format.wait_with_output().context("Kafka's storage tool cannot be run")?;
            if !done.status.success() {
                bail!(
                    "Kafka's storage cannot be formatted: {}",
                    String::from_utf8_lossy(&done.stderr).trim()
                );
            }
        }
        for name in NAMES {
            let (parts, log4j) = (parts.clone(), log4j.clone());
            let properties = folder.join(name).join("server.properties");
            herd.start(name, Box::new(move || Ok(command(&parts, &log4j, &properties))))?;
        }
        let addresses: Vec<String> =
            ports.iter().map(|ports| format!("127.0.0.1:{}", ports.clients_proxy)).collect();
        Ok(Self { address: addresses.join(","), data })
    }
}

impl Ports {
    fn open(name: &'static str, links: &Arc<Links>) -> anyhow::Result<Self> {
        let [clients, controllers, a, b] = ports()?;
        let mut proxies = Vec::new();
        for (proxy, upstream) in [(a, clients.1), (b, controllers.1)] {
            links.serve(proxy.0, name, SocketAddr::from(([127, 0, 0, 1], upstream)));
            proxies.push(proxy.1);
        }
        Ok(Self {
            clients: clients.1,
            controllers: controllers.1,
            clients_proxy: proxies[0],
            controllers_proxy: proxies[1],
        })
    }
}

/// Free ports with what holds them: held together, so that no two are the same.
pub fn ports<const N: usize>() -> anyhow::Result<[(TcpListener, u16); N]> {
    let mut held = Vec::new();
    for _ in 0..N {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        held.push((listener, port));
    }
    held.try_into().ok().context("ports")
}

fn command(parts: &Parts, log4j: &Path, properties: &Path) -> Command {
    let mut command = stack::java(parts, log4j);
    // Three of them on a small machine.
    command.args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "kafka.Kafka"]).arg(properties);
    command
}

fn server_properties(id: usize, ports: &Ports, voters: &str, folder: &Path) -> String {
    let Ports { clients, controllers, clients_proxy, .. } = ports;
    [
        "process.roles=broker,controller".to_owned(),
        format!("node.id={id}"),
        format!("controller.quorum.voters={voters}"),
        format!("listeners=PLAINTEXT://127.0.0.1:{clients},CONTROLLER://127.0.0.1:{controllers}"),
        format!("advertised.listeners=PLAINTEXT://127.0.0.1:{clients_proxy}"),
        "controller.listener.names=CONTROLLER".to_owned(),
        format!("log.dirs={}", folder.join("data").display()),
        "offsets.topic.replication.factor=3".to_owned(),
        "offsets.topic.num.partitions=8".to_owned(),
        "transaction.state.log.replication.factor=3".to_owned(),
        "transaction.state.log.num.partitions=8".to_owned(),
        "transaction.state.log.min.isr=2".to_owned(),
        "min.insync.replicas=2".to_owned(),
        "group.initial.rebalance.delay.ms=0".to_owned(),
        "auto.create.topics.enable=false".to_owned(),
        // A copy that is silent for so long is left behind; the default of 30 s only makes every fault longer.
        "replica.lag.time.max.ms=10000".to_owned(),
        "log.flush.interval.ms=1000".to_owned(),
    ]
    .join("\n")
        + "\n"
}
