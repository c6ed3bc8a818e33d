//! Rotated files: where a log's earlier bytes are by now.

use super::identity::{Identity, head};
use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::SystemTime;

/// What gzip, bzip2, xz and zstd files begin with.
const PACKED: [&[u8]; 4] = [&[0x1f, 0x8b], b"BZh", &[0xfd, b'7', b'z'], &[0x28, 0xb5, 0x2f, 0xfd]];

/// A file that a log may have been moved or copied to.
pub(super) struct Rotated {
    /// None of one that is packed or may not be read.
    pub file: Option<(File, Identity)>,
    pub inode: u64,
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

/// All of them, the one that was written last comes last.
pub(super) fn rotated(path: &Path) -> Vec<Rotated> {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let (Some(folder), Some(of)) = (path.parent(), name(path)) else { return Vec::new() };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<Rotated> = entries
        .filter(|other| name(other).is_some_and(|other| other != of && is_rotated_name(&other, &of)))
        .filter_map(|path| look_at(&path))
        .collect();
    found.sort_by_key(|file| file.changed);
    found
}

/// None if nothing that could be lost is in it.
fn look_at(path: &Path) -> Option<Rotated> {
    let facts = std::fs::metadata(path).ok().filter(|facts| facts.is_file() && facts.len() > 0)?;
    let file = File::open(path).ok();
    let is_readable = file.as_ref().is_some_and(|file| is_packed(file).is_ok_and(|packed| !packed));
    let file = match file {
        Some(file) if is_readable => {
            let identity = Identity::of(&file).ok().flatten()?;
            Some((file, identity))
        }
        // While a file is being packed its bytes are there twice.
        Some(_) if path.with_extension("").exists() => return None,
        _ => None,
    };
    Some(Rotated { file, inode: facts.ino(), length: facts.len(), changed: facts.modified().ok()? })
}

fn is_packed(file: &File) -> std::io::Result<bool> {
    let mut magic = [0u8; 4];
    let length = file.read_at(&mut magic, 0)?;
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
pub(super) fn find(path: &Path, wanted: &Identity, length_min: u64) -> Option<File> {
    let fits = |file: &File| head(file).ok().flatten() == Some(wanted.head);
    let here = File::open(path).ok().filter(fits).and_then(|file| {
        let facts = file.metadata().ok().filter(|facts| facts.len() >= length_min)?;
        Some((facts.ino(), file))
    });
    let elsewhere = rotated(path)
        .into_iter()
        .filter(|other| other.length >= length_min)
        .filter_map(|other| Some((other.inode, other.file?)))
        .filter(|(_, (_, identity))| identity.head == wanted.head)
        .map(|(inode, (file, _))| (inode, file));
    let mut found: Vec<_> = here.into_iter().chain(elsewhere).collect();
    found.sort_by_key(|(inode, _)| *inode != wanted.inode);
    found.into_iter().next().map(|(_, file)| file)
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
