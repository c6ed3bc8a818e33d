//! One line of a comma-separated file → its columns.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// What some programs begin a file with; the reader takes it away.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The columns of one line. Kept between lines, so that a line costs no memory of its own.
#[derive(Debug)]
pub(crate) struct Columns {
    reader: Reader,
    delimiter: u8,
    /// Where the reader writes.
    bytes: Vec<u8>,
    text: String,
    ends: Vec<usize>,
    count: usize,
}

impl Default for Columns {
    fn default() -> Self {
        Self::separated_by(b',')
    }
}

impl Columns {
    /// With something else than a comma between them.
    pub fn separated_by(delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        let (bytes, ends) = (vec![0; 1024], vec![0; 64]);
        Self { reader, delimiter, bytes, text: String::new(), ends, count: 0 }
    }

    /// Reads a line without its end.
    pub fn read(&mut self, line: &[u8]) -> Result<(), &'static str> {
        self.text.clear();
        self.count = 0;
        if let Ok(text) = str::from_utf8(line)
            && self.read_quoted(text).is_some()
        {
            return Ok(());
        }
        self.text.clear();
        self.count = 0;
        self.read_any(line)
    }

    /// The way in which a PBX writes its lines: every column in quotes, or without any. None of a line that has others.
    fn read_quoted(&mut self, line: &str) -> Option<()> {
        if line.is_empty() || line.starts_with(BYTE_ORDER_MARK) || !self.delimiter.is_ascii() {
            return None;
        }
        let mut rest = line;
        loop {
            let after = match rest.strip_prefix('"') {
                Some(quoted) => self.push_quoted(quoted)?,
                None => {
                    let end = memchr::memchr(self.delimiter, rest.as_bytes()).unwrap_or(rest.len());
                    let plain = &rest[..end];
                    if plain.bytes().any(|byte| matches!(byte, b'"' | b'\r' | b'\n')) {
                        return None;
                    }
                    self.text.push_str(plain);
                    &rest[end..]
                }
            };
            if self.count == self.ends.len() {
                self.ends.resize(2 * self.count, 0);
            }
            self.ends[self.count] = self.text.len();
            self.count += 1;
            match after.as_bytes().first() {
                None => return Some(()),
                Some(byte) if *byte == self.delimiter => rest = &after[1..],
                Some(_) => return None,
            }
        }
    }

    /// What stands between quotes, of which two are one; what follows behind the last one.
    fn push_quoted<'a>(&mut self, mut rest: &'a str) -> Option<&'a str> {
        loop {
            let end = memchr::memchr(b'"', rest.as_bytes())?;
            self.text.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('"') {
                Some(more) => {
                    self.text.push('"');
                    rest = more;
                }
                None => return Some(rest),
            }
        }
    }

    fn read_any(&mut self, line: &[u8]) -> Result<(), &'static str> {
        self.reader.reset();
        // Taking quotes away makes a line no longer.
        if self.bytes.len() < line.len() {
            self.bytes.resize(line.len(), 0);
        }
        let (mut rest, mut written, mut ended) = (line, 0, false);
        loop {
            let (result, read, out, ends) =
                self.reader.read_record(rest, &mut self.bytes[written..], &mut self.ends[self.count..]);
            (rest, written, self.count) = (&rest[read..], written + out, self.count + ends);
            match result {
                ReadRecordResult::Record => break,
                ReadRecordResult::OutputEndsFull if self.ends.len() < line.len() + 2 => {
                    self.ends.resize(line.len() + 2, 0);
                }
                ReadRecordResult::InputEmpty if !ended => (rest, ended) = (b"\n", true),
                ReadRecordResult::InputEmpty => return Err("a quote that is not closed"),
                _ => return Err("no columns"),
            }
        }
        // What is left is behind a line's end inside the line, which the caller has cut away.
        let text = str::from_utf8(&self.bytes[..written]).map_err(|_| "bytes that are not UTF-8")?;
        self.text.push_str(text);
        Ok(())
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// One of them, from 0; empty if there are not so many.
    pub fn get(&self, column: usize) -> &str {
        let Some(end) = self.ends[..self.count].get(column) else { return "" };
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..*end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn columns(line: &str) -> Result<Vec<String>, &'static str> {
        let mut columns = Columns::default();
        columns.read(line.as_bytes())?;
        Ok((0..columns.len()).map(|at| columns.get(at).to_owned()).collect())
    }

    #[test]
    fn quotes_are_taken_away() {
        let check = |line: &str, expect: &[&str]| assert_eq!(columns(line).unwrap(), expect, "{line}");
        check(r#""a","b ""c"" d",,1,"""""#, &["a", r#"b "c" d"#, "", "1", "\""]);
        check("å,ö", &["å", "ö"]);
        assert_eq!(columns(""), Err("no columns"));
        let many = ",".repeat(500);
        assert_eq!(columns(&many).unwrap().len(), 501);
        assert_eq!(columns("\"a,b"), Err("a quote that is not closed"));
        assert_eq!(Columns::default().read(b"a,\xff"), Err("bytes that are not UTF-8"));
    }

    proptest! {
        /// The csv crate, of which csv-core is the lower half, reads whole files.
        #[test]
        fn what_was_written_is_read(fields in proptest::collection::vec("[^\r\n]{0,12}", 1..30)) {
            let line = fields.iter().map(|f| format!("\"{}\"", f.replace('"', "\"\""))).collect::<Vec<_>>().join(",");
            prop_assert_eq!(columns(&line).unwrap(), fields);
        }

        /// The short way gives what csv-core gives.
        #[test]
        fn both_ways_are_one(line in "[\"\"\",,;a å\r\n\u{feff}]{0,24}", delimiter in prop_oneof![Just(b','), Just(b';')]) {
            let (mut short, mut long) = (Columns::separated_by(delimiter), Columns::separated_by(delimiter));
            let told = |columns: &Columns| (0..columns.len()).map(|at| columns.get(at).to_owned()).collect::<Vec<_>>();
            if short.read_quoted(&line).is_some() {
                prop_assert_eq!(long.read_any(line.as_bytes()), Ok(()));
                prop_assert_eq!(told(&short), told(&long));
            }
        }

        #[test]
        fn any_bytes(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut columns = Columns::default();
            let _ = columns.read(&line);
            for at in 0..=columns.len() {
                let _ = columns.get(at);
            }
        }
    }
}
