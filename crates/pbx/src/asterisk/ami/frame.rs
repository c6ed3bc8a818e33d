//! Bytes → messages.

use super::scan::{key_length, line_length};
use super::skim::{Field, Skim, Unread};
use std::ops::ControlFlow::{self, Break, Continue};

/// No message of an Asterisk comes near this; a stream without empty lines is not an Asterisk.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// What an AMI says before its first message.
const BANNER: &[u8] = b"Asterisk Call Manager/";
/// How much of a bad record is kept as evidence.
const EVIDENCE_BYTES: usize = 512;
/// Room for the fields of most messages.
const FIELDS: usize = 32;

/// One message: its place in the stream and its fields in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Offset of the first byte after its closing empty line.
    pub end: u64,
    /// The bytes as they came, without the closing empty line.
    pub raw: Vec<u8>,
    /// Where they stand in `raw`.
    pub(crate) fields: Vec<Field>,
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
    /// Where the first of its lines begins that was not looked at.
    line: usize,
    /// Up to where `buffer` was searched for that line's end.
    searched: usize,
    /// Offset of `buffer[0]` in the stream.
    base: u64,
    /// A message that was too long is being thrown away.
    skipping: bool,
    lines: Lines,
    skim: Skim,
}

/// What the lines of the next message were so far.
#[derive(Debug, Default)]
struct Lines {
    /// Length of the banner line before it.
    banner: usize,
    fields: Vec<Field>,
    /// The first line that is no field: where it begins behind the banner, and what is wrong with it.
    misfit: Option<(usize, &'static str)>,
    /// The last one ended with `\r\n`.
    crlf: bool,
}

/// Where a message ends.
struct End {
    /// Its body.
    body: usize,
    /// The empty line.
    next: usize,
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
            self.line -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete message, or what is wrong; none until more bytes come. The banner line is skipped.
    pub fn next_message(&mut self) -> Option<Result<Message, FrameError>> {
        let mut message = Message { fields: Vec::with_capacity(FIELDS), ..Message::default() };
        self.next_into(&mut message).map(|result| result.map(|()| message))
    }

    /// The same into a message of the caller, whose memory is used again. After an error it holds nothing of use.
    pub fn next_into(&mut self, message: &mut Message) -> Option<Result<(), FrameError>> {
        self.next_wanted(message, &|_| true)
    }

    /// The same for who has no use for some events: of one that is not wanted only the place is told, and the message is empty. Those
    /// that cannot be judged before they are taken apart are not asked for: they come whole.
    pub fn next_wanted(
        &mut self,
        message: &mut Message,
        is_wanted: &dyn Fn(&Unread<'_>) -> bool,
    ) -> Option<Result<(), FrameError>> {
        loop {
            if self.take_plain(message, is_wanted) {
                return Some(Ok(()));
            }
            if let Break(told) = self.take_by_lines(message) {
                return told;
            }
        }
    }

    /// Goes line by line through what comes next. Nothing to tell, and more to look at, where nothing or the rest of a long message was.
    fn take_by_lines(&mut self, message: &mut Message) -> ControlFlow<Option<Result<(), FrameError>>> {
        let Some(End { body, next }) = self.find_end() else {
            return Break(self.give_up_on_long().map(Err));
        };
        let (from, skipped) = (self.start, std::mem::take(&mut self.skipping));
        if skipped || is_blank(&self.buffer[from..body]) {
            self.begin_at(next);
            return Continue(());
        }
        let result = self.take(body, next, message);
        self.begin_at(next);
        Break(Some(result))
    }

    /// Takes the next message if it is whole and there is nothing odd in it.
    fn take_plain(&mut self, message: &mut Message, is_wanted: &dyn Fn(&Unread<'_>) -> bool) -> bool {
        let bytes = &self.buffer[self.start..];
        let is_begun = self.searched > self.start || self.skipping;
        if is_begun || !self.skim.is_plain(bytes, MESSAGE_BYTES_MAX) {
            return false;
        }
        message.raw.clear();
        message.fields.clear();
        if self.skim.unread(bytes).is_none_or(|message| is_wanted(&message)) {
            message.raw.extend_from_slice(&bytes[..self.skim.body]);
            self.skim.fields(bytes, &mut message.fields);
        }
        let next = self.start + self.skim.next;
        (message.offset, message.end) = (self.base + self.start as u64, self.base + next as u64);
        self.begin_at(next);
        true
    }

    /// The stream ended: what is left over, if anything, is cut off.
    pub fn finish(&mut self) -> Option<FrameError> {
        let rest = &self.buffer[self.start..];
        if self.skipping || is_blank(rest) || only_banner(rest) {
            return None;
        }
        let error =
            self.malformed(self.start, self.buffer.len(), self.buffer.len(), "cut off before its empty line");
        self.begin_at(self.buffer.len());
        Some(error)
    }

    /// The next message begins here.
    fn begin_at(&mut self, start: usize) {
        (self.start, self.line, self.searched) = (start, start, start);
        let Lines { banner, fields, misfit, crlf } = &mut self.lines;
        (*banner, *misfit, *crlf) = (0, None, false);
        fields.clear();
    }

    /// Goes through the lines up to an empty one. `\n\n` is taken too: files are edited by hand.
    fn find_end(&mut self) -> Option<End> {
        // Of a line that was longer than what had come, only the end is looked for.
        if self.searched > self.line && !self.buffer[self.searched..].contains(&b'\n') {
            self.searched = self.buffer.len();
            return None;
        }
        loop {
            let line = &self.buffer[self.line..];
            let key = key_length(line);
            let Some(length) = line_length(&line[key..]).map(|value| key + value) else {
                self.searched = self.buffer.len();
                return None;
            };
            let (at, next) = (self.line, self.line + length + 1);
            let crlf = line[..length].ends_with(b"\r");
            let line = &line[..length - usize::from(crlf)];
            if line.is_empty() && at > self.start && (!crlf || self.lines.crlf) {
                return Some(End { body: at - 1 - usize::from(crlf), next });
            }
            if at == self.start && line.starts_with(BANNER) {
                self.lines.banner = length + 1;
            } else if !line.is_empty() {
                self.lines.add(at - self.start - self.lines.banner, key, line);
            }
            self.lines.crlf = crlf;
            self.line = next;
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
        self.begin_at(self.buffer.len() - 3);
        let first = !std::mem::replace(&mut self.skipping, true);
        first.then_some(error)
    }

    fn take(&mut self, body: usize, next: usize, message: &mut Message) -> Result<(), FrameError> {
        let (from, end) = (self.start, self.base + next as u64);
        if body - from > MESSAGE_BYTES_MAX {
            let offset = self.base + from as u64;
            return Err(FrameError::TooLong { offset, end, limit: MESSAGE_BYTES_MAX });
        }
        let from = body.min(from + self.lines.banner);
        let raw = &self.buffer[from..body];
        if let Some(detail) = self.lines.wrong(raw) {
            return Err(self.malformed(from, body, next, detail));
        }
        message.raw.clear();
        message.raw.extend_from_slice(raw);
        std::mem::swap(&mut message.fields, &mut self.lines.fields);
        (message.offset, message.end) = (self.base + from as u64, end);
        Ok(())
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

impl Lines {
    /// A line without its end that begins at this place of the message and may have a key of this length.
    fn add(&mut self, at: usize, key: usize, line: &[u8]) {
        if self.misfit.is_some() {
            return;
        }
        if key == 0 || line.get(key) != Some(&b':') {
            self.misfit = Some((at, no_key(line)));
            return;
        }
        let value = if line.get(key + 1) == Some(&b' ') { key + 2 } else { key + 1 };
        // Whoever has more than 64 KiB is no message, so that every place of one fits.
        let place = |within: usize| (at + within) as u32;
        self.fields.push((place(0), place(key), place(value), place(line.len())));
    }

    /// What is wrong first in these bytes of the message.
    fn wrong(&self, raw: &[u8]) -> Option<&'static str> {
        let readable = self.misfit.map_or(raw.len(), |(at, _)| at);
        let has_nul = memchr::memchr(0, raw.get(..readable).unwrap_or(raw)).is_some();
        if has_nul { Some("a NUL byte: not text") } else { self.misfit.map(|(_, detail)| detail) }
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

fn no_key(line: &[u8]) -> &'static str {
    if line.contains(&b':') { "a line whose key is not a word" } else { "a line without a key" }
}

#[cfg(test)]
mod tests;
