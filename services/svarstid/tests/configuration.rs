//! What a wrong configuration does to the command: exit code 64 and one line.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use std::path::Path;
use std::process::{Command, Output};

fn run(config: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    command.arg("--config").arg(config).args(arguments).envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn exit_codes() {
    let recording = root().join("tests/recordings/asterisk22/svarstid.toml");
    let check = |config: &Path, variables: &[(&str, &str)], code: i32, says: &str| {
        let (got, stdout, stderr) = run(config, &["config", "check"], variables);
        assert_eq!(got, code, "{stdout}{stderr}");
        assert!(stdout.contains(says) || stderr.contains(says), "{stdout}{stderr}");
        let lines = stderr.lines().count();
        assert_eq!(lines, usize::from(code != 0), "{stderr}");
        assert_eq!(stdout.is_empty(), code != 0, "{stdout}");
    };
    check(&recording, &[], 0, "queue      vaxel: operators, unit vaxeln");
    check(&recording, &[("SVARSTID_KAFKA__BROKERS", "kafka:9092")], 0, "kafka:9092, 4 partitions");
    check(
        &recording,
        &[("SVARSTID_KAFKA__BROKER", "kafka:9092")],
        64,
        "SVARSTID_KAFKA__BROKER: `broker` is no key",
    );
    check(
        &recording,
        &[("SVARSTID_SINK__BATCH_ROWS", "0")],
        64,
        "variable SVARSTID_SINK__BATCH_ROWS: must be at least 1",
    );
    check(&root().join("README.md"), &[], 64, "TOML parse error");
    check(&root().join("no-such-file.toml"), &[], 64, "cannot be read");
    check(&recording.with_file_name("ami.raw.txt.gz"), &[], 64, "cannot be read");
}

#[test]
fn every_command_refuses_it_in_the_same_way() {
    let nowhere = root().join("no-such-file.toml");
    for arguments in [&["sql", "SELECT 1"][..], &["stack", "status"], &["analyze", "x"]] {
        let (code, _, stderr) = run(&nowhere, arguments, &[]);
        assert_eq!((code, stderr.lines().count()), (64, 1), "{arguments:?}: {stderr}");
    }
}

#[test]
fn secrets_are_opened_unless_the_machine_has_none() {
    let deployed = root().join("deploy/svarstid.toml");
    let (code, stdout, _) = run(&deployed, &["config", "check", "--without-secrets"], &[]);
    assert_eq!(code, 0, "{stdout}");
    let (code, _, stderr) = run(&deployed, &["config", "check"], &[]);
    let opened = code == 0 || (code == 64 && stderr.contains("epoch 1: /run/secrets/"));
    assert!(opened, "{stderr}");
}

#[test]
fn a_new_key_is_new() {
    let key = || run(&root().join("no-such-file.toml"), &["key", "new", "--epoch", "3"], &[]).1;
    let (one, other) = (key(), key());
    assert!(one.contains("epoch = 3\nhex = \""));
    assert_ne!(one, other);
}
