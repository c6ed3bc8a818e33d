//! Reading the file.

use crate::Config;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use std::path::{Path, PathBuf};

/// Overrides from the environment begin with this; `__` stands between section and key.
const ENVIRONMENT_PREFIX: &str = "SVARSTID_";
/// Variables with the prefix that are not keys of the file.
const NOT_KEYS: &[&str] = &["config", "log"];

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

/// Reads and checks a file, then takes overrides from the environment (`SVARSTID_KAFKA__BROKERS`). Relative paths in the
/// file are relative to its folder.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let place = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        ConfigError::new(&place, format!("it cannot be read ({error}); name another with --config FILE"))
    })?;
    let environment = Env::prefixed(ENVIRONMENT_PREFIX).ignore(NOT_KEYS).split("__");
    let figment = Figment::from(Toml::string(&text)).merge(environment);
    let mut config = extract(&figment, &place)?;
    config.folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    config.check().map_err(|error| ConfigError::new(format!("{place}, {}", error.place), error.what))?;
    Ok(config)
}

/// Reads and checks a text, without the environment.
pub fn parse(text: &str) -> Result<Config, ConfigError> {
    let config = extract(&Figment::from(Toml::string(text)), "text")?;
    config.check()?;
    Ok(config)
}

fn extract(figment: &Figment, place: &str) -> Result<Config, ConfigError> {
    figment.extract::<Config>().map_err(|error| {
        let key = error.path.join(".");
        let place = if key.is_empty() { place.to_owned() } else { format!("{place}, {key}") };
        ConfigError::new(place, error.kind.to_string())
    })
}
