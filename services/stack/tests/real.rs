//! Real Kafka and the real engine through a whole life: start, use, kill, restart, stop, start again elsewhere.
#![allow(clippy::unwrap_used, reason = "a test")]

mod own_stack;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use own_stack::{ask, ask_with, processes_of, settings};
use stack::{Running, Settings};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_whole_life() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let running = stack::up(&settings, &|what| eprintln!("{what}")).unwrap();
    users_may_what_they_need(&settings);
    deduplication_is_in_force(&settings);
    it_is_seen_from_outside(&settings, &running);
    a_second_one_is_refused(&settings);
    a_killed_part_comes_back(&settings, &running, "clickhouse");
    rows_are_still_there(&settings);
    a_killed_part_comes_back(&settings, &running, "kafka");
    running.stop();
    nothing_is_left(&settings);

    let elsewhere = Settings { folder: settings.folder.clone(), ..own_stack::settings(folder.path()) };
    let running = stack::up(&elsewhere, &|_| {}).unwrap();
    rows_are_still_there(&elsewhere);
    drop(running);
    nothing_is_left(&elsewhere);
}

fn sql(settings: &Settings, sql: &str) -> String {
    ask(settings, &settings.clickhouse_user, &settings.clickhouse_password, sql).unwrap()
}

fn users_may_what_they_need(settings: &Settings) {
    assert_eq!(sql(settings, "SELECT 1"), "1");
    let refused = |user: &str, password: &str, sql: &str, why: &str| {
        let answer = ask(settings, user, password, sql);
        assert!(answer.as_ref().is_err_and(|said| said.contains(why)), "{user} {sql}: {answer:?}");
    };
    refused("svarstid", "wrong", "SELECT 1", "AUTHENTICATION_FAILED");
    refused("svarstid", "", "SELECT 1", "AUTHENTICATION_FAILED");
    // Who has no password reads no file of the machine, and no table.
    refused("default", "", "SELECT * FROM file('/etc/hostname', 'LineAsString')", "QUOTA_EXCEEDED");
    refused("default", "", "SELECT name FROM system.tables", "QUOTA_EXCEEDED");
    // Grafana sends settings with every query: a reader may set them, and write nothing.
    assert_eq!(ask_with(settings, "reader", "reader", "SELECT 1", "max_execution_time=60").unwrap(), "1");
    refused("reader", "reader", "CREATE TABLE default.x (a Int8) ENGINE = Memory", "ACCESS_DENIED");
    refused("reader", "reader", "SELECT * FROM file('/etc/hostname', 'LineAsString')", "ACCESS_DENIED");
}

/// Without it the sink's second try of an insert would count every call twice.
fn deduplication_is_in_force(settings: &Settings) {
    let window =
        "SELECT value FROM system.merge_tree_settings WHERE name = 'non_replicated_deduplication_window'";
    assert_eq!(sql(settings, window), "10000");
    sql(settings, "CREATE TABLE default.kept (a Int64) ENGINE = MergeTree ORDER BY a");
    for (token, rows) in [("one", "1"), ("one", "1"), ("two", "2")] {
        let insert = "INSERT INTO default.kept SELECT 7";
        let token = format!("insert_deduplication_token={token}");
        ask_with(settings, &settings.clickhouse_user, &settings.clickhouse_password, insert, &token).unwrap();
        assert_eq!(sql(settings, "SELECT count() FROM default.kept"), rows, "{token}");
    }
}

fn rows_are_still_there(settings: &Settings) {
    assert_eq!(sql(settings, "SELECT count(), sum(a) FROM default.kept"), "2\t14");
}

fn it_is_seen_from_outside(settings: &Settings, running: &Running) {
    let status = stack::status(settings);
    assert_eq!(status.supervisor, i32::try_from(std::process::id()).ok());
    for part in status.parts {
        assert!(part.answers && part.disk_bytes > 0, "{part:?}");
        let pid = running.pids().into_iter().find(|(name, _)| *name == part.name).unwrap().1;
        assert_eq!(part.pid, Some(pid));
    }
}

fn a_second_one_is_refused(settings: &Settings) {
    let error = stack::up(settings, &|_| {}).map(drop).unwrap_err().to_string();
    assert!(error.contains("runs already") && error.contains("svarstid stack down"), "{error}");
}

fn a_killed_part_comes_back(settings: &Settings, running: &Running, name: &'static str) {
    let pid = || running.pids().into_iter().find(|(known, _)| *known == name).map(|(_, pid)| pid);
    let before = pid().unwrap();
    kill(Pid::from_raw(before), Signal::SIGKILL).unwrap();
    let begun = Instant::now();
    loop {
        let part = stack::status(settings).parts.into_iter().find(|part| part.name == name).unwrap();
        // Both from the file and in memory: `down` after a crash of the supervisor relies on the file.
        if part.answers && part.pid.is_some_and(|now| now != before) && part.pid == pid() {
            break;
        }
        assert_eq!(running.failed(), None);
        assert!(begun.elapsed() < PATIENCE, "{name} did not come back: {part:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn nothing_is_left(settings: &Settings) {
    assert_eq!(processes_of(&settings.folder), Vec::<String>::new());
    let ports = [
        settings.kafka_port,
        settings.controller_port,
        settings.clickhouse_http_port,
        settings.clickhouse_tcp_port,
    ];
    for port in ports {
        assert!(stack::port_is_free(port), "{port}");
    }
    assert_eq!(stack::status(settings).supervisor, None);
    assert!(!stack::down(settings).unwrap(), "there was something to stop");
}
