//! The ClickHouse engine and its settings.

use crate::Settings;
use crate::parts::Parts;
use anyhow::{Context, bail};
use std::path::PathBuf;
use std::process::Command;

/// Writes the settings and says how to start the engine.
pub(crate) fn command(settings: &Settings, parts: &Parts) -> anyhow::Result<Command> {
    let folder = settings.folder.join("clickhouse");
    std::fs::create_dir_all(&folder)?;
    let users = folder.join("users.xml");
    std::fs::write(&users, users_xml(settings))?;
    let server = folder.join("server.xml");
    std::fs::write(
        &server,
        include_str!("../parts/server.xml").replace("USERS_XML", &users.display().to_string()),
    )?;
    let mut command = Command::new(program(settings)?);
    command
        .arg("--library")
        .arg(&parts.clickhouse)
        .arg("--data")
        .arg(folder.join("data"))
        .arg("--settings")
        .arg(&server)
        .args(["--http-port", &settings.clickhouse_http_port.to_string()])
        .args(["--tcp-port", &settings.clickhouse_tcp_port.to_string()]);
    Ok(command)
}

fn program(settings: &Settings) -> anyhow::Result<PathBuf> {
    if let Some(engine) = &settings.engine {
        return Ok(engine.clone());
    }
    let running = std::env::current_exe().context("the running program's place is not known")?;
    // Tests run from a folder below the one where programs are built.
    let found = running
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("embedded-clickhouse"))
        .find(|p| p.exists());
    match found {
        Some(program) => Ok(program),
        None => bail!("embedded-clickhouse is not beside {}; build it with `make build`", running.display()),
    }
}

fn users_xml(settings: &Settings) -> String {
    let Settings { clickhouse_user, clickhouse_password, .. } = settings;
    include_str!("../parts/users.xml")
        .replace("SVARSTID_USER", &escape(clickhouse_user))
        .replace("SVARSTID_PASSWORD", &escape(clickhouse_password))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
