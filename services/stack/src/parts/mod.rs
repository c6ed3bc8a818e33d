//! What is fetched: once, by pinned version, with checked contents, into a cache outside every clone.

mod fetch;
mod sums;

use crate::Watch;
use anyhow::{Context, bail};
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::path::{Path, PathBuf};

/// One thing that is fetched as a whole.
struct Part {
    /// Folder in the cache; holds the version, so that versions live beside each other.
    name: &'static str,
    /// For people.
    what: &'static str,
    /// Room needed while it is fetched and unpacked, bytes.
    room_bytes: u64,
    /// `sha256sum`'s list of the files that matter; empty where the archive alone is checked.
    sums: &'static str,
    fetch: fn(&Path, &Watch<'_>) -> anyhow::Result<()>,
}

const KAFKA: Part = Part {
    name: "kafka-4.3.0",
    what: "Kafka 4.3.0 (44 MB)",
    room_bytes: 100_000_000,
    sums: include_str!("../../parts/kafka.sha256"),
    fetch: fetch::kafka,
};

const ENGINE: Part = Part {
    name: "libchdb-26.7.3-stable.1",
    what: "the ClickHouse engine 26.7 (178 MB)",
    room_bytes: 800_000_000,
    sums: "36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5  libchdb.so\n",
    fetch: fetch::engine,
};

const REGISTRY: Part = Part {
    name: "apicurio-2.6.13.Final",
    what: "the schema registry Apicurio 2.6.13 (142 MB)",
    room_bytes: 400_000_000,
    sums: "",
    fetch: fetch::registry,
};

/// Where the fetched parts are.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Folder of Kafka's jars.
    pub kafka: PathBuf,
    /// libchdb.so
    pub clickhouse: PathBuf,
}

impl Parts {
    /// Makes sure that everything is there and whole. Several processes may call it at once.
    pub fn ready(cache: &Path, progress: &dyn Fn(&str)) -> anyhow::Result<Self> {
        Self::ready_watched(cache, &Watch { progress, stopped: &|| false })
    }

    pub(crate) fn ready_watched(cache: &Path, watch: &Watch<'_>) -> anyhow::Result<Self> {
        let kafka = KAFKA.ready(cache, watch)?;
        let clickhouse = ENGINE.ready(cache, watch)?.join("libchdb.so");
        Ok(Self { kafka, clickhouse })
    }
}

/// The schema registry that tests use; fetched only when asked for.
pub(crate) fn registry(cache: &Path, progress: &dyn Fn(&str)) -> anyhow::Result<PathBuf> {
    REGISTRY.ready(cache, &Watch { progress, stopped: &|| false })
}

impl Part {
    /// A folder that is complete as soon as it exists: it is filled under another name and then renamed. A folder whose
    /// contents were changed since is fetched again.
    fn ready(&self, cache: &Path, watch: &Watch<'_>) -> anyhow::Result<PathBuf> {
        let done = cache.join(self.name);
        if done.is_dir() && sums::unchanged(&done) {
            return Ok(done);
        }
        std::fs::create_dir_all(cache)
            .with_context(|| format!("the cache {} cannot be made", cache.display()))?;
        let lock = File::create(cache.join(format!("{}.lock", self.name)))?;
        let _lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| error)?;
        if done.is_dir() {
            match self.whole(&done) {
                Ok(()) => return Ok(done),
                Err(why) => (watch.progress)(&format!("{why:#}; it is fetched again")),
            }
            std::fs::remove_dir_all(&done)?;
        }
        self.fetch_into(cache, &done, watch).with_context(|| format!("{} cannot be fetched", self.what))?;
        Ok(done)
    }

    /// Reads everything, and notes that it was read.
    fn whole(&self, folder: &Path) -> anyhow::Result<()> {
        if !sums::unchanged(folder) {
            sums::check_all(folder, self.sums)?;
            sums::note(folder)?;
        }
        Ok(())
    }

    fn fetch_into(&self, cache: &Path, done: &Path, watch: &Watch<'_>) -> anyhow::Result<()> {
        let part = cache.join(format!("{}.part", self.name));
        if part.exists() {
            std::fs::remove_dir_all(&part)?;
        }
        crate::probe::has_room(cache, self.room_bytes)?;
        (watch.progress)(&format!("fetching {}, once", self.what));
        std::fs::create_dir_all(&part)?;
        let fetched = (self.fetch)(&part, watch).and_then(|()| self.whole(&part));
        if let Err(error) = fetched {
            std::fs::remove_dir_all(&part)?;
            bail!(error);
        }
        std::fs::rename(&part, done)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WATCH: Watch<'_> = Watch { progress: &|_| {}, stopped: &|| false };
    const SUMS: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc.jar\n";

    fn part(fetch: fn(&Path, &Watch<'_>) -> anyhow::Result<()>) -> Part {
        Part { name: "x", what: "X", room_bytes: 1, sums: SUMS, fetch }
    }

    fn good(into: &Path, _: &Watch<'_>) -> anyhow::Result<()> {
        Ok(std::fs::write(into.join("abc.jar"), "abc")?)
    }

    fn cut_off(into: &Path, _: &Watch<'_>) -> anyhow::Result<()> {
        std::fs::write(into.join("half"), "half")?;
        bail!("cut off")
    }

    fn never(_: &Path, _: &Watch<'_>) -> anyhow::Result<()> {
        bail!("asked for twice")
    }

    #[test]
    fn it_appears_whole_or_not_at_all() {
        let cache = tempfile::tempdir().unwrap();
        let failing = part(cut_off).ready(cache.path(), &WATCH);
        assert_eq!(format!("{:#}", failing.unwrap_err()), "X cannot be fetched: cut off");
        assert!(!cache.path().join("x").exists() && !cache.path().join("x.part").exists());
        // What a killed fetch left behind is no part of the next one.
        std::fs::create_dir(cache.path().join("x.part")).unwrap();
        std::fs::write(cache.path().join("x.part/half.jar"), "").unwrap();
        let done = part(good).ready(cache.path(), &WATCH).unwrap();
        assert!(done.join("abc.jar").exists() && !done.join("half.jar").exists());
        part(never).ready(cache.path(), &WATCH).unwrap();
    }

    #[test]
    fn changed_contents_are_fetched_again() {
        let change: [fn(&Path); 3] = [
            |done| std::fs::write(done.join("abc.jar"), "abd").unwrap(),
            |done| std::fs::remove_file(done.join("abc.jar")).unwrap(),
            |done| std::fs::write(done.join("more.jar"), "").unwrap(),
        ];
        for change in change {
            let cache = tempfile::tempdir().unwrap();
            let done = part(good).ready(cache.path(), &WATCH).unwrap();
            change(&done);
            assert!(part(never).ready(cache.path(), &WATCH).unwrap_err().to_string().contains("X"));
            part(good).ready(cache.path(), &WATCH).unwrap();
            assert_eq!(std::fs::read(done.join("abc.jar")).unwrap(), b"abc");
            assert!(!done.join("more.jar").exists());
        }
    }

    #[test]
    fn a_copied_cache_is_read_but_not_fetched() {
        let cache = tempfile::tempdir().unwrap();
        std::fs::create_dir(cache.path().join("x")).unwrap();
        good(&cache.path().join("x"), &WATCH).unwrap();
        part(never).ready(cache.path(), &WATCH).unwrap();
    }

    #[test]
    fn other_contents_than_pinned_are_refused() {
        let cache = tempfile::tempdir().unwrap();
        let other: fn(&Path, &Watch<'_>) -> anyhow::Result<()> =
            |into, _| Ok(std::fs::write(into.join("abc.jar"), "evil")?);
        let error = format!("{:#}", part(other).ready(cache.path(), &WATCH).unwrap_err());
        assert!(error.contains("abc.jar") && error.contains("not what this version"), "{error}");
        assert!(!cache.path().join("x").exists());
    }

    #[test]
    fn many_at_once_fetch_it_once() {
        let cache = tempfile::tempdir().unwrap();
        let slow: fn(&Path, &Watch<'_>) -> anyhow::Result<()> = |into, watch| {
            // A second fetch would find the first one's count.
            let count = into.parent().unwrap().join("count");
            anyhow::ensure!(!count.exists(), "fetched twice");
            std::fs::write(count, "")?;
            good(into, watch)
        };
        std::thread::scope(|scope| {
            let all: Vec<_> =
                (0..8).map(|_| scope.spawn(|| part(slow).ready(cache.path(), &WATCH))).collect();
            all.into_iter().for_each(|one| drop(one.join().unwrap().unwrap()));
        });
    }
}
