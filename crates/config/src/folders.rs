//! Where files are kept. Relative paths of the file have been placed when it was read.

use crate::Config;
use std::path::{Path, PathBuf};

impl Config {
    /// Data of the local stack.
    #[must_use]
    pub fn state_folder(&self) -> PathBuf {
        let named = self.stack.folder.clone();
        absolute(named.unwrap_or_else(|| user_folder("XDG_STATE_HOME", ".local/state")))
    }

    /// Fetched parts, shared by every clone.
    #[must_use]
    pub fn cache_folder(&self) -> PathBuf {
        absolute(self.stack.cache.clone().unwrap_or_else(|| user_folder("XDG_CACHE_HOME", ".cache")))
    }

    /// The collector's spool.
    #[must_use]
    pub fn spool_folder(&self) -> PathBuf {
        let named = self.collector.spool.folder.clone();
        absolute(named.unwrap_or_else(|| self.state_folder().join("spool")))
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

/// The parts are started elsewhere and told apart by their folder: it must mean the same everywhere.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use crate::parse;

    #[test]
    fn a_folder_named_relatively_means_the_same_everywhere() {
        let text = include_str!("../../../tests/recordings/asterisk22/svarstid.toml");
        let config =
            parse(&format!("{text}\n[stack]\nfolder = \"data\"\n[collector.spool]\nfolder = \"s\"\n"))
                .unwrap();
        for folder in [config.state_folder(), config.spool_folder(), config.cache_folder()] {
            assert!(folder.is_absolute(), "{}", folder.display());
        }
        assert!(config.state_folder().ends_with("data"));
    }
}
