//! A small disk of its own, that can be filled.

use anyhow::Context;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const BALLAST: &str = "ballast";

/// A tmpfs; unmounted when dropped.
pub struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// Mounts one on a folder, which is made. An error: this machine does not let us.
    pub fn mount(folder: &Path, mib: u32) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let size = format!("size={mib}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "svarstid-chaos"]).arg(folder);
        let done = mount.stdin(Stdio::null()).output().context("mount cannot be run")?;
        anyhow::ensure!(
            done.status.success(),
            "no tmpfs can be mounted: {}",
            String::from_utf8_lossy(&done.stderr).trim()
        );
        Ok(Self { folder: folder.to_owned() })
    }

    /// Until not a byte more fits.
    pub fn fill(&self) -> anyhow::Result<()> {
        let mut ballast = File::options().create(true).append(true).open(self.folder.join(BALLAST))?;
        for piece in [1 << 20, 4096, 1] {
            while ballast.write_all(&vec![0; piece]).is_ok() {}
        }
        Ok(())
    }

    /// There is room again.
    pub fn empty(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.folder.join(BALLAST))?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open was killed, but may not be gone yet.
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}
