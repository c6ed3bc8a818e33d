//! Rules about single source files: size, bans, words, names, what must not leak, dead files.

use crate::File;

/// The longest file of code, in lines.
const MAX_LINES: usize = 500;

/// Files of code are short enough to be read at one go.
#[must_use]
pub fn too_long(files: &[File]) -> Vec<String> {
    let code = ["rs", "sql", "sh", "py", "toml", "yml", "yaml", "md"];
    let long = |file: &&File| {
        // what a command of ours made is read by a machine
        let is_made = file.text.starts_with("# Made by `svarstid ");
        !is_made && code.iter().any(|kind| file.has_extension(kind)) && file.text.lines().count() > MAX_LINES
    };
    files
        .iter()
        .filter(long)
        .map(|file| {
            format!("{}: {} lines, at most {MAX_LINES}: split it", file.path, file.text.lines().count())
        })
        .collect()
}

/// Nothing outside tests may panic by itself.
#[must_use]
pub fn panics(files: &[File]) -> Vec<String> {
    let banned = [".unwrap()", ".expect(", "todo!", "dbg!(", "unimplemented!", "panic!("];
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.has_extension("rs") && !is_test_file(files, file)) {
        for (number, line) in outside_tests(&file.text) {
            for word in banned.iter().filter(|word| line.contains(*word)) {
                found.push(format!("{}:{number}: {word} outside tests: return an error instead", file.path));
            }
        }
    }
    found
}

/// Integration tests, and modules that their parent declares under `#[cfg(test)]`.
fn is_test_file(files: &[File], file: &File) -> bool {
    if file.path.split('/').any(|part| part == "tests" || part == "benches") {
        return true;
    }
    let Some((folder, name)) = file.path.rsplit_once('/') else { return false };
    let Some(stem) = name.strip_suffix(".rs") else { return false };
    let declaration = format!("#[cfg(test)]\nmod {stem};");
    let parents = [
        format!("{folder}/mod.rs"),
        format!("{folder}/lib.rs"),
        format!("{folder}/main.rs"),
        format!("{folder}.rs"),
    ];
    files.iter().any(|parent| parents.contains(&parent.path) && parent.text.contains(&declaration))
}

/// Numbered lines of code that are no comment and in no `#[cfg(test)]` item. Rustfmt closes an item at the indent where it
/// began, which is all the parsing this needs.
fn outside_tests(text: &str) -> Vec<(usize, &str)> {
    let mut kept = Vec::new();
    let mut closing: Option<String> = None;
    let mut pending: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let indent = &line[..line.len() - trimmed.len()];
        if let Some(end) = &closing {
            if line == end {
                closing = None;
            }
        } else if trimmed.starts_with("#[cfg(test)]") {
            pending = Some(format!("{indent}}}"));
        } else if pending.is_some() {
            if line.trim_end().ends_with('{') {
                closing = pending.take();
            } else if line.trim_end().ends_with([';', '}']) {
                pending = None;
            }
        } else if !trimmed.starts_with("//") {
            kept.push((index + 1, line));
        }
    }
    kept
}

/// No words that mark unfinished work: what is not done is an issue, not a comment.
#[must_use]
pub fn unfinished(files: &[File]) -> Vec<String> {
    // written in two halves, so that this file does not find itself
    let exact = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let any_case =
        [concat!("place", "holder"), concat!("not yet ", "implemented"), concat!("coming ", "soon")];
    let mut found = Vec::new();
    for file in files.iter().filter(|file| is_prose_or_code(file)) {
        for (index, line) in file.text.lines().enumerate() {
            let lower = line.to_lowercase();
            let words = exact.iter().filter(|word| line.contains(*word));
            for word in words.chain(any_case.iter().filter(|word| lower.contains(*word))) {
                found.push(format!("{}:{}: {word:?}: finish it or open an issue", file.path, index + 1));
            }
        }
    }
    found
}

/// No path of one person's machine, no password in an address, no host that only some can reach.
#[must_use]
pub fn leaks(files: &[File]) -> Vec<String> {
    let paths = [
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/wo", "rk/"),
        concat!("/tmp", "/w-"),
        concat!("C:\\", "Users"),
    ];
    let mut found = Vec::new();
    // the made-up bad addresses of this check's own test are the one exception
    let is_read = |file: &&File| is_prose_or_code(file) || file.name() == "Cargo.lock";
    for file in files.iter().filter(is_read).filter(|file| file.path != "tests/tidy/tests/bites.rs") {
        for (index, line) in file.text.lines().enumerate() {
            let place = format!("{}:{}", file.path, index + 1);
            found.extend(
                paths.iter().filter(|path| line.contains(*path)).map(|path| format!("{place}: path {path}")),
            );
            found.extend(
                hosts(line).filter(|host| is_private(host)).map(|host| format!("{place}: host {host}")),
            );
        }
    }
    found
}

/// The authority part of every address in a line.
fn hosts(line: &str) -> impl Iterator<Item = &str> {
    line.split("://").skip(1).map(|rest| {
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-.:@_".contains(c))).unwrap_or(rest.len());
        &rest[..end]
    })
}

fn is_private(authority: &str) -> bool {
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().unwrap_or(host);
    let names = ["artifactory", "nexus", "mirror", "proxy"];
    let ends = [".internal", ".local", ".corp", ".lan", ".intra"];
    let ip = host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| !ip.is_loopback() && !ip.is_unspecified());
    authority.contains('@')
        || ip
        || names.iter().any(|n| host.contains(n))
        || ends.iter().any(|e| host.ends_with(e))
}

fn is_prose_or_code(file: &File) -> bool {
    let kinds = ["rs", "sql", "sh", "py", "toml", "md", "yml", "yaml", "json", "avsc", "svg", "xml", "conf"];
    let names = ["Makefile", "Dockerfile", ".gitignore", "run"];
    kinds.iter().any(|kind| file.has_extension(kind)) || names.contains(&file.name())
}

/// Schemas that nobody reads: each file name must stand in some code.
#[must_use]
pub fn dead_schemas(files: &[File]) -> Vec<String> {
    let is_schema = |file: &&File| {
        file.path.starts_with("schemas/clickhouse/")
            || (file.path.starts_with("schemas/") && file.has_extension("avsc"))
    };
    let read = |schema: &File| {
        files.iter().any(|file| {
            file.has_extension("rs")
                && !file.path.starts_with("tests/tidy/")
                && file.text.contains(schema.name())
        })
    };
    files
        .iter()
        .filter(is_schema)
        .filter(|schema| !read(schema))
        .map(|schema| format!("{}: no code reads it: delete it", schema.path))
        .collect()
}
