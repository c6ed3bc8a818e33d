//! What the launcher cannot do it says in one line, with an exit code that its supervisor sees.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::process::{Command, Stdio};

fn check(library: &str, expect: &str) {
    let data = tempfile::tempdir().unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_embedded-clickhouse"))
        .args([
            "--library",
            library,
            "--settings",
            "none.xml",
            "--http-port",
            "1",
            "--tcp-port",
            "2",
            "--data",
        ])
        .arg(data.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(said.starts_with("embedded-clickhouse: ") && said.contains(expect), "{said}");
    assert_eq!((ran.status.code(), said.lines().count()), (Some(1), 1), "{said}");
}

#[test]
fn a_library_that_is_none() {
    check("/no/such/libchdb.so", "/no/such/libchdb.so cannot be loaded");
    check("libc.so.6", "has no chdb_query_cmdline");
}
