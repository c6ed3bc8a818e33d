//! Until when the PBX was heard: kept on disk, so that a stopped collector's silence becomes a gap.

use anyhow::Context;
use std::path::{Path, PathBuf};

pub(crate) struct LastHeard {
    path: PathBuf,
    at_us: Option<i64>,
    remembered_us: Option<i64>,
}

impl LastHeard {
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let at_us = match std::fs::read_to_string(path) {
            Ok(text) => {
                Some(text.trim().parse().with_context(|| format!("{} holds no time", path.display()))?)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        };
        Ok(Self { path: path.into(), at_us, remembered_us: at_us })
    }

    /// Microseconds UTC by the collector's clock; none before the first session ever.
    pub fn at_us(&self) -> Option<i64> {
        self.at_us
    }

    pub fn heard(&mut self, at_us: i64) {
        self.at_us = Some(at_us);
    }

    pub fn remember(&mut self) -> anyhow::Result<()> {
        if let Some(at_us) = self.at_us.filter(|_| self.at_us != self.remembered_us) {
            let beside = self.path.with_extension("new");
            std::fs::write(&beside, at_us.to_string())?;
            std::fs::rename(&beside, &self.path)?;
            self.remembered_us = self.at_us;
        }
        Ok(())
    }
}
