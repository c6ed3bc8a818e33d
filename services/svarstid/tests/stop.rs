//! A service ends when it is asked to, even if it is waiting for somebody who never answers.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Bit 14 of the mask of caught signals is SIGTERM.
const SIGTERM_MASK: u64 = 1 << 14;

fn listens_to_sigterm(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & SIGTERM_MASK != 0)
}

/// Kafka and ClickHouse are at a port that takes connections and says nothing. What the service logged after it was told to stop.
fn stopped(arguments: &[&str]) -> (Option<i32>, String) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22");
    let spool = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    command.arg("--config").arg(recordings.join("svarstid.toml")).args(arguments);
    command.current_dir(&recordings).stdout(Stdio::null()).stderr(Stdio::piped());
    command.env("SVARSTID_KAFKA__BROKERS", &address);
    command.env("SVARSTID_CLICKHOUSE__URL", format!("http://{address}"));
    command.env("SVARSTID_COLLECTOR__SPOOL__FOLDER", spool.path());
    let mut child = command.env("SVARSTID_STOP_WITHIN", "1").spawn().unwrap();
    while !listens_to_sigterm(child.id()) && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(10));
    }
    // It asks, and waits for the answer.
    let asked = silent.accept().unwrap();
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(asked);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn whoever_gets_no_answer_ends_in_time_and_says_so() {
    let (code, log) = stopped(&["process"]);
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("broken off"), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn whoever_can_end_well_does() {
    for arguments in [&["sink"][..], &["collect", "--replay", "ami.raw.txt.gz"]] {
        let (code, log) = stopped(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {log}");
        assert!(!log.contains("broken off") && !log.contains("panicked"), "{arguments:?}: {log}");
    }
}
