//! The rules, applied to this repository.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use std::process::Command;
use tidy::{File, docs, files, layers, licences, root, sources};

fn check(rule: impl Fn(&[File]) -> Vec<String>) {
    let found = rule(&files().unwrap());
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}

#[test]
fn files_are_short() {
    check(sources::too_long);
}

#[test]
fn nothing_outside_tests_panics() {
    check(sources::panics);
}

#[test]
fn no_words_mark_unfinished_work() {
    check(sources::unfinished);
}

#[test]
fn nothing_of_one_machine_leaks() {
    check(sources::leaks);
}

#[test]
fn every_schema_is_read() {
    check(sources::dead_schemas);
}

#[test]
fn rooms_keep_to_their_edges() {
    check(layers::edges);
}

#[test]
fn manifests_follow_the_workspace() {
    check(layers::manifest_rules);
}

#[test]
fn rooms_are_named_after_what_they_do() {
    check(layers::vague_names);
}

#[test]
fn the_architecture_tells_of_every_room() {
    check(layers::unmentioned_rooms);
}

#[test]
fn documents_name_real_files() {
    check(docs::dead_paths);
}

#[test]
fn documents_name_real_commands() {
    check(docs::dead_commands);
}

/// The dependencies of the machine that runs the tests: the others' manifests are not on it.
fn metadata() -> String {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let ask = |more: &[&str]| {
        let arguments = ["metadata", "--format-version", "1", "--locked", "--filter-platform", host];
        Command::new("cargo").args(arguments).args(more).current_dir(root()).output().unwrap()
    };
    // offline first: it is enough after a build of the whole workspace
    let mut answer = ask(&["--offline"]);
    if !answer.status.success() {
        answer = ask(&[]);
    }
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).unwrap()
}

#[test]
fn every_dependency_has_an_allowed_licence_and_source() {
    let allowed =
        licences::Allowed::read(&std::fs::read_to_string(root().join("deny.toml")).unwrap()).unwrap();
    let mut found = licences::unwelcome(&metadata(), &allowed).unwrap();
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    found.extend(licences::unwelcome_sources(&lock, &allowed).unwrap());
    assert!(found.is_empty(), "{}", found.join("\n"));
}
