//! One Kafka broker that is its own controller.

use crate::Settings;
use crate::parts::Parts;
use anyhow::{Context, bail};
use std::path::Path;
use std::process::Command;

/// What Kafka 4 was compiled for.
const JAVA_MIN: u32 = 17;
const JAVA_WANTED: &str = "Kafka needs Java 17 or newer; scripts/prerequisites.sh installs it or says how";

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

/// An old or a missing Java is told as such, not by what Kafka makes of it.
pub(crate) fn check_java() -> anyhow::Result<()> {
    let said = Command::new("java").arg("-version").output().context(JAVA_WANTED)?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    match java_major(&said) {
        Some(major) if major >= JAVA_MIN => Ok(()),
        Some(major) => bail!("java is version {major}; {JAVA_WANTED}"),
        None => bail!("java does not tell its version ({}); {JAVA_WANTED}", said.trim()),
    }
}

/// From `java -version`: 8 of `"1.8.0_402"`, 17 of `"17.0.15"`, 21 of `"21-ea"`.
fn java_major(said: &str) -> Option<u32> {
    let version = said.split('"').nth(1)?;
    let version = version.strip_prefix("1.").unwrap_or(version);
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Java with Kafka's classes, which logs as this file says; the class and its arguments follow.
#[must_use]
pub fn java(parts: &Parts, log4j: &Path) -> Command {
    let mut command = Command::new("java");
    command.arg("-cp").arg(format!("{}/*", parts.kafka.display()));
    command.arg(format!("-Dlog4j2.configurationFile=file:{}", log4j.display()));
    command
}

fn format(parts: &Parts, properties: &Path) -> anyhow::Result<()> {
    let log4j = properties.with_file_name("log4j2.yaml");
    let id = java(parts, &log4j).args(["kafka.tools.StorageTool", "random-uuid"]).output();
    let id = id.context(JAVA_WANTED)?;
    if !id.status.success() {
        bail!("Kafka's storage tool failed: {}", String::from_utf8_lossy(&id.stderr).trim());
    }
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

#[cfg(test)]
mod tests {
    use super::java_major;

    fn check(said: &str, expect: Option<u32>) {
        assert_eq!(java_major(said), expect, "{said}");
    }

    #[test]
    fn java_tells_its_version_in_many_ways() {
        check("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment", Some(17));
        check("openjdk version \"1.8.0_402\"", Some(8));
        check("java version \"21-ea\"", Some(21));
        check("The operation couldn't be completed. Unable to locate a Java Runtime.", None);
    }
}
