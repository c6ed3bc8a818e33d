//! The recording of a real PBX, many times over.

use anyhow::Context;
use std::io::Write;
use std::path::{Path, PathBuf};

const APART_S: u64 = 900;
/// Digits of a time in seconds.
const DIGITS: usize = 10;

/// Writes so many copies, one a quarter of an hour later than the one before, ids too.
///
/// # Errors
/// The file cannot be written.
pub fn many(folder: &Path, copies: u64) -> anyhow::Result<PathBuf> {
    let (text, path) = (e2e::recording(), folder.join("recording"));
    let moments = moments(text.as_bytes());
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    for copy in 0..copies {
        write_later(&text, &moments, copy * APART_S, &mut file)?;
    }
    file.flush()?;
    Ok(path)
}

/// Where times and ids that are made of one begin: ten digits that begin with 1, a point, a digit.
fn moments(text: &[u8]) -> Vec<usize> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let is_moment = |at: usize| {
        text[at] == b'1'
            && !is_digit(at.checked_sub(1).and_then(|before| text.get(before)))
            && text.get(at..at + DIGITS).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
            && text.get(at + DIGITS) == Some(&b'.')
            && is_digit(text.get(at + DIGITS + 1))
    };
    (0..text.len()).filter(|at| is_moment(*at)).collect()
}

fn write_later(text: &str, moments: &[usize], later_s: u64, out: &mut impl Write) -> anyhow::Result<()> {
    let mut from = 0;
    for at in moments {
        let moment = text.get(*at..at + DIGITS).context("no moment")?;
        out.write_all(&text.as_bytes()[from..*at])?;
        write!(out, "{}", moment.parse::<u64>()? + later_s)?;
        from = at + DIGITS;
    }
    Ok(out.write_all(&text.as_bytes()[from..])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_are_later() {
        let text =
            "Timestamp: 1700000000.123\nUniqueid: a-1700000001.7\nNumber: 1700000000\nX: 91700000000.1\n";
        let mut out = Vec::new();
        write_later(text, &moments(text.as_bytes()), 900, &mut out).unwrap();
        let expect =
            "Timestamp: 1700000900.123\nUniqueid: a-1700000901.7\nNumber: 1700000000\nX: 91700000000.1\n";
        assert_eq!(String::from_utf8(out).unwrap(), expect);
    }
}
