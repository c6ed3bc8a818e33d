//! The house rules as tests: each check is a function from the repository's files to what is wrong with them, so that a
//! made-up bad file can prove that it bites.

pub mod compose;
pub mod docs;
pub mod layers;
pub mod licences;
pub mod sources;

use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the root, with `/`.
    pub path: String,
    /// Its content; empty when it is not text.
    pub text: String,
}

impl File {
    /// A file that exists only in a test.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// Whether its name ends so.
    #[must_use]
    pub fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }

    /// Its last part.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All files that git keeps or would keep.
///
/// # Errors
/// Git does not run here, or a file cannot be read.
pub fn files() -> anyhow::Result<Vec<File>> {
    let root = root();
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .context("the checks ask git for the repository's files: install git and work in a clone")?;
    anyhow::ensure!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout)?;
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        let full = root.join(path);
        // deleted and not committed yet
        if full.is_file() {
            let bytes = std::fs::read(&full).with_context(|| path.to_owned())?;
            files.push(File { path: path.into(), text: String::from_utf8(bytes).unwrap_or_default() });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}
