//! `[collector.webhook]`: what is refused, and which files are read.

use super::SMALL;
use crate::{Config, ConfigError, load, parse};

fn with(webhook: &str) -> Result<Config, ConfigError> {
    parse(&format!("{SMALL}\n[collector.webhook]\n{webhook}"))
}

fn check(webhook: &str, expect: &str) {
    let error = with(webhook).unwrap_err().to_string();
    assert!(error.contains(expect), "{webhook}: {error}");
}

const LOCAL: &str = "listen = \"127.0.0.1:8088\"\nbearer_token_file = \"token\"\n";
const OUTSIDE: &str = "listen = \"0.0.0.0:8088\"\nbearer_token_file = \"token\"\n";

#[test]
fn impossible_settings() {
    check("", "`listen` is missing");
    check(
        "listen = \"8088\"\nbearer_token_file = \"t\"",
        "collector.webhook.listen: `8088` is not host:port",
    );
    check(
        "listen = \"localhost:8088\"",
        "anybody could post: name a `bearer_token_file` or an `hmac_secret_file`",
    );
    check(OUTSIDE, "name `certificate_file` and `key_file`, or write `without_tls = true`");
    check(&format!("{OUTSIDE}key_file = \"k\""), "`certificate_file` and `key_file` belong together");
    let both = "certificate_file = \"c\"\nkey_file = \"k\"\nwithout_tls = true";
    check(&format!("{OUTSIDE}{both}"), "there is a certificate and `without_tls`");
    for key in ["signature_tolerance_s", "body_max_kib", "requests_per_s", "remembered_ids", "heartbeat_s"] {
        check(&format!("{LOCAL}{key} = 0"), &format!("collector.webhook.{key}: from 1 to"));
    }
    check(&format!("{LOCAL}body_max_kib = 65537"), "collector.webhook.body_max_kib: from 1 to 65536");
    check(&format!("{LOCAL}token = \"x\""), "`token` is no key");
}

#[test]
fn plain_http_on_this_machine_or_when_told() {
    for listen in ["127.0.0.1:1", "[::1]:1", "localhost:1"] {
        with(&format!("listen = \"{listen}\"\nhmac_secret_file = \"s\"")).unwrap();
    }
    with(&format!("{OUTSIDE}without_tls = true")).unwrap();
    with(&format!("{OUTSIDE}certificate_file = \"c\"\nkey_file = \"k\"")).unwrap();
}

#[test]
fn secrets_are_files_beside_the_configuration_with_one_good_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("svarstid.toml");
    std::fs::write(&path, format!("{SMALL}\n[collector.webhook]\n{LOCAL}")).unwrap();
    let webhook = load(&path).unwrap().collector.webhook.unwrap();
    let error = |webhook: &crate::Webhook| webhook.open_secrets().unwrap_err().to_string();
    assert!(error(&webhook).contains("collector.webhook.bearer_token_file: "), "{}", error(&webhook));
    for bad in ["", "short\n", "0123456789abcdef\n0123456789abcdef\n", "0123456789 abcdef\n"] {
        std::fs::write(folder.path().join("token"), bad).unwrap();
        assert!(error(&webhook).contains("one line of at least 16"), "{bad:?}");
    }
    std::fs::write(folder.path().join("token"), "0123456789abcdef\n").unwrap();
    webhook.open_secrets().unwrap();
    assert_eq!(webhook.read_bearer_token().unwrap().as_deref(), Some("0123456789abcdef"));
    assert_eq!(webhook.read_hmac_secret().unwrap(), None);
}
