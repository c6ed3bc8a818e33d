//! The ClickHouse engine and its settings.

use crate::Settings;
use crate::parts::Parts;
use crate::readers;
use anyhow::{Context, bail};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use store::access;

/// Writes the settings and says how to start the engine. It ends when its standard input does.
///
/// # Errors
/// A user's name that cannot be one, a folder that cannot be written, no engine beside the running program.
pub fn command(settings: &Settings, parts: &Parts) -> anyhow::Result<Command> {
    let folder = settings.folder.join("clickhouse");
    std::fs::create_dir_all(&folder)?;
    let users = folder.join("users.xml");
    check_user(&settings.clickhouse_user)?;
    write_private(&users, &users_xml(settings)?)?;
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

/// The name becomes an XML element, and two names are the engine's own.
fn check_user(user: &str) -> anyhow::Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts_well = user.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts_well || !user.chars().all(plain) || ["default", "reader"].contains(&user) {
        bail!(
            "[clickhouse] user is `{user}`: on the local stack letters, digits and `_`, and not default or reader"
        );
    }
    Ok(())
}

/// The file holds a password.
fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).truncate(true).write(true).mode(0o600).open(path)?;
    Ok(file.write_all(text.as_bytes())?)
}

fn users_xml(settings: &Settings) -> anyhow::Result<String> {
    let Settings { clickhouse_user, clickhouse_password, clickhouse_database: database, .. } = settings;
    let readers = readers::users(&settings.readers, Some("127.0.0.1"))?;
    Ok(include_str!("../parts/users.xml")
        .replace("READER_PROFILE", access::PROFILE)
        .replace("READER_ROLES", &access::roles(database))
        .replace("READER_USERS", &access::users(database, &readers))
        .replace("SVARSTID_USER", &escape(clickhouse_user))
        .replace("SVARSTID_PASSWORD", &escape(clickhouse_password)))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::check_user;

    fn check(user: &str, good: bool) {
        assert_eq!(check_user(user).is_ok(), good, "{user}");
    }

    #[test]
    fn a_user_is_an_element_of_its_own() {
        check("svarstid", true);
        check("_2", true);
        check("2a", false);
        check("a b", false);
        check("a><b", false);
        check("", false);
        check("default", false);
        check("reader", false);
    }
}
