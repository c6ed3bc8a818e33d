//! Rules about docker-compose.yml: no engine runs in the tests, so what can be read is read.

use crate::File;
use anyhow::Context as _;
use serde_yaml_ng::{Mapping, Value};
use std::collections::BTreeMap;

/// A parsed compose file.
#[derive(Debug)]
pub struct Compose {
    root: Value,
}

/// One of its services.
#[derive(Debug, Clone, Copy)]
pub struct Service<'c> {
    /// Its name; the others reach it by that.
    pub name: &'c str,
    body: &'c Value,
}

impl Compose {
    /// Parses it, with its merge keys applied.
    ///
    /// # Errors
    /// It is no YAML, or has no services.
    pub fn read(text: &str) -> anyhow::Result<Self> {
        let mut root: Value = serde_yaml_ng::from_str(text)?;
        root.apply_merge()?;
        root.get("services").and_then(Value::as_mapping).context("docker-compose.yml has no services")?;
        Ok(Self { root })
    }

    /// Its services, in their order.
    pub fn services(&self) -> impl Iterator<Item = Service<'_>> {
        let services = self.root.get("services").and_then(Value::as_mapping);
        services.into_iter().flatten().filter_map(|(name, body)| Some(Service { name: name.as_str()?, body }))
    }

    fn declares(&self, section: &str, name: &str) -> bool {
        self.root.get(section).is_some_and(|section| section.get(name).is_some())
    }
}

impl<'c> Service<'c> {
    /// Its environment, with `${NAME:-default}` and `${NAME:?hint}` filled in.
    #[must_use]
    pub fn environment(&self) -> BTreeMap<String, String> {
        let pairs = self.body.get("environment").and_then(Value::as_mapping).into_iter().flatten();
        let text = |value: &Value| match value {
            Value::String(text) => interpolate(text),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            _ => String::new(),
        };
        pairs.filter_map(|(key, value)| Some((key.as_str()?.to_owned(), text(value)))).collect()
    }

    /// The words of its command.
    #[must_use]
    pub fn command(&self) -> Vec<&'c str> {
        self.strings("command")
    }

    /// The secrets that it sees under `/run/secrets`.
    #[must_use]
    pub fn secrets(&self) -> Vec<&'c str> {
        self.strings("secrets")
    }

    /// The file of the repository that is seen at `inside`.
    #[must_use]
    pub fn mounted_at(&self, inside: &str) -> Option<&'c str> {
        self.mounts().find(|(_, target)| *target == inside).map(|(source, _)| source.trim_start_matches("./"))
    }

    fn mounts(&self) -> impl Iterator<Item = (&'c str, &'c str)> + use<'c> {
        let volumes = self.strings("volumes").into_iter();
        volumes.map(|volume| {
            let mut parts = volume.split(':');
            (parts.next().unwrap_or(""), parts.next().unwrap_or(""))
        })
    }

    fn strings(&self, key: &str) -> Vec<&'c str> {
        let list = self.body.get(key).and_then(Value::as_sequence);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn names_in(&self, key: &str) -> Vec<&'c str> {
        let mapped = self.body.get(key).and_then(Value::as_mapping);
        mapped
            .into_iter()
            .flat_map(Mapping::keys)
            .filter_map(Value::as_str)
            .chain(self.strings(key))
            .collect()
    }
}

/// A required variable stands for itself: what a person chooses is no matter of the file.
fn interpolate(text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("${") {
        let (variable, after) = from.split_once('}').unwrap_or((from, ""));
        filled.push_str(before);
        match (variable.split_once(":-"), variable.split_once(":?")) {
            (Some((_, default)), _) => filled.push_str(default),
            (None, Some((name, _))) => filled.push_str(name),
            (None, None) => filled.push_str(variable),
        }
        rest = after;
    }
    filled + rest
}

/// What is wrong with the compose file, seen beside the repository's other files.
#[must_use]
pub fn faults(compose: &Compose, files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for service in compose.services() {
        let mut say = |what: String| found.push(format!("docker-compose.yml, {}: {what}", service.name));
        if service.body.get("healthcheck").is_none_or(|check| check.get("test").is_none()) {
            say("has no health check".into());
        }
        if service.body.get("restart").and_then(Value::as_str) != Some("unless-stopped") {
            say("is not restarted when it ends".into());
        }
        let image = service.body.get("image").and_then(Value::as_str).unwrap_or_default();
        if !is_pinned(image) {
            say(format!("image {image:?} is not pinned to a version"));
        }
        for port in service.strings("ports").into_iter().filter(|port| !port.starts_with("127.0.0.1:")) {
            say(format!("port {port} is open to the network"));
        }
        for (source, _) in service.mounts() {
            let path = source.trim_start_matches("./");
            let folder = format!("{path}/");
            let kept = files.iter().any(|file| file.path == path || file.path.starts_with(&folder));
            if source.starts_with('.') && !kept {
                say(format!("mounts {source}, which does not exist"));
            } else if !source.starts_with('.') && !compose.declares("volumes", source) {
                say(format!("mounts the volume {source}, which is not declared"));
            }
        }
        for secret in service.secrets().into_iter().filter(|name| !compose.declares("secrets", name)) {
            say(format!("uses the secret {secret}, which is not declared"));
        }
        for other in
            service.names_in("depends_on").into_iter().filter(|name| !compose.declares("services", name))
        {
            say(format!("waits for {other}, which is no service"));
        }
    }
    found.extend(unpinned_bases(files));
    found
}

/// Base images of the Dockerfile without a version.
fn unpinned_bases(files: &[File]) -> Vec<String> {
    let dockerfile = files.iter().find(|file| file.path == "Dockerfile").map_or("", |file| &file.text);
    let bases = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("FROM "))
        .filter_map(|line| line.split(' ').next());
    bases
        .filter(|image| !is_pinned(image))
        .map(|image| format!("Dockerfile: {image:?} is not pinned to a version"))
        .collect()
}

fn is_pinned(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split_once(':')
        .is_some_and(|(_, tag)| tag.contains('.') && tag.bytes().any(|byte| byte.is_ascii_digit()))
}

/// `host:port` of everything in a Prometheus configuration that no service of ours listens on, and services that listen
/// and are not scraped, or whose health check asks another port.
///
/// # Errors
/// The configuration is no YAML.
pub fn unscraped(compose: &Compose, prometheus: &str) -> anyhow::Result<Vec<String>> {
    let prometheus: Value = serde_yaml_ng::from_str(prometheus)?;
    let jobs = prometheus.get("scrape_configs").and_then(Value::as_sequence).into_iter().flatten();
    let groups = jobs.filter_map(|job| job.get("static_configs")?.as_sequence()).flatten();
    let lists = groups.filter_map(|group| group.get("targets")?.as_sequence()).flatten();
    let mut targets: Vec<&str> = lists.filter_map(Value::as_str).collect();
    let mut found = Vec::new();
    for service in compose.services() {
        let environment = service.environment();
        // Of the service itself: `SVARSTID_SINK__LISTEN`, not that of an endpoint of its.
        let is_own = |key: &str| {
            let section = key.strip_prefix("SVARSTID_").and_then(|key| key.strip_suffix("__LISTEN"));
            section.is_some_and(|section| !section.contains("__"))
        };
        let listens = environment.iter().filter(|(key, _)| is_own(key));
        for port in listens.filter_map(|(_, address)| address.rsplit(':').next()) {
            let target = format!("{}:{port}", service.name);
            match targets.iter().position(|scraped| *scraped == target) {
                Some(index) => drop(targets.remove(index)),
                None => found.push(format!("{target} is not scraped")),
            }
            let test = service
                .body
                .get("healthcheck")
                .and_then(|check| check.get("test"))
                .and_then(Value::as_sequence);
            let asks = format!(":{port}/healthz");
            if !test.into_iter().flatten().filter_map(Value::as_str).any(|word| word.ends_with(&asks)) {
                found.push(format!("the health check of {} does not ask {asks}", service.name));
            }
        }
    }
    found.extend(targets.iter().map(|target| format!("{target} is scraped, but no service listens there")));
    Ok(found)
}
