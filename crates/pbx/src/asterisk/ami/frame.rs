//! Bytes → messages.

use memchr::memmem::Finder;
use std::collections::VecDeque;

/// No message of an Asterisk comes near this; a stream without empty lines is not an Asterisk.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// What an AMI says before its first message.
const BANNER: &[u8] = b"Asterisk Call Manager/";
/// How much is searched for an empty line at a time: a few messages.
const PIECE_BYTES: usize = 4096;
/// How much of a bad record is kept as evidence.
const EVIDENCE_BYTES: usize = 512;

/// One message: its place in the stream and its fields in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Offset of the first byte after its closing empty line.
    pub end: u64,
    /// The bytes as they came, without the closing empty line.
    pub raw: Vec<u8>,
    /// Where key and value stand in `raw`: `(key start, key end, value start, value end)`.
    pub(crate) fields: Vec<(u32, u32, u32, u32)>,
}

impl Message {
    /// The first field of that name, exactly spelled; none if it is missing or not UTF-8.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let wanted = key.as_bytes();
        let (_, _, from, to) =
            self.fields.iter().find(|(from, to, _, _)| &self.raw[*from as usize..*to as usize] == wanted)?;
        std::str::from_utf8(&self.raw[*from as usize..*to as usize]).ok()
    }

    /// Like [`get`](Self::get), but what stands for nothing (`""`, `<unknown>`) is none.
    #[must_use]
    pub fn known(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|value| !value.is_empty() && *value != "<unknown>")
    }
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A line without a key, or bytes that are not text.
    #[error("at byte {offset}: not an AMI message: {detail}")]
    Malformed {
        /// Where it begins.
        offset: u64,
        /// Offset of the first byte after it.
        end: u64,
        /// What is wrong.
        detail: String,
        /// The beginning of the bytes, to be redacted before anybody sees them.
        raw: Vec<u8>,
    },
    /// Longer than any message may be.
    #[error("at byte {offset}: longer than {limit} bytes without an empty line")]
    TooLong {
        /// Where it begins.
        offset: u64,
        /// Offset of the first byte after what was thrown away so far.
        end: u64,
        /// The limit.
        limit: usize,
    },
}

/// Cuts a stream of bytes into messages and keeps what is not yet complete. After an error it goes on at the next
/// empty line.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Where the next message begins in `buffer`.
    start: usize,
    /// Up to where `buffer` was searched for an empty line.
    searched: usize,
    /// Offset of `buffer[0]` in the stream.
    base: u64,
    /// A message that was too long is being thrown away.
    skipping: bool,
    ready: VecDeque<FrameError>,
    ends: Ends,
}

/// How a message ends, made ready once: a message is hardly longer than what it takes to prepare a search.
#[derive(Debug)]
struct Ends {
    crlf: Finder<'static>,
    lf: Finder<'static>,
}

impl Default for Ends {
    fn default() -> Self {
        Self { crlf: Finder::new(b"\r\n\r\n"), lf: Finder::new(b"\n\n") }
    }
}

impl Framer {
    /// A framer whose next byte has this offset in the stream.
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

    /// The next complete message, or what is wrong; none until more bytes come. The banner line is skipped.
    pub fn next_message(&mut self) -> Option<Result<Message, FrameError>> {
        loop {
            if let Some(error) = self.ready.pop_front() {
                return Some(Err(error));
            }
            let Some((body_end, next)) = self.find_empty_line() else {
                return self.give_up_on_long().map(Err);
            };
            let (from, skipped) = (self.start, std::mem::take(&mut self.skipping));
            (self.start, self.searched) = (next, next);
            if skipped || is_blank(&self.buffer[from..body_end]) {
                continue;
            }
            return Some(self.parse(from, body_end, next));
        }
    }

    /// The stream ended: what is left over, if anything, is cut off.
    pub fn finish(&mut self) -> Option<FrameError> {
        let rest = &self.buffer[self.start..];
        if self.skipping || is_blank(rest) || only_banner(rest) {
            return None;
        }
        let error =
            self.malformed(self.start, self.buffer.len(), self.buffer.len(), "cut off before its empty line");
        self.start = self.buffer.len();
        self.searched = self.start;
        Some(error)
    }

    /// End of the body and start of the next message. `\n\n` is taken too: files are edited by hand. Searched for in pieces:
    /// where a file has only one kind of ends, the other would be searched for up to the buffer's end for each message.
    fn find_empty_line(&mut self) -> Option<(usize, usize)> {
        let mut from = self.searched.max(self.start + 3).saturating_sub(3).max(self.start);
        loop {
            let to = self.buffer.len().min(from + PIECE_BYTES);
            let area = &self.buffer[from..to];
            let crlf = self.ends.crlf.find(area);
            let limit = crlf.unwrap_or(area.len());
            match (self.ends.lf.find(&area[..limit]), crlf) {
                (Some(at), _) => return Some((from + at, from + at + 2)),
                (None, Some(at)) => return Some((from + at, from + at + 4)),
                (None, None) if to < self.buffer.len() => from = to - 3,
                (None, None) => {
                    self.searched = to;
                    return None;
                }
            }
        }
    }

    fn give_up_on_long(&mut self) -> Option<FrameError> {
        let pending = self.buffer.len() - self.start;
        if pending <= MESSAGE_BYTES_MAX {
            return None;
        }
        let error = FrameError::TooLong {
            offset: self.base + self.start as u64,
            end: self.base + self.buffer.len() as u64,
            limit: MESSAGE_BYTES_MAX,
        };
        // The last three bytes may be the beginning of the empty line.
        self.start = self.buffer.len() - 3;
        self.searched = self.start;
        let first = !std::mem::replace(&mut self.skipping, true);
        first.then_some(error)
    }

    fn parse(&self, from: usize, body_end: usize, next: usize) -> Result<Message, FrameError> {
        if body_end - from > MESSAGE_BYTES_MAX {
            let (offset, end) = (self.base + from as u64, self.base + next as u64);
            return Err(FrameError::TooLong { offset, end, limit: MESSAGE_BYTES_MAX });
        }
        let from = from + banner_length(&self.buffer[from..body_end]);
        let raw = &self.buffer[from..body_end];
        match split_fields(raw) {
            Ok(fields) => Ok(Message {
                offset: self.base + from as u64,
                end: self.base + next as u64,
                raw: raw.to_vec(),
                fields,
            }),
            Err(detail) => Err(self.malformed(from, body_end, next, detail)),
        }
    }

    fn malformed(&self, from: usize, body_end: usize, next: usize, detail: &str) -> FrameError {
        FrameError::Malformed {
            offset: self.base + from as u64,
            end: self.base + next as u64,
            detail: detail.to_owned(),
            raw: self.buffer[from..body_end.min(from + EVIDENCE_BYTES)].to_vec(),
        }
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

fn only_banner(bytes: &[u8]) -> bool {
    let length = banner_length(bytes);
    length > 0 && is_blank(&bytes[length..])
}

/// Length of the banner line with its line end, 0 if the bytes do not begin with one.
fn banner_length(bytes: &[u8]) -> usize {
    if !bytes.starts_with(BANNER) {
        return 0;
    }
    memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1)
}

/// Most of what a recording costs is here: a line is looked through once for its key and once for its end.
fn split_fields(raw: &[u8]) -> Result<Vec<(u32, u32, u32, u32)>, &'static str> {
    let nul = memchr::memchr(0, raw).unwrap_or(raw.len());
    let mut fields = Vec::with_capacity(24);
    let mut at = 0;
    while at < raw.len() {
        let colon = at + key_length(&raw[at..]);
        let line_end = memchr::memchr(b'\n', &raw[colon..]).map_or(raw.len(), |n| colon + n);
        let end = if line_end > at && raw[line_end - 1] == b'\r' { line_end - 1 } else { line_end };
        if end > at {
            if colon == at || raw.get(colon) != Some(&b':') {
                return Err(no_key(&raw[at..end]));
            }
            if nul < end {
                return Err("a NUL byte: not text");
            }
            let value = if raw[colon + 1..end].first() == Some(&b' ') { colon + 2 } else { colon + 1 };
            // A message is at most 64 KiB, so every place fits.
            fields.push((at as u32, colon as u32, value as u32, end as u32));
        }
        at = line_end + 1;
    }
    Ok(fields)
}

/// How many bytes stand before the first one that is no part of a key.
fn key_length(line: &[u8]) -> usize {
    let ends = |byte: &u8| *byte == b':' || !byte.is_ascii_graphic();
    line.iter().position(ends).unwrap_or(line.len())
}

fn no_key(line: &[u8]) -> &'static str {
    if line.contains(&b':') { "a line whose key is not a word" } else { "a line without a key" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(framer: &mut Framer) -> Vec<String> {
        let mut seen = Vec::new();
        while let Some(next) = framer.next_message() {
            seen.push(match next {
                Ok(m) => format!("{}..{} {}", m.offset, m.end, m.get("Event").unwrap_or("-")),
                Err(FrameError::Malformed { offset, end, .. }) => format!("{offset}..{end} malformed"),
                Err(FrameError::TooLong { offset, .. }) => format!("{offset} too long"),
            });
        }
        seen
    }

    fn check(input: &[u8], expect: &[&str]) {
        let mut framer = Framer::at(0);
        framer.push(input);
        assert_eq!(words(&mut framer), expect);
    }

    #[test]
    fn cuts_at_empty_lines_and_recovers() {
        check(
            b"Asterisk Call Manager/11.0.0\r\nEvent: A\r\n\r\nEvent: B\r\n\r\nEv",
            &["30..42 A", "42..54 B"],
        );
        check(b"Event: A\n\nEvent: B\n\n", &["0..10 A", "10..20 B"]);
        check(b"what is this\r\n\r\nEvent: B\r\n\r\n", &["0..16 malformed", "16..28 B"]);
        check(b"Event: A\r\nX\0: 1\r\n\r\nEvent: B\r\n\r\n", &["0..19 malformed", "19..31 B"]);
        check(b"\r\n\r\n\r\n\r\n", &[]);
    }

    #[test]
    fn an_empty_line_is_found_wherever_a_piece_ends() {
        for end in ["\r\n\r\n", "\n\n"] {
            for length in PIECE_BYTES - 6..PIECE_BYTES + 4 {
                let long = "x".repeat(length - "Event: A\nX: ".len());
                let input = format!("Event: A\nX: {long}{end}Event: B{end}");
                let (first, all) = (length + end.len(), input.len());
                check(input.as_bytes(), &[&format!("0..{first} A"), &format!("{first}..{all} B")]);
            }
        }
    }

    #[test]
    fn a_stream_without_empty_lines_is_given_up_once_and_goes_on() {
        let mut framer = Framer::at(0);
        for _ in 0..200 {
            framer.push(&[b'x'; 1024]);
        }
        assert_eq!(words(&mut framer), ["0 too long"]);
        framer.push(&[b'y'; 100_000]);
        framer.push(b"\r\n\r\nEvent: B\r\n\r\n");
        assert_eq!(words(&mut framer), ["304804..304816 B"]);
    }

    #[test]
    fn what_is_left_at_the_end_is_cut_off() {
        let mut framer = Framer::at(0);
        framer.push(b"Event: A\r\n\r\nEvent: B\r\nCha");
        assert_eq!(words(&mut framer), ["0..12 A"]);
        assert!(matches!(framer.finish(), Some(FrameError::Malformed { offset: 12, .. })));
        assert_eq!(framer.finish(), None);
    }

    #[test]
    fn values_may_be_empty_hold_colons_or_not_be_utf8() {
        let mut framer = Framer::at(0);
        framer.push(b"Event: A\r\nB:\r\nC: \r\nD: a: b\r\nE: \xe5\r\nB: 2\r\n\r\n");
        let message = framer.next_message().unwrap().unwrap();
        let got: Vec<_> = ["B", "C", "D", "E", "F"].iter().map(|key| message.get(key)).collect();
        assert_eq!(got, [Some(""), Some(""), Some("a: b"), None, None]);
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(bytes in proptest::collection::vec(prop_oneof![
            Just(b"\r\n".to_vec()), Just(b"\n".to_vec()), Just(b"Event: A".to_vec()), Just(b": ".to_vec()), any::<[u8; 3]>().prop_map(|b| b.to_vec()),
        ], 0..60), cuts in proptest::collection::vec(1usize..9, 1..40)) {
            let all = bytes.concat();
            let mut whole = Framer::at(7);
            whole.push(&all);
            let expect = words(&mut whole);
            let mut pieces = Framer::at(7);
            let mut seen = Vec::new();
            let mut rest = &all[..];
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                pieces.push(now);
                seen.extend(words(&mut pieces));
                rest = later;
            }
            prop_assert_eq!(seen, expect);
            prop_assert_eq!(pieces.finish(), whole.finish());
        }
    }
}
