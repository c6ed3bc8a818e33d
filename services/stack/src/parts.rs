//! What is fetched: once, by pinned version, with checked contents, into a cache outside every clone.

use anyhow::{Context, bail};
use nix::fcntl::{Flock, FlockArg};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

const KAFKA_VERSION: &str = "kafka-4.3.0";
const KAFKA_POM: &str = include_str!("../parts/kafka-pom.xml");
const KAFKA_SUMS: &str = include_str!("../parts/kafka.sha256");

const ENGINE_PACKAGE: &str = "@chdb/lib-linux-x64-gnu@26.7.3-stable.1";
const ENGINE_VERSION: &str = "libchdb-26.7.3-stable.1";
const ENGINE_TARBALL_SUM: &str = "c0d32b129e988f2b9a9a31c9141aecf5e1e2453f9a079efc4d36ab8e3f92b2ad";

const REGISTRY_ARTIFACT: &str = "io.apicurio:apicurio-registry-app:2.6.13.Final:tar.gz:all";
const REGISTRY_VERSION: &str = "apicurio-2.6.13.Final";
const REGISTRY_SUM: &str = "3cda1b34aa020fb4ac4dd6a66018d757e81e437f97e20a1f92d366b70091c6ba";

/// Where the fetched parts are.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Folder of Kafka's jars.
    pub kafka: PathBuf,
    /// libchdb.so
    pub clickhouse: PathBuf,
}

impl Parts {
    /// Makes sure that everything is there. Several processes may call it at once.
    pub fn ready(cache: &Path, progress: &dyn Fn(&str)) -> anyhow::Result<Self> {
        let kafka = part(cache, KAFKA_VERSION, &|into| {
            progress("fetching Kafka 4.3.0 (44 MB, once)");
            fetch_kafka(into)
        })?;
        let clickhouse = part(cache, ENGINE_VERSION, &|into| {
            progress("fetching the ClickHouse engine 26.7 (178 MB, once)");
            fetch_engine(into)
        })?;
        Ok(Self { kafka, clickhouse: clickhouse.join("libchdb.so") })
    }
}

/// The schema registry that tests use; fetched only when asked for.
pub(crate) fn registry(cache: &Path, progress: &dyn Fn(&str)) -> anyhow::Result<PathBuf> {
    part(cache, REGISTRY_VERSION, &|into| {
        progress("fetching the schema registry Apicurio 2.6.13 (142 MB, once)");
        fetch_registry(into)
    })
}

/// A folder that is complete as soon as it exists: it is filled under another name and then renamed.
fn part(cache: &Path, name: &str, fetch: &dyn Fn(&Path) -> anyhow::Result<()>) -> anyhow::Result<PathBuf> {
    let done = cache.join(name);
    if done.is_dir() {
        return Ok(done);
    }
    std::fs::create_dir_all(cache)
        .with_context(|| format!("the cache {} cannot be made", cache.display()))?;
    let lock = File::create(cache.join(format!("{name}.lock")))?;
    let _lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| error)?;
    if done.is_dir() {
        return Ok(done);
    }
    let part = cache.join(format!("{name}.part"));
    if part.exists() {
        std::fs::remove_dir_all(&part)?;
    }
    std::fs::create_dir_all(&part)?;
    fetch(&part).with_context(|| format!("{name} cannot be fetched"))?;
    std::fs::rename(&part, &done)?;
    Ok(done)
}

fn fetch_kafka(into: &Path) -> anyhow::Result<()> {
    let pom = into.join("pom.xml");
    std::fs::write(&pom, KAFKA_POM)?;
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "-f"]).arg(&pom).args(["dependency:copy-dependencies", "-DincludeScope=runtime"]);
    maven.arg(format!("-DoutputDirectory={}", into.display()));
    run(maven)?;
    for line in KAFKA_SUMS.lines() {
        let (sum, file) = line.split_once("  ").context("kafka.sha256 is not a list of sums")?;
        check(&into.join(file), sum)?;
    }
    let jars = std::fs::read_dir(into)?
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|e| e == "jar"));
    let (found, wanted) = (jars.count(), KAFKA_SUMS.lines().count());
    if found != wanted {
        bail!("{found} jars were fetched, {wanted} are known; nothing unknown is run");
    }
    Ok(())
}

fn fetch_engine(into: &Path) -> anyhow::Result<()> {
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", ENGINE_PACKAGE, "--pack-destination"]).arg(into);
    run(npm)?;
    let tarball = only_file(into, "tgz")?;
    check(&tarball, ENGINE_TARBALL_SUM)?;
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&tarball).arg("-C").arg(into).args(["--strip-components=1", "package/libchdb.so"]);
    run(tar)?;
    std::fs::remove_file(tarball)?;
    Ok(())
}

fn fetch_registry(into: &Path) -> anyhow::Result<()> {
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "dependency:copy"]).arg(format!("-Dartifact={REGISTRY_ARTIFACT}"));
    maven.arg(format!("-DoutputDirectory={}", into.display()));
    run(maven)?;
    let tarball = only_file(into, "gz")?;
    check(&tarball, REGISTRY_SUM)?;
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&tarball).arg("-C").arg(into);
    run(tar)?;
    std::fs::remove_file(tarball)?;
    Ok(())
}

fn only_file(folder: &Path, extension: &str) -> anyhow::Result<PathBuf> {
    let mut files = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    files.find(|path| path.extension().is_some_and(|e| e == extension)).context("nothing was fetched")
}

fn run(mut command: Command) -> anyhow::Result<()> {
    let program = command.get_program().display().to_string();
    let done = command.output().with_context(|| {
        format!("{program} cannot be started; scripts/prerequisites.sh installs what is missing")
    })?;
    if !done.status.success() {
        let said = [done.stdout, done.stderr].concat();
        bail!("{program} failed: {}", String::from_utf8_lossy(&said).trim());
    }
    Ok(())
}

fn check(file: &Path, wanted: &str) -> anyhow::Result<()> {
    let mut stream = File::open(file).with_context(|| format!("{} was not fetched", file.display()))?;
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
        bail!(
            "{} has the checksum {found}, not {wanted}: it is not what this version was made with",
            file.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_appears_whole_or_not_at_all() {
        let cache = tempfile::tempdir().unwrap();
        let failing = part(cache.path(), "x", &|into| {
            std::fs::write(into.join("half"), "half")?;
            bail!("cut off")
        });
        assert_eq!(format!("{:#}", failing.unwrap_err()), "x cannot be fetched: cut off");
        assert!(!cache.path().join("x").exists());
        let done = part(cache.path(), "x", &|into| Ok(std::fs::write(into.join("whole"), "")?)).unwrap();
        assert!(done.join("whole").exists() && !done.join("half").exists());
        part(cache.path(), "x", &|_| bail!("never fetched twice")).unwrap();
    }

    #[test]
    fn other_contents_are_refused() {
        let cache = tempfile::tempdir().unwrap();
        let file = cache.path().join("f");
        std::fs::write(&file, "abc").unwrap();
        check(&file, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad").unwrap();
        assert!(check(&file, ENGINE_TARBALL_SUM).unwrap_err().to_string().contains("not what this version"));
    }
}
