//! Rotated files: where a log's earlier bytes are by now.

use super::identity::{Identity, head};
use std::fs::File;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What gzip, bzip2, xz and zstd files begin with.
const PACKED: [&[u8]; 4] = [&[0x1f, 0x8b], b"BZh", &[0xfd, b'7', b'z'], &[0x28, 0xb5, 0x2f, 0xfd]];

/// A file that a log may have been moved or copied to.
pub(super) struct Rotated {
    pub file: File,
    /// None of one that is packed.
    pub identity: Option<Identity>,
    pub length: u64,
    pub changed: SystemTime,
}

/// `queue_log` was moved to `queue_log.1` or `queue_log-20261127`, `Master.csv` also to `Master-20261127.csv`.
fn is_rotated_name(name: &str, of: &str) -> bool {
    let (stem, extension) = of.rsplit_once('.').map_or((of, ""), |(stem, extension)| (stem, extension));
    let behind =
        |before: &str| name.strip_prefix(before).is_some_and(|rest| rest.starts_with(['.', '-', '_']));
    behind(of) || (!extension.is_empty() && behind(stem) && name.ends_with(&format!(".{extension}")))
}

/// All of them, the one that was written last comes last. What cannot be opened is left out.
pub(super) fn rotated(path: &Path) -> Vec<Rotated> {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let (Some(folder), Some(of)) = (path.parent(), name(path)) else { return Vec::new() };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<Rotated> = entries
        .filter(|other| name(other).is_some_and(|other| other != of && is_rotated_name(&other, &of)))
        .filter_map(|path| open(&path).ok().flatten())
        .collect();
    found.sort_by_key(|file| file.changed);
    found
}

fn open(path: &PathBuf) -> std::io::Result<Option<Rotated>> {
    // Opening a pipe would wait for its writer.
    if std::fs::metadata(path)?.file_type().is_fifo() {
        return Ok(None);
    }
    let file = File::open(path)?;
    let facts = file.metadata()?;
    if !facts.is_file() || facts.len() == 0 {
        return Ok(None);
    }
    let identity = if is_packed(&file)? { None } else { Identity::of(&file)? };
    let is_unfinished = identity.is_none() && !is_packed(&file)?;
    let changed = facts.modified()?;
    Ok((!is_unfinished).then_some(Rotated { file, identity, length: facts.len(), changed }))
}

fn is_packed(file: &File) -> std::io::Result<bool> {
    let mut magic = [0u8; 4];
    let length = std::os::unix::fs::FileExt::read_at(file, &mut magic, 0)?;
    Ok(PACKED.iter().any(|known| magic[..length].starts_with(known)))
}

/// Opens the followed file itself; none while its first line is not whole.
pub(super) fn current(path: &Path) -> std::io::Result<Option<(File, Identity)>> {
    let facts = std::fs::metadata(path)?;
    if !facts.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    let file = File::open(path)?;
    Ok(Identity::of(&file)?.map(|identity| (file, identity)))
}

/// Finds the file that began with this line, at least so long: under the same inode if it was renamed, under another if it
/// was copied.
pub(super) fn find(path: &Path, wanted: &Identity, length_min: u64) -> Option<(File, SystemTime)> {
    let fits = |file: &File| head(file).ok().flatten() == Some(wanted.head);
    let here = File::open(path).ok().filter(fits).and_then(|file| {
        let facts = file.metadata().ok().filter(|facts| facts.len() >= length_min)?;
        Some((facts.ino(), file, facts.modified().ok()?))
    });
    let elsewhere = rotated(path)
        .into_iter()
        .filter(|other| other.length >= length_min)
        .filter_map(|other| Some((other.identity?, other)))
        .filter(|(identity, _)| identity.head == wanted.head)
        .map(|(identity, other)| (identity.inode, other.file, other.changed));
    let mut found: Vec<_> = here.into_iter().chain(elsewhere).collect();
    found.sort_by_key(|(inode, _, _)| *inode != wanted.inode);
    found.into_iter().next().map(|(_, file, changed)| (file, changed))
}

#[cfg(test)]
mod tests {
    use super::is_rotated_name;

    #[test]
    fn names_of_rotated_files() {
        let check = |name, of, expect| assert_eq!(is_rotated_name(name, of), expect, "{name} of {of}");
        check("queue_log.1", "queue_log", true);
        check("queue_log-20261127", "queue_log", true);
        check("queue_log.2.gz", "queue_log", true);
        check("Master.csv.1", "Master.csv", true);
        check("Master-20261127.csv", "Master.csv", true);
        check("Masters.csv", "Master.csv", false);
        check("Master-notes.txt", "Master.csv", false);
        check("queue_log_old", "queue_log", true);
        check("full", "queue_log", false);
    }
}
