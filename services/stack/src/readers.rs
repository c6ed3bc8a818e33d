//! From the configuration's readers to users of ClickHouse.

use config::{Config, ConfigError};
use sha2::{Digest, Sha256};
use store::access;

/// A reader, and the queues of its units.
#[derive(Debug, Clone)]
pub struct Reader {
    of_config: config::Reader,
    queues: Vec<String>,
}

pub(crate) fn of(config: &Config) -> Vec<Reader> {
    let queues = |reader: &config::Reader| {
        let is_theirs =
            |queue: &&config::Queue| queue.unit.as_ref().is_some_and(|unit| reader.units.contains(unit));
        config.queues.iter().filter(is_theirs).map(|queue| queue.name.clone()).collect()
    };
    config.readers.iter().map(|reader| Reader { of_config: reader.clone(), queues: queues(reader) }).collect()
}

/// Reads their passwords. `network`: from where they may come; none: from everywhere.
pub(crate) fn users(readers: &[Reader], network: Option<&str>) -> Result<Vec<access::Reader>, ConfigError> {
    let user = |Reader { of_config, queues }: &Reader| {
        let password = of_config.read_password()?;
        Ok(access::Reader {
            name: of_config.name.clone(),
            password_sha256: Sha256::digest(password).iter().map(|byte| format!("{byte:02x}")).collect(),
            units: of_config.units.clone(),
            queues: queues.clone(),
            is_personal: of_config.personal,
            network: network.map(str::to_owned),
        })
    };
    readers.iter().map(user).collect()
}

/// A file for the `users.d` of a ClickHouse server.
///
/// # Errors
/// A password cannot be read.
pub fn users_file(config: &Config) -> Result<String, ConfigError> {
    Ok(access::users_file(&config.clickhouse.database, &users(&of(config), None)?))
}
