//! One Kafka broker that is its own controller.

use crate::Settings;
use crate::parts::Parts;
use anyhow::{Context, bail};
use std::path::Path;
use std::process::Command;

const LOG4J: &str = include_str!("../parts/log4j2.yaml");

/// Formats the storage the first time and says how to start the broker.
pub(crate) fn command(settings: &Settings, parts: &Parts) -> anyhow::Result<Command> {
    let folder = settings.folder.join("kafka");
    std::fs::create_dir_all(&folder)?;
    let properties = folder.join("server.properties");
    std::fs::write(&properties, server_properties(settings, &folder.join("data")))?;
    let log4j = folder.join("log4j2.yaml");
    std::fs::write(&log4j, LOG4J)?;
    if !folder.join("data/meta.properties").exists() {
        format(parts, &properties)?;
    }
    let mut command = java(parts, &log4j);
    command.args(["-Xmx512m", "kafka.Kafka"]).arg(&properties);
    Ok(command)
}

fn java(parts: &Parts, log4j: &Path) -> Command {
    let mut command = Command::new("java");
    command.arg("-cp").arg(format!("{}/*", parts.kafka.display()));
    command.arg(format!("-Dlog4j2.configurationFile=file:{}", log4j.display()));
    command
}

fn format(parts: &Parts, properties: &Path) -> anyhow::Result<()> {
    let log4j = properties.with_file_name("log4j2.yaml");
    let id = java(parts, &log4j).args(["kafka.tools.StorageTool", "random-uuid"]).output();
    let id = id.context("java cannot be started")?;
    let id = String::from_utf8_lossy(&id.stdout).trim().to_owned();
    let mut format = java(parts, &log4j);
    format.args(["kafka.tools.StorageTool", "format", "--standalone", "-t", &id, "-c"]).arg(properties);
    let done = format.output()?;
    if !done.status.success() {
        bail!("Kafka's storage cannot be formatted: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}

fn server_properties(settings: &Settings, data: &Path) -> String {
    let Settings { kafka_port, controller_port, .. } = settings;
    [
        "process.roles=broker,controller".to_owned(),
        "node.id=1".to_owned(),
        format!("controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}"),
        format!("listeners=PLAINTEXT://127.0.0.1:{kafka_port},CONTROLLER://127.0.0.1:{controller_port}"),
        "controller.listener.names=CONTROLLER".to_owned(),
        format!("log.dirs={}", data.display()),
        "offsets.topic.replication.factor=1".to_owned(),
        "offsets.topic.num.partitions=8".to_owned(),
        "transaction.state.log.replication.factor=1".to_owned(),
        "transaction.state.log.num.partitions=8".to_owned(),
        "transaction.state.log.min.isr=1".to_owned(),
        "group.initial.rebalance.delay.ms=0".to_owned(),
        // A topic made by accident has one partition and the wrong settings.
        "auto.create.topics.enable=false".to_owned(),
        // The collector's spool is cut when Kafka has the events: they must not be lost with the page cache.
        "log.flush.interval.ms=1000".to_owned(),
    ]
    .join("\n")
        + "\n"
}
