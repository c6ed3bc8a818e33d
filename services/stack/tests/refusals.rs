//! What stops a start is told in one line that names what to do; what was left behind is stopped.
#![allow(clippy::unwrap_used, reason = "a test")]

mod own_stack;

use own_stack::settings;
use stack::Settings;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};

fn check(settings: &Settings, expect: &[&str]) {
    let error = format!("{:#}", stack::up(settings, &|_| {}).map(drop).unwrap_err());
    for word in expect {
        assert!(error.contains(word), "{word} is not in: {error}");
    }
    assert!(!error.contains('\n'), "{error}");
    assert_eq!(own_stack::processes_of(&settings.folder), Vec::<String>::new());
}

#[test]
fn a_taken_port_is_named_with_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for key in ["kafka_port", "controller_port", "clickhouse_http_port", "clickhouse_tcp_port"] {
        let mut settings = settings(folder.path());
        match key {
            "kafka_port" => settings.kafka_port = port,
            "controller_port" => settings.controller_port = port,
            "clickhouse_http_port" => settings.clickhouse_http_port = port,
            _ => settings.clickhouse_tcp_port = port,
        }
        check(&settings, &[&port.to_string(), "is taken", &format!("[stack] {key}")]);
    }
}

#[test]
fn an_engine_that_cannot_live_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let broken = Settings { engine: Some("/bin/false".into()), ..settings(folder.path()) };
    check(&broken, &["clickhouse", "ended 3 times at once", "its log", "logs/clickhouse.log"]);
}

#[test]
fn an_engine_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Settings { engine: Some("/no/such/engine".into()), ..settings(folder.path()) };
    check(&missing, &["/no/such/engine cannot be started"]);
}

#[test]
fn a_user_that_is_no_element_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let odd = Settings { clickhouse_user: "a b".into(), ..settings(folder.path()) };
    check(&odd, &["[clickhouse] user", "`a b`"]);
}

#[test]
fn a_start_that_is_called_off_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let error = stack::up_unless(&settings, &|_| {}, &|| true).map(drop).unwrap_err();
    assert!(error.to_string().contains("stopped before"), "{error:#}");
    assert_eq!(own_stack::processes_of(&settings.folder), Vec::<String>::new());
}

#[test]
fn what_a_killed_supervisor_left_is_stopped_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let sleeping = |name: &str| -> Child {
        Command::new("sh").args(["-c", "while :; do sleep 0.05; done", name]).spawn().unwrap()
    };
    let mut ours = sleeping(&settings.folder.join("kafka/server.properties").display().to_string());
    // Its command line is there a moment after it is.
    while own_stack::processes_of(&settings.folder).is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // An id that another program got since.
    let mut other = sleeping("someone-else");
    std::fs::write(settings.folder.join("stack.lock"), "1").unwrap();
    let pids = format!("kafka {}\nclickhouse {}\n", ours.id(), other.id());
    std::fs::write(settings.folder.join("stack.pids"), pids).unwrap();
    // Whoever is killed must be waited for: without this it stays, as a zombie with an empty command line.
    let waiting = std::thread::spawn(move || ours.wait().unwrap());
    assert!(stack::down(&settings).unwrap());
    assert_eq!(waiting.join().unwrap().signal(), Some(15));
    assert_eq!(other.try_wait().unwrap(), None, "a stranger was killed");
    other.kill().unwrap();
    other.wait().unwrap();
}
