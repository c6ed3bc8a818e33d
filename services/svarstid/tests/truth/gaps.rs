//! The manager interface was not heard for a while; the other files were written all the time.

use super::pairs::{AMI, CDR, CEL, QUEUE_LOG, analysed, expected, gunzip, recording, text, truths};
use fastrand::Rng;
use std::io::Write;
use std::path::PathBuf;

const SEEDS: u64 = 10;

/// The recording without a piece from somewhere, which is cut anywhere in a message.
fn cut(bytes: &[u8], seed: u64) -> tempfile::NamedTempFile {
    let mut random = Rng::with_seed(seed);
    let length = random.usize(bytes.len() / 30..bytes.len() / 3);
    let from = random.usize(bytes.len() / 50..bytes.len() - length);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&bytes[..from]).unwrap();
    file.write_all(&bytes[from + length..]).unwrap();
    file
}

/// How many calls of the whole recording are told right; none may be told wrong, and nothing may be made up.
fn recovered(others: &[&str]) -> Vec<usize> {
    let (truths, whole) = (truths(), gunzip(&recording(AMI)));
    let one = |seed: u64| {
        let file = cut(&whole, seed);
        let files: Vec<PathBuf> =
            others.iter().map(|other| recording(other)).chain([file.path().to_owned()]).collect();
        let calls = analysed(&files);
        let mut right = 0;
        for (id, call) in &calls {
            let truth = truths.get(id).unwrap_or_else(|| panic!("seed {seed}: nobody made {call}"));
            let (outcome, reach) = expected(text(truth, "outcome"));
            let told = (text(call, "outcome"), text(call, "reach"));
            assert!(told == (outcome, reach) || told.0 == "unknown", "seed {seed}: {call} is {outcome}");
            right += usize::from(told.0 == outcome);
        }
        right
    };
    (0..SEEDS).map(one).collect()
}

#[test]
fn everything_is_recovered_from_the_other_files() {
    for (seed, right) in recovered(&[QUEUE_LOG, CEL, CDR]).into_iter().enumerate() {
        assert!(right * 100 >= 171 * 99, "seed {seed}: {right} of 171");
    }
}

#[test]
fn the_channel_event_log_alone_recovers_as_much() {
    for (seed, right) in recovered(&[CEL]).into_iter().enumerate() {
        assert!(right * 100 >= 171 * 99, "seed {seed}: {right} of 171");
    }
}
