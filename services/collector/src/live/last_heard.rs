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
            Ok(text) => text.trim().parse().ok().or_else(|| written_at_us(path)),
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

/// A power loss can leave the file without its contents; when it was last written is nearly as good, and better than a
/// collector that does not start.
fn written_at_us(path: &Path) -> Option<i64> {
    let written = std::fs::metadata(path).and_then(|facts| facts.modified()).ok()?;
    let since = written.duration_since(std::time::UNIX_EPOCH).ok()?;
    tracing::warn!(file = %path.display(), "it holds no time; taking the time of its last change");
    i64::try_from(since.as_micros()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_known_after_a_restart_and_an_empty_file_stops_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last-heard");
        let mut heard = LastHeard::open(&path).unwrap();
        assert_eq!(heard.at_us(), None);
        heard.heard(4711);
        heard.remember().unwrap();
        assert_eq!(LastHeard::open(&path).unwrap().at_us(), Some(4711));
        std::fs::write(&path, "").unwrap();
        assert!(LastHeard::open(&path).unwrap().at_us() > Some(4711));
    }
}
