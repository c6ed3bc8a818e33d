//! A stack of one's own: free ports, a temporary folder, the cache that all share.
#![allow(dead_code, clippy::unwrap_used, reason = "a test, of which each program uses its part")]

use stack::Settings;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn settings(folder: &Path) -> Settings {
    // Held together, so that no two are the same.
    let free: Vec<TcpListener> = (0..4).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let port = |at: usize| free[at].local_addr().unwrap().port();
    Settings {
        folder: folder.to_path_buf(),
        cache: cache(),
        kafka_port: port(0),
        controller_port: port(1),
        clickhouse_http_port: port(2),
        clickhouse_tcp_port: port(3),
        clickhouse_user: "svarstid".into(),
        clickhouse_password: "a <secret> & more".into(),
        clickhouse_database: "svarstid".into(),
        readers: Vec::new(),
        engine: Some(engine()),
    }
}

/// The same as everybody's: nothing is fetched twice on one machine.
#[expect(clippy::disallowed_methods, reason = "where a user's cache is, the environment tells")]
fn cache() -> PathBuf {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let cache = set("XDG_CACHE_HOME").map(PathBuf::from);
    cache.unwrap_or_else(|| PathBuf::from(set("HOME").unwrap()).join(".cache")).join("svarstid")
}

/// Built here as well: a test of one package alone would meet an old one or none.
fn engine() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let built = here.ancestors().nth(2).unwrap();
    // A build of this package alone would make its dependencies anew, with other features: minutes for nothing.
    if built.join("embedded-clickhouse").exists() {
        return built.join("embedded-clickhouse");
    }
    let profile = if built.ends_with("debug") { "dev" } else { "release" };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--package", "embedded-clickhouse", "--profile", profile]);
    cargo.arg("--target-dir").arg(built.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(cargo.status().unwrap().success(), "embedded-clickhouse does not build");
    built.join("embedded-clickhouse")
}

/// What the engine answers, trimmed, or what it refuses with.
pub fn ask(settings: &Settings, user: &str, password: &str, sql: &str) -> Result<String, String> {
    ask_with(settings, user, password, sql, "")
}

pub fn ask_with(
    settings: &Settings,
    user: &str,
    password: &str,
    sql: &str,
    more: &str,
) -> Result<String, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let answer = agent
        .post(format!("http://127.0.0.1:{}/?{more}", settings.clickhouse_http_port))
        .header("X-ClickHouse-User", user)
        .header("X-ClickHouse-Key", password)
        .send(sql);
    let mut answer = answer.map_err(|error| error.to_string())?;
    let body = answer.body_mut().read_to_string().unwrap().trim().to_owned();
    if answer.status().is_success() { Ok(body) } else { Err(body) }
}

/// Processes whose command line names the folder.
pub fn processes_of(folder: &Path) -> Vec<String> {
    let named = format!("{}/", folder.display());
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let command = |entry: std::fs::DirEntry| std::fs::read_to_string(entry.path().join("cmdline")).ok();
    processes.filter_map(command).filter(|command| command.contains(&named)).collect()
}
