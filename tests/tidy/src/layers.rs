//! Rules about rooms: who may depend on whom, and what a room may be called.

use crate::File;
use std::collections::BTreeSet;
use toml::{Table, Value};

/// What a dependency table may be called; tests may need more than code, except where a client is named.
const CODE: [&str; 2] = ["dependencies", "build-dependencies"];
const ALL: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];

/// A dependency and the only rooms whose manifests may name it.
const CLIENTS: [(&str, &[&str]); 7] = [
    ("rdkafka", &["crates/kafka", "tests/peers/ours"]),
    ("clickhouse", &["crates/clickhouse"]),
    ("apache-avro", &["crates/wire", "tests/peers/ours"]),
    ("prometheus", &["crates/telemetry"]),
    ("axum", &["crates/telemetry", "crates/endpoint", "services/collector", "services/sink"]),
    ("axum-server", &["crates/endpoint"]),
    ("libloading", &["services/embedded-clickhouse"]),
];

/// Pure rooms and everything they may depend on.
const PURE: [(&str, &[&str]); 7] = [
    ("crates/call", &["foldhash"]),
    ("crates/window", &[]),
    ("crates/kpi", &["call", "window"]),
    ("crates/dashboards", &["serde_json"]),
    ("crates/generate", &["call", "jiff", "org", "rand", "rand_chacha", "rand_distr", "thiserror"]),
    ("crates/org", &["call", "hmac", "jiff", "sha2", "thiserror"]),
    (
        "crates/pbx",
        &[
            "call",
            "csv-core",
            "jiff",
            "memchr",
            "schemars",
            "serde",
            "serde_json",
            "serde_path_to_error",
            "thiserror",
            "wide",
        ],
    ),
];

/// The manifest of each room: its folder and its parsed content.
fn manifests(files: &[File]) -> (Vec<(String, Table)>, Vec<String>) {
    let (mut rooms, mut faults) = (Vec::new(), Vec::new());
    for file in files {
        let Some(folder) = file.path.strip_suffix("/Cargo.toml") else { continue };
        match file.text.parse::<Table>() {
            Ok(table) => rooms.push((folder.to_owned(), table)),
            Err(error) => faults.push(format!("{}: {error}", file.path)),
        }
    }
    (rooms, faults)
}

fn dependencies<'t>(manifest: &'t Table, tables: &[&str]) -> BTreeSet<&'t str> {
    let names = |table: &&str| manifest.get(*table).and_then(Value::as_table);
    tables.iter().filter_map(names).flat_map(|table| table.keys().map(String::as_str)).collect()
}

/// The pure rooms stay pure, and each client library has one home.
#[must_use]
pub fn edges(files: &[File]) -> Vec<String> {
    let (rooms, mut found) = manifests(files);
    for (folder, manifest) in &rooms {
        for (client, homes) in CLIENTS {
            if dependencies(manifest, &ALL).contains(client) && !homes.contains(&folder.as_str()) {
                found.push(format!("{folder} names {client}; only {} may", homes.join(", ")));
            }
        }
        for (pure, allowed) in PURE.iter().filter(|(pure, _)| pure == folder) {
            let more = dependencies(manifest, &CODE).into_iter().filter(|name| !allowed.contains(name));
            found.extend(
                more.map(|name| {
                    format!("{pure} depends on {name}; it is pure and may know only {allowed:?}")
                }),
            );
        }
        if folder.starts_with("crates/") {
            let services = ["collector", "processor", "sink", "stack", "svarstid"];
            let up = dependencies(manifest, &ALL).into_iter().filter(|name| services.contains(name));
            found.extend(
                up.map(|name| format!("{folder} depends on the service {name}: crates know no services")),
            );
        }
    }
    for file in files.iter().filter(|file| file.has_extension("rs")) {
        // the bench fills topics as nothing in the product does
        let may = ["crates/kafka/", "tests/peers/ours/", "tests/tidy/"];
        let reaches_through = file.text.contains(concat!("rd", "kafka::"));
        if reaches_through && !may.iter().any(|folder| file.path.starts_with(folder)) {
            found.push(format!("{}: names rdkafka; only crates/kafka may", file.path));
        }
    }
    found
}

/// Each manifest takes the workspace's lints, and each dependency's version is said once, in the root. One that is a workspace
/// of its own can do neither.
#[must_use]
pub fn manifest_rules(files: &[File]) -> Vec<String> {
    let (rooms, mut found) = manifests(files);
    for (folder, manifest) in rooms.iter().filter(|(_, manifest)| !manifest.contains_key("workspace")) {
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(Value::as_bool);
        if lints != Some(true) {
            found.push(format!("{folder}/Cargo.toml: write [lints] workspace = true"));
        }
        for table in ALL.iter().filter_map(|table| manifest.get(*table).and_then(Value::as_table)) {
            for (name, wanted) in table {
                if wanted.get("workspace").and_then(Value::as_bool) != Some(true) {
                    found.push(format!(
                        "{folder}/Cargo.toml: {name}: versions stand in the root: {name}.workspace = true"
                    ));
                }
            }
        }
    }
    found
}

/// Rooms and modules that could hold anything end up holding everything.
#[must_use]
pub fn vague_names(files: &[File]) -> Vec<String> {
    let vague = ["common", "util", "utils", "types", "manager", "helpers", "misc"];
    let is_vague = |file: &&File| {
        let in_room = file.path.starts_with("crates/") || file.path.starts_with("services/");
        let mut parts = file.path.split('/');
        in_room && parts.any(|part| vague.contains(&part.trim_end_matches(".rs")))
    };
    files.iter().filter(is_vague).map(|file| format!("{}: name it after what it does", file.path)).collect()
}

/// Every room has its line in ARCHITECTURE.md.
#[must_use]
pub fn unmentioned_rooms(files: &[File]) -> Vec<String> {
    let architecture = files.iter().find(|file| file.path == "ARCHITECTURE.md").map_or("", |file| &file.text);
    let rooms = files.iter().filter_map(|file| file.path.strip_suffix("/Cargo.toml"));
    rooms
        .filter(|room| !architecture.contains(&format!("`{room}`")))
        .map(|room| format!("ARCHITECTURE.md does not tell what lives in `{room}`"))
        .collect()
}
