//! A message without anything odd in it, 64 bytes at a time: where it ends and where its lines and keys do, by sums of bits instead of a
//! branch for each line. Whatever is odd is left to the framer, which goes line by line and says what is wrong.

use super::masks::{BLOCK, Masks};
use memchr::memmem::Finder;

/// A key line begins a message that can be told by its event.
const EVENT: &[u8] = b"Event: ";

/// Where key and value stand in a message's bytes: `(key start, key end, value start, value end)`.
pub(super) type Field = (u32, u32, u32, u32);

/// A message whose first line names an event, before anybody looked for its fields.
#[derive(Debug, Clone, Copy)]
pub struct Unread<'m> {
    /// What the first line names.
    pub event: &'m [u8],
    /// The first line's end and all other lines.
    behind: &'m [u8],
}

impl Unread<'_> {
    /// What stands behind `KEY:` in the first line that begins with it, up to the end of the message. `begin` looks for a line's
    /// end, the key and its colon.
    #[must_use]
    pub(super) fn behind_key(&self, begin: &Finder<'_>) -> Option<&[u8]> {
        let at = begin.find(self.behind)?;
        let value = &self.behind[at + begin.needle().len()..];
        Some(value.strip_prefix(b" ").unwrap_or(value))
    }
}

/// What was found; its memory is used again.
#[derive(Debug, Default)]
pub(super) struct Skim {
    /// Of each block, where its lines end and where their keys do.
    blocks: Vec<(u64, u64)>,
    /// Bytes of a line's end: 2 with a carriage return. The same in all lines.
    line_end: usize,
    /// Length of the message without its last line's end.
    pub body: usize,
    /// Length with its closing empty line.
    pub next: usize,
}

/// What one block leaves to the next.
struct Carry {
    /// Its first byte begins a line.
    line: u64,
    /// It begins within a key.
    key: u64,
    /// The byte before it is a carriage return.
    cr: u64,
}

impl Skim {
    /// Whether these bytes begin with a whole message of at most so many bytes whose every line is a key, a colon and a value without
    /// NUL, all lines ended alike. If not, nothing is told.
    pub fn is_plain(&mut self, bytes: &[u8], bytes_max: usize) -> bool {
        self.blocks.clear();
        self.line_end = 0;
        let mut carry = Carry { line: 1, key: 0, cr: 0 };
        let bytes = &bytes[..bytes.len().min(bytes_max + 2)];
        let mut rest = bytes;
        while let Some((block, behind)) = rest.split_first_chunk::<BLOCK>() {
            match self.block(&Masks::of(block), &mut carry) {
                Some(BLOCK) => rest = behind,
                Some(at) => return self.ends(bytes, bytes.len() - rest.len() + at),
                None => return false,
            }
        }
        let mut last = [b'.'; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        match self.block(&Masks::of(&last), &mut carry) {
            Some(at) if at < rest.len() => self.ends(bytes, bytes.len() - rest.len() + at),
            _ => false,
        }
    }

    /// Where in this block the first line begins that has no key: 64 if none does. None if something is odd before it.
    fn block(&mut self, masks: &Masks, carry: &mut Carry) -> Option<usize> {
        let begins = masks.line_ends << 1 | carry.line;
        let closing = begins & !masks.key;
        let at = closing.trailing_zeros() as usize;
        let before = if closing == 0 { u64::MAX } else { (1 << at) - 1 };
        // Adding a key's first bit runs through the key and sets the bit behind it.
        let (ran, key_goes_on) = masks.key.overflowing_add(begins & masks.key | carry.key);
        let key_ends = ran & !masks.key & before;
        let lines = masks.line_ends & before;
        let after_cr = masks.carriage_returns << 1 | carry.cr;
        if self.line_end == 0 && lines != 0 {
            self.line_end = 1 + usize::from(after_cr & lines & lines.wrapping_neg() != 0);
        }
        let other_end = if self.line_end == 2 { lines & !after_cr } else { lines & after_cr };
        if (key_ends & !masks.colons) | other_end | (masks.nuls & before) != 0 {
            return None;
        }
        self.blocks.push((lines, key_ends));
        *carry = Carry {
            line: masks.line_ends >> (BLOCK - 1),
            key: u64::from(key_goes_on),
            cr: masks.carriage_returns >> (BLOCK - 1),
        };
        Some(at)
    }

    /// Whether the line without a key that begins here is the empty one that closes the message, and is ended as the others.
    fn ends(&mut self, bytes: &[u8], at: usize) -> bool {
        let closing: &[u8] = if self.line_end == 2 { b"\r\n" } else { b"\n" };
        (self.body, self.next) = (at.saturating_sub(self.line_end), at + self.line_end);
        at > 0 && bytes[at..].starts_with(closing)
    }

    /// The message, which was found plain, without its fields.
    pub fn unread<'m>(&self, bytes: &'m [u8]) -> Option<Unread<'m>> {
        let (lines, _) = self.blocks.first()?;
        let end = (lines.trailing_zeros() as usize + 1).checked_sub(self.line_end)?;
        let event = bytes.get(..end)?.strip_prefix(EVENT)?;
        Some(Unread { event, behind: &bytes[end..self.next] })
    }

    /// The fields of the message, which was found plain.
    pub fn fields(&self, message: &[u8], fields: &mut Vec<Field>) {
        fields.clear();
        let (mut start, mut key_end) = (0, 0);
        for (block, (lines, key_ends)) in self.blocks.iter().enumerate() {
            let (mut lines, mut key_ends) = (*lines, *key_ends);
            // Keys' ends and lines' ends take turns, and a line that goes on in the next block has its key's end in front of it.
            loop {
                if lines.trailing_zeros() > key_ends.trailing_zeros() {
                    key_end = block * BLOCK + key_ends.trailing_zeros() as usize;
                    key_ends &= key_ends - 1;
                }
                if lines == 0 {
                    break;
                }
                let line = block * BLOCK + lines.trailing_zeros() as usize;
                lines &= lines - 1;
                let value = key_end + 1 + usize::from(message[key_end + 1] == b' ');
                // No plain message is so long that a place does not fit.
                fields.push((start as u32, key_end as u32, value as u32, (line + 1 - self.line_end) as u32));
                start = line + 1;
            }
        }
    }
}
