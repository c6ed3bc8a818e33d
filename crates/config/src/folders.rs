//! Where files are kept.

use crate::Config;
use std::path::{Path, PathBuf};

impl Config {
    /// Data of the local stack.
    #[must_use]
    pub fn state_folder(&self) -> PathBuf {
        self.chosen(self.stack.folder.as_deref(), || user_folder("XDG_STATE_HOME", ".local/state"))
    }

    /// Fetched parts, shared by every clone.
    #[must_use]
    pub fn cache_folder(&self) -> PathBuf {
        self.chosen(self.stack.cache.as_deref(), || user_folder("XDG_CACHE_HOME", ".cache"))
    }

    /// The collector's spool.
    #[must_use]
    pub fn spool_folder(&self) -> PathBuf {
        self.chosen(self.collector.spool.folder.as_deref(), || self.state_folder().join("spool"))
    }

    /// A folder that the file names begins where the file stands.
    fn chosen(&self, named: Option<&Path>, otherwise: impl FnOnce() -> PathBuf) -> PathBuf {
        named.map_or_else(otherwise, |named| self.folder.join(named))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the two folders that every Unix user has are told by the environment"
)]
fn user_folder(variable: &str, below_home: &str) -> PathBuf {
    let named = std::env::var(variable).ok().filter(|path| Path::new(path).is_absolute());
    let home = || std::env::var("HOME").unwrap_or_else(|_| "/var/tmp".to_owned());
    named.map_or_else(|| Path::new(&home()).join(below_home), PathBuf::from).join("svarstid")
}
