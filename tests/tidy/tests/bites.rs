//! Each rule finds what it is there for: a made-up bad file is caught, its good neighbour is not.

use tidy::{File, docs, layers, licences, sources};

fn check(rule: impl Fn(&[File]) -> Vec<String>, files: &[(&str, &str)], expect: &[&str]) {
    let files: Vec<File> = files.iter().map(|(path, text)| File::new(path, text)).collect();
    let found = rule(&files);
    assert_eq!(found.len(), expect.len(), "{found:#?}");
    for (found, expect) in found.iter().zip(expect) {
        assert!(found.contains(expect), "expected {expect:?} in {found:?}");
    }
}

#[test]
fn a_long_file() {
    let long = "x\n".repeat(501);
    check(sources::too_long, &[("a.rs", &long), ("b.rs", "x\n"), ("a.csv", &long)], &["a.rs: 501 lines"]);
}

#[test]
fn a_panic_outside_tests() {
    let code = "fn a() {\n    b.unwrap();\n}\n// c.unwrap() in a comment\n\n#[cfg(test)]\nmod tests {\n    fn t() {\n        d.unwrap();\n    }\n}\n\nfn e() { f.expect(\"\") }\n";
    check(sources::panics, &[("crates/x/src/a.rs", code)], &["a.rs:2: .unwrap()", "a.rs:13: .expect("]);
}

#[test]
fn a_panic_in_a_file_of_tests_is_none() {
    let files = [
        ("crates/x/tests/a.rs", "a.unwrap()"),
        ("crates/x/src/lib.rs", "#[cfg(test)]\nmod examples;\nfn f() { b.unwrap() }"),
        ("crates/x/src/examples.rs", "a.unwrap()"),
    ];
    check(sources::panics, &files, &["lib.rs:3"]);
}

#[test]
fn unfinished_work() {
    let word = concat!("TO", "DO");
    let text = format!("fine\n// {word}: later\n{}\n", concat!("Place", "holder"));
    check(sources::unfinished, &[("a.md", &text), ("a.csv", &text)], &["a.md:2", "a.md:3"]);
}

#[test]
fn paths_and_hosts_of_one_machine() {
    let home = concat!("/ho", "me/anna/x");
    let text = format!(
        "{home}\nhttps://nexus.example.org/x\nhttp://127.0.0.1:8123\nhttps://a:b@example.org\nhttp://10.1.2.3/\nhttps://github.com/a\n"
    );
    check(
        sources::leaks,
        &[("a.sh", &text)],
        &["a.sh:1: path", "a.sh:2: host nexus", "a.sh:4: host a:b@", "a.sh:5: host 10.1.2.3"],
    );
}

#[test]
fn a_schema_that_nobody_reads() {
    let files = [
        ("schemas/clickhouse/001_calls.sql", ""),
        ("schemas/call.avsc", ""),
        ("schemas/old.avsc", ""),
        ("crates/wire/src/lib.rs", "include_str!(\"call.avsc\"); \"001_calls.sql\""),
    ];
    check(sources::dead_schemas, &files, &["schemas/old.avsc"]);
}

#[test]
fn edges_that_must_not_be() {
    let manifest = |path, dependency| (path, format!("[dependencies]\n{dependency}.workspace = true\n"));
    let bad = [
        manifest("crates/call/Cargo.toml", "serde"),
        manifest("crates/kpi/Cargo.toml", "wire"),
        manifest("crates/pipeline/Cargo.toml", "sink"),
        manifest("services/sink/Cargo.toml", "rdkafka"),
        manifest("services/sink/Cargo.toml", "clickhouse"),
        manifest("services/processor/Cargo.toml", "apache-avro"),
        manifest("crates/kafka/Cargo.toml", "rdkafka"),
        manifest("crates/kpi/Cargo.toml", "call"),
    ];
    let bad: Vec<(&str, &str)> = bad.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let expect = [
        "crates/call depends on serde",
        "crates/kpi depends on wire",
        "crates/pipeline depends on the service sink",
        "services/sink names rdkafka",
        "services/sink names clickhouse",
        "services/processor names apache-avro",
    ];
    check(layers::edges, &bad, &expect);
    let code = concat!("use rd", "kafka::Message;");
    check(
        layers::edges,
        &[("services/sink/src/a.rs", code), ("crates/kafka/src/a.rs", code)],
        &["services/sink/src/a.rs"],
    );
}

#[test]
fn a_manifest_without_lints_or_with_its_own_version() {
    let good = "[dependencies]\na.workspace = true\n[lints]\nworkspace = true\n";
    let files = [
        ("crates/a/Cargo.toml", good),
        ("crates/b/Cargo.toml", "[dependencies]\na = \"1\"\n"),
        ("crates/c/Cargo.toml", "["),
        ("fuzz/Cargo.toml", "[workspace]\n[dependencies]\na = \"1\"\n"),
    ];
    check(
        layers::manifest_rules,
        &files,
        &["crates/c", "crates/b/Cargo.toml: write [lints]", "crates/b/Cargo.toml: a: versions"],
    );
}

#[test]
fn a_vague_name() {
    let files =
        [("crates/common/src/lib.rs", ""), ("crates/call/src/utils.rs", ""), ("crates/call/src/plan.rs", "")];
    check(layers::vague_names, &files, &["crates/common", "utils.rs"]);
}

#[test]
fn a_room_that_the_architecture_forgot() {
    let files =
        [("ARCHITECTURE.md", "`crates/call`"), ("crates/call/Cargo.toml", ""), ("crates/new/Cargo.toml", "")];
    check(layers::unmentioned_rooms, &files, &["`crates/new`"]);
}

#[test]
fn paths_that_lead_nowhere() {
    let text = "`crates/call` and `crates/gone/src/x.rs`, `manager.conf`\n[here](other.md#part) [there](../gone.md) [out](https://a.org)\n";
    let files = [("docs/a.md", text), ("docs/other.md", ""), ("crates/call/Cargo.toml", "")];
    check(docs::dead_paths, &files, &["`crates/gone/src/x.rs`", "../gone.md leads nowhere (gone.md)"]);
}

#[test]
fn commands_that_do_not_exist() {
    let clap = "#[derive(Debug, Subcommand)]\nenum Command {\n    /// Analyze.\n    Analyze(AnalyzeArgs),\n    #[command(subcommand)]\n    Config(ConfigCommand),\n}\n\n#[derive(Subcommand)]\nenum ConfigCommand {\n    Check {\n        file: PathBuf,\n    },\n    #[command(name = \"print\")]\n    Dump,\n}\n";
    let text = "`svarstid analyze FILE`, `svarstid config check`, `svarstid config print`, svarstid is a word\n`svarstid dance`\n```\n$ svarstid config sing --loud\nmake demo && make supper # make noise\n```\n";
    let files = [
        ("README.md", text),
        ("services/svarstid/src/main.rs", clap),
        ("Makefile", "demo: build\n\techo\nbuild:\n"),
    ];
    check(
        docs::dead_commands,
        &files,
        &[
            "README.md:2: no command `svarstid dance`",
            "README.md:4: no command `svarstid config sing`",
            "README.md:5: no target `make supper`",
        ],
    );
}

#[test]
fn licences_and_sources_that_are_not_allowed() {
    let deny =
        "[licenses]\nallow = [\"MIT\", \"BSD-3-Clause\"]\n[sources]\nallow-registry = [\"https://index\"]\n";
    let allowed = licences::Allowed::read(deny).unwrap();
    for (expression, expect) in [
        ("MIT", true),
        ("MIT OR GPL-3.0", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND BSD-3-Clause", true),
        ("MIT AND GPL-3.0", false),
        ("(GPL-3.0 OR MIT) AND GPL-3.0", false),
        ("(GPL-3.0 OR MIT) AND BSD-3-Clause", true),
        ("MIT WITH some-exception", false),
        ("GPL-3.0", false),
        ("none stated", false),
        ("(MIT", false),
        ("", false),
    ] {
        assert_eq!(allowed.permits(expression), expect, "{expression}");
    }
    let metadata = r#"{"packages": [
        {"name": "a", "version": "1", "license": "MIT", "source": "registry+https://index"},
        {"name": "b", "version": "1", "license": "GPL-3.0", "source": "registry+https://index"},
        {"name": "c", "version": "1", "license": null, "source": null},
        {"name": "d", "version": "1", "license": "MIT", "source": "git+https://elsewhere"}]}"#;
    let found = licences::unwelcome(metadata, &allowed).unwrap();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found[0].starts_with("b 1: licence GPL-3.0")
            && found[1].starts_with("c 1")
            && found[2].starts_with("d 1: source git")
    );
    let lock = "[[package]]\nname = \"a\"\nsource = \"registry+https://index\"\n[[package]]\nname = \"b\"\nsource = \"git+https://elsewhere\"\n";
    assert_eq!(
        licences::unwelcome_sources(lock, &allowed).unwrap(),
        ["Cargo.lock: source git+https://elsewhere"]
    );
}
