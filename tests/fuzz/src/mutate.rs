//! Seeded changes of known inputs.

use fastrand::Rng;

/// No input of the corpus is longer, nor is what is made of it.
pub const BYTES_MAX: usize = 4096;

/// Words and marks that readers look for, cut out of the corpus.
#[must_use]
pub fn words(corpus: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    let in_one = |input: &Vec<u8>| -> Vec<Vec<u8>> {
        input.chunk_by(|a, b| is_word(a) == is_word(b)).map(<[u8]>::to_vec).collect()
    };
    let mut words: Vec<Vec<u8>> = corpus.iter().flat_map(in_one).filter(|word| word.len() < 40).collect();
    words.sort();
    words.dedup();
    let numbers = ["-1", "0", "99999999999999999999", "9223372036854775807", "\u{feff}", "\r\n", "\0"];
    words.extend(numbers.iter().map(|word| word.as_bytes().to_vec()));
    words
}

/// One of the inputs with a few changes.
pub fn changed(random: &mut Rng, corpus: &[Vec<u8>], words: &[Vec<u8>]) -> Vec<u8> {
    let mut input = random.choice(corpus).cloned().unwrap_or_default();
    for _ in 0..random.usize(1..=6) {
        change(random, &mut input, corpus, words);
    }
    input.truncate(BYTES_MAX);
    input
}

fn change(random: &mut Rng, input: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[Vec<u8>]) {
    let at = random.usize(0..=input.len());
    let end = (at + random.usize(0..=32)).min(input.len());
    match random.u8(0..8) {
        0 => input[at..end].iter_mut().take(1).for_each(|byte| *byte ^= 1 << random.u8(0..8)),
        1 => input[at..end].iter_mut().take(1).for_each(|byte| *byte = random.u8(..)),
        2 => drop(input.drain(at..end)),
        3 => {
            let again = input[at..end].to_vec();
            drop(input.splice(at..at, again));
        }
        4 => input.truncate(at),
        5 => {
            let other = random.choice(corpus).map_or(&[][..], Vec::as_slice);
            let from = random.usize(0..=other.len());
            let to = (from + random.usize(0..=400)).min(other.len());
            drop(input.splice(at..at, other[from..to].iter().copied()));
        }
        6 => drop(input.splice(at..end, random.choice(words).cloned().unwrap_or_default())),
        _ => drop(input.splice(at..at, random.choice(words).cloned().unwrap_or_default())),
    }
}
