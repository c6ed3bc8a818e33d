//! Reading the file and what overrides it.

use crate::overrides::Overrides;
use crate::{Config, SinkAlerts, Webhook, explain};
use figment::Figment;
use figment::providers::{Format, Toml};
use std::path::{Path, PathBuf};

/// What is wrong with a configuration, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("configuration, {place}: {what}")]
pub struct ConfigError {
    /// File and key.
    pub place: String,
    /// What is wrong and what to do.
    pub what: String,
}

impl ConfigError {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

/// Reads and checks a file, then takes overrides from the environment (`SVARSTID_KAFKA__BROKERS`). Relative paths that
/// the file names are relative to its folder; those from the environment to the working folder.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let place = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        ConfigError::new(&place, format!("it cannot be read ({error}); name another with --config FILE"))
    })?;
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    read(&text, &place, folder, Overrides::from_environment())
}

/// Reads and checks a text, without the environment.
pub fn parse(text: &str) -> Result<Config, ConfigError> {
    read(text, "text", PathBuf::new(), Overrides::default())
}

pub(crate) fn read(
    text: &str,
    place: &str,
    folder: PathBuf,
    overrides: Overrides,
) -> Result<Config, ConfigError> {
    let file = Figment::from(Toml::string(text));
    let mut config = extract(&file, place, overrides.clone())?;
    let in_file = |key: &str| file.find_value(key).is_ok() && !overrides.has(key);
    config.place_paths(&folder, in_file);
    config.folder = folder;
    match config.check() {
        Ok(()) => {
            config.name_generation();
            Ok(config)
        }
        Err(ConfigError { place: key, what }) if overrides.has(&key) => {
            Err(ConfigError::new(format!("environment variable {}", Overrides::variable_of(&key)), what))
        }
        Err(ConfigError { place: key, what }) => Err(ConfigError::new(format!("{place}, {key}"), what)),
    }
}

/// A value of the environment is read as what it looks like first, and as text where text is wanted: a password may
/// consist of digits, leading zeros included.
fn extract(file: &Figment, place: &str, mut overrides: Overrides) -> Result<Config, ConfigError> {
    loop {
        match overrides.over(file.clone()).extract::<Config>() {
            Ok(config) => return Ok(config),
            Err(error) if overrides.take_as_text(&error.path) => {}
            Err(error) => return Err(explain::error(&error, place, &overrides)),
        }
    }
}

impl Config {
    fn place_paths(&mut self, folder: &Path, in_file: impl Fn(&str) -> bool) {
        let place = |key: &str, path: &mut Option<PathBuf>| match path {
            Some(path) if in_file(key) => *path = folder.join(&*path),
            _ => {}
        };
        place("collector.spool.folder", &mut self.collector.spool.folder);
        place("stack.folder", &mut self.stack.folder);
        place("stack.cache", &mut self.stack.cache);
        for path in &mut self.processor.sites {
            *path = folder.join(&*path);
        }
        for file in &mut self.collector.files {
            file.path = folder.join(&file.path);
        }
        for file in self.readers.iter_mut().filter_map(|reader| reader.password_file.as_mut()) {
            *file = folder.join(&*file);
        }
        if let Some(ami) = &mut self.pbx.ami {
            place("pbx.ami.secret_file", &mut ami.secret_file);
        }
        for (key, path) in self.collector.webhook.iter_mut().flat_map(Webhook::paths) {
            place(key, path);
        }
        for (key, path) in self.sink.alerts.iter_mut().flat_map(SinkAlerts::paths) {
            place(key, path);
        }
        for file in self.numbers.pseudonym_keys.iter_mut().filter_map(|key| key.file.as_mut()) {
            *file = folder.join(&*file);
        }
    }
}
