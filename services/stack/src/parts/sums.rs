//! Checksums of fetched files, and a cheap way to see that nothing changed since they were checked.

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Sizes and times of the files when their contents were checked.
const NOTE: &str = ".checked";

/// Nothing was added, removed or written since [`note`]. Reads no contents: the engine alone has half a gigabyte.
pub(super) fn unchanged(folder: &Path) -> bool {
    let noted = std::fs::read_to_string(folder.join(NOTE));
    noted.is_ok_and(|noted| listing(folder).is_ok_and(|now| now == noted))
}

pub(super) fn note(folder: &Path) -> anyhow::Result<()> {
    Ok(std::fs::write(folder.join(NOTE), listing(folder)?)?)
}

fn listing(folder: &Path) -> std::io::Result<String> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let (entry, mut line) = (entry?, String::new());
        let name = entry.file_name();
        if name == NOTE {
            continue;
        }
        let meta = entry.metadata()?;
        // A folder's size and time depend on the file system and on what is written at run time.
        let (size, second, ns) =
            if meta.is_dir() { (0, 0, 0) } else { (meta.len(), meta.mtime(), meta.mtime_nsec()) };
        let _ = writeln!(line, "{} {size} {second}.{ns:09}", name.display());
        lines.push(line);
    }
    lines.sort();
    Ok(lines.concat())
}

/// Every file of the list has its contents, and there is no jar beside them: nothing unknown is run.
pub(super) fn check_all(folder: &Path, sums: &str) -> anyhow::Result<()> {
    for line in sums.lines() {
        let (sum, file) = line.split_once("  ").context("the list of checksums cannot be read")?;
        check(&folder.join(file), sum)?;
    }
    let is_jar = |path: &Path| path.extension().is_some_and(|extension| extension == "jar");
    let known = |path: &Path| sums.lines().any(|line| path.ends_with(&line[line.len().min(66)..]));
    let jars = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).filter(|path| is_jar(path));
    match jars.into_iter().find(|path| !sums.is_empty() && !known(path)) {
        Some(unknown) => bail!("{} is not known: nothing unknown is run", unknown.display()),
        None => Ok(()),
    }
}

pub(super) fn check(file: &Path, wanted: &str) -> anyhow::Result<()> {
    let mut stream = File::open(file).with_context(|| format!("{} is missing", file.display()))?;
    let mut digest = Sha256::new();
    let mut chunk = vec![0u8; 1 << 20];
    loop {
        match stream.read(&mut chunk)? {
            0 => break,
            n => digest.update(&chunk[..n]),
        }
    }
    let mut found = String::with_capacity(64);
    for byte in digest.finalize() {
        let _ = write!(found, "{byte:02x}");
    }
    if found != wanted {
        let file = file.display();
        bail!("{file} has the checksum {found}, not {wanted}: it is not what this version was made with");
    }
    Ok(())
}
