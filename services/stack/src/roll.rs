//! The file that tells which processes belong to a folder, kept current while children come and go.

use anyhow::Context;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const PIDS: &str = "stack.pids";

/// Process ids by part, in memory and on disk.
pub(crate) struct Roll {
    path: PathBuf,
    pids: Mutex<Vec<(&'static str, i32)>>,
}

impl Roll {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { path: folder.join(PIDS), pids: Mutex::default() }
    }

    /// Keeps a part's process id; 0: it has none any more.
    pub(crate) fn set(&self, name: &'static str, pid: i32) -> anyhow::Result<()> {
        let mut pids = self.pids.lock().unwrap_or_else(PoisonError::into_inner);
        pids.retain(|(known, _)| *known != name);
        if pid > 0 {
            pids.push((name, pid));
        }
        let text: String = pids.iter().map(|(name, pid)| format!("{name} {pid}\n")).collect();
        // Whoever reads it after a crash must find either the old list or the new one.
        let new = self.path.with_extension("new");
        std::fs::write(&new, text)
            .and_then(|()| std::fs::rename(&new, &self.path))
            .with_context(|| format!("process ids cannot be kept in {}", self.path.display()))
    }

    /// A part's process id; 0: it does not run.
    pub(crate) fn get(&self, name: &str) -> i32 {
        self.all().into_iter().find(|(known, _)| *known == name).map_or(0, |(_, pid)| pid)
    }

    pub(crate) fn all(&self) -> Vec<(&'static str, i32)> {
        self.pids.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the file says, without claiming that these processes still exist.
pub(crate) fn read(folder: &Path) -> Vec<(String, i32)> {
    let text = std::fs::read_to_string(folder.join(PIDS)).unwrap_or_default();
    let line =
        |line: &str| line.split_once(' ').and_then(|(name, pid)| Some((name.to_owned(), pid.parse().ok()?)));
    text.lines().filter_map(line).collect()
}
