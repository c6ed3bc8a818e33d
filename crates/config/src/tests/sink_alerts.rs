//! `[sink.alerts]`: what is refused, and which files are read.

use super::SMALL;
use crate::{Config, ConfigError, load, parse};

fn with(alerts: &str) -> Result<Config, ConfigError> {
    parse(&format!("{SMALL}\n[sink.alerts]\n{alerts}"))
}

#[track_caller]
fn check(alerts: &str, expect: &str) {
    let error = with(alerts).unwrap_err().to_string();
    assert!(error.contains(expect), "{alerts}: {error}");
}

const LOCAL: &str = "listen = \"127.0.0.1:9104\"\nbearer_token_file = \"token\"\n";
const OUTSIDE: &str = "listen = \"0.0.0.0:9104\"\nbearer_token_file = \"token\"\n";

#[test]
fn impossible_settings() {
    check("", "`listen` is missing");
    check("listen = \"9104\"", "sink.alerts.listen: `9104` is not host:port");
    check("listen = \"localhost:9104\"", "sink.alerts: anybody could post: name a `bearer_token_file`");
    check(OUTSIDE, "the token would go there in plain text: name `certificate_file` and `key_file`");
    check(&format!("{LOCAL}key_file = \"k\""), "`certificate_file` and `key_file` belong together");
    check(&format!("{LOCAL}body_max_kib = 0"), "sink.alerts.body_max_kib: from 1 to 65536");
    check(&format!("{LOCAL}token = \"x\""), "`token` is no key");
}

#[test]
fn possible_settings() {
    assert!(parse(SMALL).unwrap().sink.alerts.is_none());
    assert_eq!(with(LOCAL).unwrap().sink.alerts.unwrap().body_max_kib, 1024);
    with(&format!("{OUTSIDE}without_tls = true")).unwrap();
    with(&format!("{OUTSIDE}certificate_file = \"c\"\nkey_file = \"k\"")).unwrap();
}

#[test]
fn the_token_is_a_file_beside_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("svarstid.toml");
    std::fs::write(&path, format!("{SMALL}\n[sink.alerts]\n{LOCAL}")).unwrap();
    let alerts = load(&path).unwrap().sink.alerts.unwrap();
    let error = alerts.open_secrets().unwrap_err().to_string();
    assert!(error.contains("sink.alerts.bearer_token_file: ") && error.contains("cannot be read"), "{error}");
    std::fs::write(folder.path().join("token"), "short\n").unwrap();
    assert!(alerts.open_secrets().unwrap_err().to_string().contains("one line of at least 16"));
    std::fs::write(folder.path().join("token"), "0123456789abcdef\n").unwrap();
    alerts.open_secrets().unwrap();
    assert_eq!(alerts.read_bearer_token().unwrap().as_deref(), Some("0123456789abcdef"));
}
