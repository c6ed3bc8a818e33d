//! Fetching by the registries' own clients, with the machine's own settings for them.

use super::sums;
use crate::Watch;
use anyhow::{Context, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const KAFKA_POM: &str = include_str!("../../parts/kafka-pom.xml");

const ENGINE_PACKAGE: &str = "@chdb/lib-linux-x64-gnu@26.7.3-stable.1";
const ENGINE_TARBALL_SUM: &str = "c0d32b129e988f2b9a9a31c9141aecf5e1e2453f9a079efc4d36ab8e3f92b2ad";

const REGISTRY_ARTIFACT: &str = "io.apicurio:apicurio-registry-app:2.6.13.Final:tar.gz:all";
const REGISTRY_SUM: &str = "3cda1b34aa020fb4ac4dd6a66018d757e81e437f97e20a1f92d366b70091c6ba";

pub(super) fn kafka(into: &Path, watch: &Watch<'_>) -> anyhow::Result<()> {
    let pom = into.join("pom.xml");
    std::fs::write(&pom, KAFKA_POM)?;
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "-f"]).arg(&pom).args(["dependency:copy-dependencies", "-DincludeScope=runtime"]);
    maven.arg(format!("-DoutputDirectory={}", into.display()));
    run(maven, into, watch)
}

pub(super) fn engine(into: &Path, watch: &Watch<'_>) -> anyhow::Result<()> {
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", ENGINE_PACKAGE, "--pack-destination"]).arg(into);
    run(npm, into, watch)?;
    unpack(into, "tgz", ENGINE_TARBALL_SUM, &["--strip-components=1", "package/libchdb.so"], watch)
}

pub(super) fn registry(into: &Path, watch: &Watch<'_>) -> anyhow::Result<()> {
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "dependency:copy"]).arg(format!("-Dartifact={REGISTRY_ARTIFACT}"));
    maven.arg(format!("-DoutputDirectory={}", into.display()));
    run(maven, into, watch)?;
    unpack(into, "gz", REGISTRY_SUM, &[], watch)
}

/// Checks the archive before a single byte of it is unpacked.
fn unpack(into: &Path, extension: &str, sum: &str, what: &[&str], watch: &Watch<'_>) -> anyhow::Result<()> {
    let archive = only_file(into, extension)?;
    sums::check(&archive, sum)?;
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&archive).arg("--no-same-owner").arg("-C").arg(into).args(what);
    run(tar, into, watch)?;
    Ok(std::fs::remove_file(archive)?)
}

fn only_file(folder: &Path, extension: &str) -> anyhow::Result<PathBuf> {
    let mut files = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    files.find(|path| path.extension().is_some_and(|e| e == extension)).context("nothing was fetched")
}

/// Runs it to its end, or ends it when we are told to stop.
fn run(mut command: Command, into: &Path, watch: &Watch<'_>) -> anyhow::Result<()> {
    let program = command.get_program().display().to_string();
    // Never a pipe: a program whose pipe is full would wait for us, who wait for it.
    let said_path = into.join("said");
    let said = std::fs::File::create(&said_path)?;
    command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said).process_group(0);
    let mut child = command.spawn().with_context(|| {
        format!("{program} cannot be started; scripts/prerequisites.sh installs or names it")
    })?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if (watch.stopped)() {
            let _ = killpg(Pid::from_raw(i32::try_from(child.id())?), Signal::SIGTERM);
            child.wait()?;
            bail!("stopped while {program} was at work");
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let said = std::fs::read(&said_path)?;
    std::fs::remove_file(said_path)?;
    if !status.success() {
        bail!("{program} failed: {}", String::from_utf8_lossy(&said).trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(program: &str, arguments: &[&str], stopped: bool, expect: &str) {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command.args(arguments);
        let watch = Watch { progress: &|_| {}, stopped: &|| stopped };
        let said = run(command, folder.path(), &watch).err().map(|error| format!("{error:#}"));
        assert!(said.as_deref().unwrap_or("it worked").starts_with(expect), "{said:?}");
    }

    #[test]
    fn what_a_client_said_is_told() {
        check("true", &[], false, "it worked");
        check("sh", &["-c", "echo no such version; exit 3"], false, "sh failed: no such version");
        check("no-such-client", &[], false, "no-such-client cannot be started; scripts/prerequisites.sh");
        check("sleep", &["600"], true, "stopped while sleep was at work");
    }
}
