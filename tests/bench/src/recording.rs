//! The recording of a real PBX, many times over.

use anyhow::Context;
use regex::RegexSet;
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
    write(&e2e::recording(), folder.join("recording"), copies)
}

/// The same of what a PBX sends to a collector that asks it for what it needs, with `Action: Filter`.
///
/// # Errors
/// The file cannot be written.
pub fn many_filtered(folder: &Path, copies: u64) -> anyhow::Result<PathBuf> {
    let dialect = config::load(&e2e::recordings().join("svarstid.toml"))?.dialect()?;
    let text = filtered(&e2e::recording(), &pbx::asterisk::ami::filters(&dialect))?;
    write(&text, folder.join("filtered"), copies)
}

/// Only events that one of the regular expressions matches, and whatever is no event.
fn filtered(text: &str, filters: &[String]) -> anyhow::Result<String> {
    let filters = RegexSet::new(filters)?;
    let passes = |message: &&str| !message.contains("Event: ") || filters.is_match(message);
    Ok(text.split_inclusive("\r\n\r\n").filter(passes).collect())
}

fn write(text: &str, path: PathBuf, copies: u64) -> anyhow::Result<PathBuf> {
    let moments = moments(text.as_bytes());
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    for copy in 0..copies {
        write_later(text, &moments, copy * APART_S, &mut file)?;
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

    #[test]
    fn events_that_are_not_asked_for_are_left_out() {
        let text = "Response: Success\r\n\r\nEvent: Hangup\r\nX: 1\r\n\r\nEvent: VarSet\r\nVariable: B\r\n\r\nEvent: VarSet\r\nVariable: A\r\n\r\n";
        let filters = ["Event: (Hangup|Hold)".to_owned(), "Variable: _*(A)".to_owned()];
        let expect =
            "Response: Success\r\n\r\nEvent: Hangup\r\nX: 1\r\n\r\nEvent: VarSet\r\nVariable: A\r\n\r\n";
        assert_eq!(filtered(text, &filters).unwrap(), expect);
    }
}
