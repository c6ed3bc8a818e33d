//! Rules about what others wrote: licences and sources, by deny.toml.

use anyhow::Context as _;
use serde_json::Value;
use std::collections::BTreeSet;

/// What deny.toml allows.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    licences: BTreeSet<String>,
    registries: BTreeSet<String>,
}

impl Allowed {
    /// Reads `licenses.allow` and `sources.allow-registry`.
    ///
    /// # Errors
    /// It is no TOML, or a list is missing.
    pub fn read(deny: &str) -> anyhow::Result<Self> {
        let table: toml::Table = deny.parse()?;
        let list = |section: &str, key: &str| -> anyhow::Result<BTreeSet<String>> {
            let values = table.get(section).and_then(|s| s.get(key)).and_then(toml::Value::as_array);
            let values = values.with_context(|| format!("deny.toml: {section}.{key} is missing"))?;
            Ok(values.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
        };
        Ok(Self { licences: list("licenses", "allow")?, registries: list("sources", "allow-registry")? })
    }

    /// Whether one of the alternatives of an SPDX expression is allowed (`/` is the old way to write `OR`).
    #[must_use]
    pub fn permits(&self, expression: &str) -> bool {
        let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut rest = words.as_slice();
        self.alternatives(&mut rest).unwrap_or(false) && rest.is_empty()
    }

    fn alternatives(&self, rest: &mut &[&str]) -> Option<bool> {
        let mut permitted = self.together(rest)?;
        while let Some(("OR", tail)) = rest.split_first().map(|(word, tail)| (*word, tail)) {
            *rest = tail;
            permitted |= self.together(rest)?;
        }
        Some(permitted)
    }

    fn together(&self, rest: &mut &[&str]) -> Option<bool> {
        let mut permitted = self.one(rest)?;
        while let Some(("AND", tail)) = rest.split_first().map(|(word, tail)| (*word, tail)) {
            *rest = tail;
            permitted &= self.one(rest)?;
        }
        Some(permitted)
    }

    fn one(&self, rest: &mut &[&str]) -> Option<bool> {
        let (word, tail) = rest.split_first()?;
        *rest = tail;
        if *word == "(" {
            let permitted = self.alternatives(rest)?;
            let (close, tail) = rest.split_first()?;
            *rest = tail;
            return (*close == ")").then_some(permitted);
        }
        let mut name = (*word).to_owned();
        if let ["WITH", exception, tail @ ..] = rest {
            name = format!("{name} WITH {exception}");
            *rest = tail;
        }
        Some(self.licences.contains(&name))
    }
}

/// Packages of `cargo metadata` whose licence or source is not allowed. Our own have no source.
///
/// # Errors
/// The text is not cargo's.
pub fn unwelcome(metadata: &str, allowed: &Allowed) -> anyhow::Result<Vec<String>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let packages = metadata["packages"].as_array().context("cargo metadata holds no packages")?;
    let mut found = Vec::new();
    for package in packages {
        let name = format!(
            "{} {}",
            package["name"].as_str().unwrap_or("?"),
            package["version"].as_str().unwrap_or("?")
        );
        let licence = package["license"].as_str().unwrap_or("none stated");
        if !allowed.permits(licence) {
            found.push(format!("{name}: licence {licence} is not allowed by deny.toml"));
        }
        if let Some(source) = package["source"].as_str() {
            let registry = source.strip_prefix("registry+").unwrap_or(source);
            if !allowed.registries.contains(registry) {
                found.push(format!("{name}: source {source} is not allowed by deny.toml"));
            }
        }
    }
    Ok(found)
}

/// Packages of Cargo.lock whose source is not allowed: the lock file knows those of other platforms too.
///
/// # Errors
/// The text is no lock file.
pub fn unwelcome_sources(lock: &str, allowed: &Allowed) -> anyhow::Result<Vec<String>> {
    let lock: toml::Table = lock.parse()?;
    let packages =
        lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock holds no packages")?;
    let source = |package: &toml::Value| Some(package.get("source")?.as_str()?.to_owned());
    let foreign = |source: &String| !allowed.registries.contains(source.trim_start_matches("registry+"));
    Ok(packages
        .iter()
        .filter_map(source)
        .filter(foreign)
        .map(|source| format!("Cargo.lock: source {source}"))
        .collect())
}
