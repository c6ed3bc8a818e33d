//! One line of a comma-separated file → its columns.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// The columns of one line. Kept between lines, so that a line costs no memory of its own.
#[derive(Debug)]
pub(crate) struct Columns {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl Default for Columns {
    fn default() -> Self {
        Self { reader: Reader::new(), text: vec![0; 1024], ends: vec![0; 64], count: 0 }
    }
}

impl Columns {
    /// With something else than a comma between them.
    pub fn separated_by(delimiter: u8) -> Self {
        Self { reader: ReaderBuilder::new().delimiter(delimiter).build(), ..Self::default() }
    }

    /// Reads a line without its end.
    pub fn read(&mut self, line: &[u8]) -> Result<(), &'static str> {
        self.reader.reset();
        self.count = 0;
        // Taking quotes away makes a line no longer.
        if self.text.len() < line.len() {
            self.text.resize(line.len(), 0);
        }
        let (mut rest, mut written, mut ended) = (line, 0, false);
        loop {
            let (result, read, out, ends) =
                self.reader.read_record(rest, &mut self.text[written..], &mut self.ends[self.count..]);
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
        std::str::from_utf8(&self.text[..written]).map(drop).map_err(|_| "bytes that are not UTF-8")
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// One of them, from 0; empty if there are not so many.
    pub fn get(&self, column: usize) -> &str {
        let Some(end) = self.ends[..self.count].get(column) else { return "" };
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..*end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
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
