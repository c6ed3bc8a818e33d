//! Further sites of one processor.

use crate::overrides::Overrides;
use crate::{Config, ConfigError, load};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const KEY: &str = "processor.sites";

impl Config {
    /// The files that `processor.sites` names, each with a site of its own; of a folder every `.toml` file, by name. Their
    /// sections about services say nothing here, and the environment changes nothing in them.
    ///
    /// # Errors
    /// One cannot be read or is wrong, two are of the same site, or the ring cadence is not the same everywhere.
    pub fn other_sites(&self) -> Result<Vec<Config>, ConfigError> {
        let mut files = Vec::new();
        for path in &self.processor.sites {
            files.extend(toml_files(path)?);
        }
        let sites = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
        let mut known = BTreeSet::from([self.site.id.as_str()]);
        for (file, site) in files.iter().zip(&sites) {
            let place = || format!("{KEY}, {}", file.display());
            if !known.insert(&site.site.id) {
                let what = format!(
                    "site `{}` stands in another file, too: give each its own `site.id`",
                    site.site.id
                );
                return Err(ConfigError::new(place(), what));
            }
            if site.ring_cadence_s != self.ring_cadence_s {
                let what = format!(
                    "ring_cadence_s is {} here and {} there: signals could not be compared",
                    site.ring_cadence_s, self.ring_cadence_s
                );
                return Err(ConfigError::new(place(), what));
            }
        }
        Ok(sites)
    }
}

fn toml_files(path: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    if !path.is_dir() {
        return Ok(vec![path.into()]);
    }
    let unreadable = |error: std::io::Error| {
        ConfigError::new(KEY, format!("folder {} cannot be read: {error}", path.display()))
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|extension| extension == "toml") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(ConfigError::new(KEY, format!("folder {} holds no .toml file", path.display())));
    }
    Ok(files)
}

fn read(file: &Path) -> Result<Config, ConfigError> {
    let place = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConfigError::new(KEY, format!("{place} cannot be read: {error}")))?;
    let folder = file.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    load::read(&text, &place, folder, Overrides::default())
}
