//! `[[readers]]`: who may read what in ClickHouse.

use crate::check::{Checked, wrong};
use crate::{Config, ConfigError};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::{Debug, Formatter, Result as Formatted};
use std::path::PathBuf;

/// One user of ClickHouse who reads.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reader {
    /// The user's name.
    pub name: String,
    /// The password.
    pub password: Option<String>,
    /// A file that holds it.
    pub password_file: Option<PathBuf>,
    /// Units whose calls and figures are seen; none: all, and those of the whole site.
    #[serde(default)]
    pub units: Vec<String>,
    /// Whether columns that tell of persons are seen.
    #[serde(default)]
    pub personal: bool,
}

impl Debug for Reader {
    fn fmt(&self, f: &mut Formatter<'_>) -> Formatted {
        let mut shown = f.debug_struct("Reader");
        shown.field("name", &self.name).field("units", &self.units).field("personal", &self.personal);
        shown.finish_non_exhaustive()
    }
}

impl Reader {
    fn place(&self) -> String {
        format!("readers `{}`", self.name)
    }

    /// The password, from the setting or its file.
    ///
    /// # Errors
    /// The file cannot be read, or what it holds is no password.
    pub fn read_password(&self) -> Result<String, ConfigError> {
        let text = match (&self.password, &self.password_file) {
            (Some(password), None) => password.clone(),
            (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
                ConfigError::new(self.place(), format!("{} cannot be read: {error}", file.display()))
            })?,
            _ => return wrong(&self.place(), "name either `password` or `password_file`"),
        };
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() || password.contains(char::is_control) {
            return wrong(&self.place(), "the password must be one line that is not empty");
        }
        Ok(password.to_owned())
    }
}

impl Config {
    pub(crate) fn check_readers(&self) -> Checked {
        let units: BTreeSet<&String> = self.units.iter().map(|unit| &unit.name).collect();
        let mut names = BTreeSet::from(["default", "reader", self.clickhouse.user.as_str()]);
        for reader in &self.readers {
            let place = reader.place();
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !reader.name.starts_with(|c: char| c.is_ascii_alphabetic()) || !reader.name.chars().all(plain)
            {
                return wrong(&place, "a user's name is a letter, then letters, digits and `_`");
            }
            if !names.insert(&reader.name) {
                return wrong(
                    &place,
                    "the name is taken: by another reader, the sink's user, or the server's own",
                );
            }
            if reader.password.is_some() == reader.password_file.is_some() {
                return wrong(&place, "name either `password` or `password_file`");
            }
            if let Some(unit) = reader.units.iter().find(|unit| !units.contains(unit)) {
                return wrong(&place, format!("unit `{unit}` is not among [[units]]"));
            }
        }
        Ok(())
    }
}
