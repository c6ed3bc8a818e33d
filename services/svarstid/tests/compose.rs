//! Each service of docker-compose.yml, as the program sees it: its configuration and environment are accepted by
//! `svarstid config check`, and its command is one of the program.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;
use tidy::compose::{Compose, Service};
use tidy::root;

const BAD_CONFIGURATION: i32 = 64;

fn compose() -> Compose {
    Compose::read(&std::fs::read_to_string(root().join("docker-compose.yml")).unwrap()).unwrap()
}

/// The configuration as the collector sees it: with its secrets, which stand nowhere but in its container.
fn inside(folder: &TempDir, service: Service<'_>) -> PathBuf {
    let mounted = service.mounted_at(&service.environment()["SVARSTID_CONFIG"]).unwrap();
    let text = std::fs::read_to_string(root().join(mounted)).unwrap();
    let here = folder.path().display().to_string();
    let compose = compose();
    for secret in ours(&compose).iter().flat_map(Service::secrets) {
        // a key has this form, and any text will do for a password
        std::fs::write(folder.path().join(secret), "5a".repeat(32)).unwrap();
    }
    let configuration = folder.path().join("svarstid.toml");
    std::fs::write(&configuration, text.replace("/run/secrets", &here)).unwrap();
    configuration
}

/// Runs the program with a service's environment.
fn run(service: Service<'_>, arguments: &[&str], more: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    let configuration = inside(&folder, service);
    let here = folder.path().display().to_string();
    let environment = service.environment().into_iter();
    program.env_clear().envs(environment.map(|(name, value)| (name, value.replace("/run/secrets", &here))));
    program.envs(more.iter().copied()).env("SVARSTID_CONFIG", configuration);
    program.args(arguments).output().unwrap()
}

fn ours(compose: &Compose) -> Vec<Service<'_>> {
    let services: Vec<Service<'_>> =
        compose.services().filter(|service| !service.command().is_empty()).collect();
    assert_eq!(services.len(), 3, "collector, processor, sink");
    services
}

#[test]
fn config_check_accepts_every_service() {
    for service in ours(&compose()) {
        let output = run(service, &["config", "check"], &[]);
        assert!(output.status.success(), "{}: {}", service.name, String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn config_check_refuses_a_misspelt_or_impossible_variable() {
    for (name, value) in [("SVARSTID_KAFKA__BROKER", "kafka:9092"), ("SVARSTID_SINK__BATCH_ROWS", "many")] {
        let output = run(ours(&compose())[0], &["config", "check"], &[(name, value)]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(BAD_CONFIGURATION), "{said}");
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn every_command_is_accepted() {
    for service in ours(&compose()) {
        // help is given only where the command and every argument before it are known
        let arguments = [service.command().as_slice(), &["--help"]].concat();
        let output = run(service, &arguments, &[]);
        assert!(output.status.success(), "{}: {}", service.name, String::from_utf8_lossy(&output.stderr));
    }
}
