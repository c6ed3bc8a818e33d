//! Each check over its whole corpus, and over a fixed number of seeded changes of it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may fail loudly, and tells with what input"
)]

use fuzz_checks::{TARGETS, mutate};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Changed inputs for each target.
const CHANGES: usize = 20_000;
const CORPUS_BYTES_MAX: usize = 300 * 1024;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = fuzz().join("corpus").join(target);
    let mut paths: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Shows the input that a check fails with.
struct Tried<'a>(&'a str, &'a [u8]);

impl Drop for Tried<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} fails with {}", self.0, self.1.escape_ascii());
        }
    }
}

fn run(name: &str) {
    let (name, check) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let corpus = corpus(name);
    assert!(!corpus.is_empty(), "fuzz/corpus/{name}");
    let mut random = fastrand::Rng::with_seed(771);
    let words = mutate::words(&corpus);
    for input in &corpus {
        let _tried = Tried(name, input);
        check(input);
    }
    for _ in 0..CHANGES {
        let input = mutate::changed(&mut random, &corpus, &words);
        let _tried = Tried(name, &input);
        check(&input);
    }
}

macro_rules! fixed_runs {
    ($($name:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            run(stringify!($name));
        })+
        const RUN: &[&str] = &[$(stringify!($name)),+];
    };
}
fixed_runs!(ami, queue_log, cel, cdr, csv_import, webhook, alerts, spool, wire_event, wire_call, wire_window);

#[test]
fn every_target_has_a_run_a_file_and_a_corpus() {
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, RUN);
    let listed = |folder: &str| -> BTreeSet<String> {
        let entries = fuzz().join(folder).read_dir().unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(listed("fuzz_targets"), names);
    assert_eq!(listed("corpus"), names);
    let inputs: Vec<Vec<u8>> = names.iter().flat_map(|name| corpus(name)).collect();
    assert!(inputs.iter().all(|input| input.len() <= mutate::BYTES_MAX));
    assert!(inputs.iter().map(Vec::len).sum::<usize>() < CORPUS_BYTES_MAX);
}
