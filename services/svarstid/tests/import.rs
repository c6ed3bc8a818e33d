//! Importing a list while Kafka is away: it waits, keeps others out, and says what to do when it is stopped.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn lists() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/call-lists")
}

/// The lists' site with its spool in this folder, and no Kafka.
fn import(folder: &Path) -> Command {
    let config = folder.join("svarstid.toml");
    let site = std::fs::read_to_string(lists().join("contact-centre.toml")).unwrap();
    let nowhere = "[kafka]\nbrokers = \"127.0.0.1:9\"\n[collector.spool]\nfolder = \"spool\"\n";
    std::fs::write(&config, format!("{site}\n{nowhere}")).unwrap();
    let mut import = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    import.arg("--config").arg(config).arg("import").arg(lists().join("contact-centre.csv"));
    import.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    import
}

fn check(output: &Output, says: &str) {
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{told}{errors}");
    assert!(told.is_empty() && errors.contains(says), "{told}{errors}");
}

#[test]
fn what_kafka_does_not_have_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let waiting = import(folder.path()).spawn().unwrap();
    let told = folder.path().join("spool/import/told");
    let begun = Instant::now();
    while std::fs::metadata(&told).map_or(0, |file| file.len()) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "it puts nothing into its spool");
        std::thread::sleep(Duration::from_millis(20));
    }
    check(
        &import(folder.path()).output().unwrap(),
        "if another list is being imported, wait until that is done",
    );
    let pid = waiting.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let stopped = waiting.wait_with_output().unwrap();
    check(
        &stopped,
        "not all of the list is in Kafka: import it again when that is mended; nothing is told twice",
    );
}
