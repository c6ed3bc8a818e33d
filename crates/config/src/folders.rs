//! Where files are kept. Relative paths of the file have been placed when it was read.

use crate::Config;
use std::path::{Path, PathBuf};

impl Config {
    /// Data of the local stack.
    #[must_use]
    pub fn state_folder(&self) -> PathBuf {
        let named = self.stack.folder.clone();
        named.unwrap_or_else(|| user_folder("XDG_STATE_HOME", ".local/state"))
    }

    /// Fetched parts, shared by every clone.
    #[must_use]
    pub fn cache_folder(&self) -> PathBuf {
        self.stack.cache.clone().unwrap_or_else(|| user_folder("XDG_CACHE_HOME", ".cache"))
    }

    /// The collector's spool.
    #[must_use]
    pub fn spool_folder(&self) -> PathBuf {
        let named = self.collector.spool.folder.clone();
        named.unwrap_or_else(|| self.state_folder().join("spool"))
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
