//! docs/webhook.md works as it stands: its settings, its commands, its answers.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const DOCUMENT: &str = include_str!("../../../docs/webhook.md");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Its blocks of code: language and text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let fenced = DOCUMENT.split("```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').unwrap()).collect()
}

struct Collector(Child);

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The collector with the document's settings and more; its events stay in the spool.
fn collect(folder: &Path, listen: &str, more: &str) -> Collector {
    let site = fs::read_to_string(root().join("tests/recordings/asterisk22/svarstid.toml")).unwrap();
    let settings = blocks().into_iter().find(|(language, _)| *language == "toml").unwrap().1;
    let settings = settings.replace("127.0.0.1:8088", listen);
    let text = format!("{site}\n{settings}\n[collector.spool]\nfolder = \"spool\"\n{more}");
    fs::write(folder.join("svarstid.toml"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    command.arg("--config").arg(folder.join("svarstid.toml")).arg("collect");
    command.env("SVARSTID_KAFKA__BROKERS", "127.0.0.1:1").stderr(Stdio::null());
    let collector = Collector(command.spawn().unwrap());
    let begun = Instant::now();
    while TcpStream::connect(listen).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the collector does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    collector
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn shell(folder: &Path, script: &str) -> String {
    let output = Command::new("sh").args(["-e", "-c", script]).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    assert!(output.status.success(), "{script}\n{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn the_document_s_commands_get_the_document_s_answers() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("schemas"), folder.path().join("schemas")).unwrap();
    let listen = free_address();
    let (mut collector, mut asked, mut answered) = (None, None, 0);
    for (language, code) in blocks() {
        match language {
            "sh" => {
                let code = code.replace("127.0.0.1:8088", &listen);
                asked = Some(shell(folder.path(), &code));
            }
            "toml" => collector = Some(collect(folder.path(), &listen, "")),
            "json" => {
                assert_eq!(asked.take().as_deref(), Some(code.trim()));
                answered += 1;
            }
            _ => {}
        }
    }
    assert_eq!(answered, 4);
    drop(collector);
}

#[test]
fn events_are_taken_beside_a_manager_that_cannot_be_reached() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("schemas"), folder.path().join("schemas")).unwrap();
    let codes: Vec<&str> =
        blocks().into_iter().filter(|(language, _)| *language == "sh").map(|b| b.1).collect();
    shell(folder.path(), codes[0]);
    let listen = free_address();
    let manager = "[pbx.ami]\naddress = \"127.0.0.1:1\"\nusername = \"a\"\nsecret = \"b\"\n";
    let _collector = collect(folder.path(), &listen, manager);
    let answer = shell(folder.path(), &codes[1].replace("127.0.0.1:8088", &listen));
    assert_eq!(answer, "{\"accepted\":1,\"repeated\":0}");
}

#[test]
fn the_schema_is_printed() {
    let output = Command::new(env!("CARGO_BIN_EXE_svarstid")).args(["webhook", "schema"]).output().unwrap();
    let published = fs::read(root().join("schemas/webhook/call-event.schema.json")).unwrap();
    assert!(output.status.success() && output.stdout == published);
}
