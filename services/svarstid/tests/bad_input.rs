//! Bad input: one clear line, the right exit code, no panic, nothing lost.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22")
}

fn svarstid(config: &Path, arguments: &[&str], file: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    command.arg("--config").arg(config).args(arguments).args(file);
    command.output().unwrap()
}

/// Exit code, and stderr without a word of a panic.
fn check(output: &Output, code: i32, says: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(says), "{stderr:?} does not say {says:?}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

fn recording() -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(recordings().join("ami.raw.txt.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn files_that_are_no_recordings_are_named_for_what_they_are() {
    let config = recordings().join("svarstid.toml");
    let analyze = |bytes: &[u8], says: &str| {
        let file = file(bytes);
        check(&svarstid(&config, &["analyze"], Some(file.path())), 1, says);
    };
    let random: Vec<u8> = (0..200_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    analyze(&random, "it begins neither with an Asterisk manager banner");
    analyze(b"", "it begins neither with an Asterisk manager banner");
    analyze(
        b"\"CHAN_START\",\"1795472477.6\",\"a\",\"2101\",\"\"\n",
        "5 columns where 20 are expected (pbx.cel.columns)",
    );
    analyze(b"SSH-2.0-OpenSSH_9.2\r\n", "it begins neither with an Asterisk manager banner");
    analyze(
        b"Event: Newchannel\r\nChannel: PJSIP/2101-1\r\nChannelState: 4\r\nUniqueid: a.1\r\n\r\n",
        "no Timestamp",
    );
    let gone = recordings().join("gone.txt");
    check(
        &svarstid(&config, &["analyze"], Some(&gone)),
        1,
        "gone.txt could not be analysed: it could not be opened",
    );
}

#[test]
fn a_cut_recording_gives_what_it_holds_and_says_what_it_lacks() {
    let config = recordings().join("svarstid.toml");
    let bytes = recording();
    // In the middle of a message.
    let cut = bytes.len() / 2 + 37;
    let cut = file(&bytes[..cut]);
    let output = svarstid(&config, &["analyze", "--calls"], Some(cut.path()));
    check(&output, 2, "cut off before its empty line");
    let calls = String::from_utf8_lossy(&output.stdout).lines().count();
    assert!((50..171).contains(&calls), "{calls}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("\"outcome\":\"in_progress\""),
        "calls were under way"
    );
}

#[test]
fn a_garbled_message_costs_that_message_only() {
    let config = recordings().join("svarstid.toml");
    let mut bytes = recording();
    let at = bytes.windows(18).position(|window| window == b"Event: TestEvent\r\n").unwrap();
    bytes[at + 30] = 0;
    let garbled = file(&bytes);
    let output = svarstid(&config, &["analyze", "--calls"], Some(garbled.path()));
    check(&output, 2, "not an AMI message");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 171);
}

#[test]
fn a_wrong_configuration_is_exit_64_with_its_place() {
    let text = std::fs::read_to_string(recordings().join("svarstid.toml")).unwrap();
    let configured = |text: String, says: &str| {
        let file = file(text.as_bytes());
        check(&svarstid(file.path(), &["config", "check"], None), 64, says);
        check(&svarstid(file.path(), &["analyze", "x"], None), 64, says);
        check(&svarstid(file.path(), &["collect"], None), 64, says);
    };
    configured(text.replace("[site]", "[site]\ncolour = \"blue\""), "colour");
    configured(text.replace("share = 0.90", "share = 1.5"), "share");
    configured(text.replace("Europe/Stockholm", "Europe/Falkenberg"), "site.time_zone");
    let gone = recordings().join("gone.toml");
    check(&svarstid(&gone, &["config", "check"], None), 64, "gone.toml");
}
