//! The files against Grafana's own schemas, by its foundation SDK: what it does not know would be lost on the way through it.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
#![expect(clippy::print_stderr, reason = "what is left out is said")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the SDK loses though Grafana keeps it. The query of an annotation belongs to the data source's plugin, which the SDK does not know;
/// `definition` is the text of a variable's query that Grafana's editor writes beside it; `style` went with version 11.
const LOST_BY_SDK: [&str; 8] = [
    "dashboards.annotations.list[].target.datasource",
    "dashboards.annotations.list[].target.editorType",
    "dashboards.annotations.list[].target.format",
    "dashboards.annotations.list[].target.queryType",
    "dashboards.annotations.list[].target.rawSql",
    "dashboards.annotations.list[].target.refId",
    "dashboards.style",
    "dashboards.templating.list[].definition",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Folders of the SDK's versions; none where it cannot be had.
fn sdks() -> Vec<PathBuf> {
    let fetched = Command::new(root().join("scripts/grafana-sdk.sh")).output().unwrap();
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache"))).unwrap_or_default();
    let folder = cache.join("svarstid/grafana-sdk");
    if !folder.join("complete").exists() {
        eprintln!("{}", String::from_utf8_lossy(&fetched.stderr).trim());
        return Vec::new();
    }
    let inside = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    inside.filter(|path| path.is_dir()).collect()
}

/// Every dashboard, and every alert rule in the shape of Grafana's interface.
fn files() -> Value {
    let dashboards: Vec<Value> =
        dashboards::files().iter().map(|file| serde_json::from_str(&file.text).unwrap()).collect();
    let alerts = std::fs::read_to_string(root().join("grafana/provisioning/alerting/svarstid.yml")).unwrap();
    let alerts: Value = serde_yaml_ng::from_str(&alerts).unwrap();
    let groups = alerts["groups"].as_array().unwrap().iter();
    let rules: Vec<&Value> = groups.flat_map(|group| group["rules"].as_array().unwrap()).collect();
    json!({ "dashboards": dashboards, "rules": rules })
}

/// Places that are not the same after a way through this SDK.
fn lost(sdk: &Path, files: &Value) -> BTreeMap<String, u64> {
    let script = root().join("crates/dashboards/tests/schema/round_trip.py");
    let mut python = Command::new("python3");
    python.arg(script).arg(sdk).env("PYTHONDONTWRITEBYTECODE", "1");
    let mut child =
        python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(files.to_string().as_bytes());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}: {}", sdk.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn grafanas_schemas_know_every_key() {
    let mut files = files();
    let sdks = sdks();
    for sdk in &sdks {
        let lost: Vec<String> = lost(sdk, &files).into_keys().collect();
        let unknown: Vec<&String> =
            lost.iter().filter(|place| !LOST_BY_SDK.contains(&place.as_str())).collect();
        assert!(unknown.is_empty(), "{} does not know {unknown:?}", sdk.display());
    }
    // And it would tell of a key that is none.
    let Some(sdk) = sdks.first() else { return };
    files["dashboards"][0]["panels"][1]["maxDataPoint"] = 5.into();
    files["rules"][0]["noDataStates"] = "OK".into();
    let lost = lost(sdk, &files);
    assert!(lost.contains_key("dashboards.panels[].maxDataPoint") && lost.contains_key("rules.noDataStates"));
}
