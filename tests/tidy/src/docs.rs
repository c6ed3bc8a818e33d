//! Rules about documents: what they name exists.

use crate::File;
use std::collections::BTreeSet;

/// Folders that a document may speak of as ours, whether they exist or not.
const FOLDERS: [&str; 9] =
    ["crates", "services", "schemas", "grafana", "tests", "docs", "deploy", "scripts", ".ci"];
/// Commands with commands of their own.
const NESTED: [&str; 5] = ["config", "import", "stack", "key", "webhook"];

fn documents(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| file.has_extension("md"))
}

fn exists(files: &[File], path: &str) -> bool {
    let folder = format!("{}/", path.trim_end_matches('/'));
    files.iter().any(|file| file.path == path || file.path.starts_with(&folder))
}

/// Every path in backticks that looks like ours, and every relative link, leads somewhere.
#[must_use]
pub fn dead_paths(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for document in documents(files) {
        for (index, line) in document.text.lines().enumerate() {
            let place = format!("{}:{}", document.path, index + 1);
            let named = spans(line).filter(|span| looks_like_ours(span) && !exists(files, span));
            found.extend(named.map(|path| format!("{place}: `{path}` does not exist")));
            for link in links(line) {
                let target = resolve(&document.path, link);
                if !exists(files, &target) {
                    found.push(format!("{place}: the link {link} leads nowhere ({target})"));
                }
            }
        }
    }
    found
}

/// The code spans of a line.
fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn looks_like_ours(span: &str) -> bool {
    let plain = span.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
    plain && span.split_once('/').is_some_and(|(first, _)| FOLDERS.contains(&first))
}

/// Relative targets of `[text](target)` and `src="target"`, without their anchors.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let markdown = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let html = line.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let relative =
        |target: &&str| !target.is_empty() && !target.contains("://") && !target.starts_with(['#', '/']);
    markdown.chain(html).map(|target| target.split('#').next().unwrap_or(target)).filter(relative)
}

fn resolve(document: &str, link: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Every `svarstid …` in a document is a command of the program, and every `make …` a target of the Makefile.
#[must_use]
pub fn dead_commands(files: &[File]) -> Vec<String> {
    let commands = subcommands(files);
    let targets = make_targets(files);
    let mut found = Vec::new();
    for document in documents(files) {
        for (number, code) in code_of(&document.text) {
            let place = format!("{}:{number}", document.path);
            for words in after(code, "svarstid") {
                let known = words.first().is_none_or(|word| commands.contains(*word))
                    && (!words.first().is_some_and(|word| NESTED.contains(word))
                        || words.get(1).is_none_or(|word| commands.contains(*word)));
                if !known && !commands.is_empty() {
                    found.push(format!("{place}: no command `svarstid {}`", words.join(" ")));
                }
            }
            for words in after(code, "make") {
                if words.first().is_some_and(|word| !targets.contains(*word)) && !targets.is_empty() {
                    found.push(format!("{place}: no target `make {}`", words.join(" ")));
                }
            }
        }
    }
    found
}

/// Numbered pieces of code: whole lines of fenced blocks, and spans elsewhere.
fn code_of(text: &str) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut code = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            code.push((index + 1, line.split(" #").next().unwrap_or(line)));
        } else {
            code.extend(spans(line).map(|span| (index + 1, span)));
        }
    }
    code
}

/// The at most two plain lower-case words after each use of `program` as a command: where a command can begin.
fn after<'c>(code: &'c str, program: &str) -> Vec<Vec<&'c str>> {
    let plain =
        |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let words: Vec<&str> = code.split_whitespace().collect();
    let begins = |index: usize| match index.checked_sub(1).map(|before| words[before]) {
        None => true,
        Some(before) => {
            ["$", "&&", "|", ";", "sudo", "run", "exec"].contains(&before) || before.contains('=')
        }
    };
    let uses = words.iter().enumerate().filter(|(index, word)| **word == program && begins(*index));
    uses.map(|(index, _)| {
        words[index + 1..]
            .iter()
            .take(2)
            .take_while(|word| plain(word) && !word.starts_with('-'))
            .copied()
            .collect()
    })
    .collect()
}

/// The names of every clap subcommand in services/svarstid.
#[must_use]
pub fn subcommands(files: &[File]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files.iter().filter(|file| file.path.starts_with("services/svarstid/src/")) {
        let mut derived = false;
        let mut inside = false;
        let mut given: Option<String> = None;
        for line in file.text.lines() {
            let trimmed = line.trim();
            if trimmed.starts_with("#[derive(") && trimmed.contains("Subcommand") {
                derived = true;
            } else if derived && trimmed.contains("enum ") {
                (derived, inside) = (false, true);
            } else if inside && line.starts_with('}') {
                inside = false;
            } else if inside && line.starts_with("    ") && !line.starts_with("     ") {
                if let Some(name) = trimmed.split("name = \"").nth(1).and_then(|rest| rest.split('"').next())
                {
                    given = Some(name.into());
                } else if trimmed.starts_with(|c: char| c.is_ascii_uppercase()) {
                    let variant: String = trimmed.chars().take_while(char::is_ascii_alphanumeric).collect();
                    names.insert(given.take().unwrap_or_else(|| kebab(&variant)));
                }
            }
        }
    }
    names
}

fn kebab(variant: &str) -> String {
    let mut name = String::new();
    for letter in variant.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

fn make_targets(files: &[File]) -> BTreeSet<String> {
    let makefile = files.iter().find(|file| file.path == "Makefile").map_or("", |file| &file.text);
    let lines = makefile.lines().filter(|line| !line.starts_with(['\t', ' ', '#', '.']));
    let heads = lines.filter_map(|line| line.split_once(':')).filter(|(_, rest)| !rest.starts_with('='));
    heads.flat_map(|(names, _)| names.split_whitespace().map(str::to_owned)).collect()
}
