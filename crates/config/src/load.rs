//! Reading the file.

use crate::Config;
use std::path::Path;

/// What is wrong with a configuration, and where.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {what}")]
pub struct ConfigError {
    /// File and key.
    pub place: String,
    /// What is wrong and what to do.
    pub what: String,
}

/// Reads and checks a file, then takes overrides from the environment (`SVARSTID_KAFKA__BROKERS`).
pub fn load(_path: &Path) -> Result<Config, ConfigError> {
    Err(ConfigError { place: String::new(), what: String::new() })
}

/// Reads and checks a text, without the environment.
pub fn parse(_text: &str) -> Result<Config, ConfigError> {
    Err(ConfigError { place: String::new(), what: String::new() })
}
