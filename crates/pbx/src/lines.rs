//! Bytes → lines, for files that have one record a line.

/// No line of a PBX's file comes near this.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// One line and its place in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Offset of the first byte after its end.
    pub end: u64,
    /// Its number, from 1 where reading began; empty lines are counted.
    pub number: u64,
    /// The line without its end; none of one that is longer than any line may be.
    pub bytes: Option<&'a [u8]>,
}

/// Cuts a stream of bytes into lines and keeps what is not yet complete. Empty lines are left out.
#[derive(Debug, Default)]
pub struct Lines {
    buffer: Vec<u8>,
    /// Where the next line begins in `buffer`.
    start: usize,
    /// Up to where `buffer` was searched for a line's end.
    searched: usize,
    /// Offset of `buffer[0]` in the stream.
    base: u64,
    /// Lines before `start`.
    before: u64,
    /// A line that is too long is being thrown away; where it began.
    skipping: Option<u64>,
}

impl Lines {
    /// Lines of a stream whose next byte has this offset.
    #[must_use]
    pub fn at(offset: u64) -> Self {
        Self { base: offset, ..Self::default() }
    }

    /// More bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 && self.start >= self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.base += self.start as u64;
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete line; none until more bytes come.
    pub fn next_line(&mut self) -> Option<Line<'_>> {
        loop {
            let Some(length) = memchr::memchr(b'\n', &self.buffer[self.searched..]) else {
                self.searched = self.buffer.len();
                self.throw_away_long();
                return None;
            };
            let (from, to) = (self.start, self.searched + length);
            (self.start, self.searched) = (to + 1, to + 1);
            self.before += 1;
            if self.skipping.is_some() || !is_blank(&self.buffer[from..to]) {
                return Some(self.line(self.before, from, to, to + 1));
            }
        }
    }

    /// The stream ended: what is left over without a line's end, if anything.
    pub fn finish(&mut self) -> Option<Line<'_>> {
        let (from, to) = (self.start, self.buffer.len());
        (self.start, self.searched) = (to, to);
        (self.skipping.is_some() || !is_blank(&self.buffer[from..to]))
            .then(|| self.line(self.before + 1, from, to, to))
    }

    /// Where the next line begins: a reader that begins there finds the same lines.
    #[must_use]
    pub fn next_offset(&self) -> u64 {
        self.skipping.unwrap_or(self.base + self.start as u64)
    }

    fn line(&mut self, number: u64, from: usize, to: usize, next: usize) -> Line<'_> {
        let (offset, end) = (self.base + from as u64, self.base + next as u64);
        match self.skipping.take() {
            Some(offset) => Line { offset, end, number, bytes: None },
            None if to - from > LINE_BYTES_MAX => Line { offset, end, number, bytes: None },
            None => {
                let bytes = &self.buffer[from..to];
                Line { offset, end, number, bytes: Some(bytes.strip_suffix(b"\r").unwrap_or(bytes)) }
            }
        }
    }

    /// Keeps memory bounded when no line's end comes.
    fn throw_away_long(&mut self) {
        if self.buffer.len() - self.start > LINE_BYTES_MAX {
            self.skipping.get_or_insert(self.base + self.start as u64);
            self.start = self.buffer.len();
        }
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(line: Line<'_>) -> String {
        let bytes =
            line.bytes.map_or("too long".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned());
        format!("{}..{} #{} {bytes}", line.offset, line.end, line.number)
    }

    fn all(pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::at(0);
        let mut seen = Vec::new();
        for piece in pieces {
            lines.push(piece);
            while let Some(line) = lines.next_line() {
                seen.push(told(line));
            }
        }
        seen.extend(lines.finish().map(told));
        seen
    }

    #[test]
    fn cuts_at_line_ends() {
        assert_eq!(all(&[b"one\ntwo\r\n\n \nthr", b"ee"]), ["0..4 #1 one", "4..9 #2 two", "12..17 #5 three"]);
        assert!(all(&[b"", b"\n\n"]).is_empty());
    }

    #[test]
    fn a_line_without_an_end_is_thrown_away_once() {
        let long = vec![b'x'; 70_000];
        let pieces: [&[u8]; 5] = [&long, &long, b"tail\nnext\n", &long, b"\nlast"];
        assert_eq!(
            all(&pieces),
            [
                "0..140005 #1 too long",
                "140005..140010 #2 next",
                "140010..210011 #3 too long",
                "210011..210015 #4 last"
            ]
        );
        assert_eq!(all(&[&long]), ["0..70000 #1 too long"]);
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(text in "[a\n\r ]{0,60}", cut in 1usize..7) {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(cut).collect();
            prop_assert_eq!(all(&pieces), all(&[text.as_bytes()]));
        }
    }
}
