//! Bytes of a line → UTF-8.

use super::Encoding;
use std::borrow::Cow;

/// The only bytes in which Windows-1252 and ISO 8859-1 differ, 0x80 to 0x9f; the five that Windows leaves free stand for
/// the control characters of the same number, as browsers read them.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl Encoding {
    /// The line as UTF-8; one that claims to be is not looked at here.
    pub(super) fn utf8(self, line: &[u8]) -> Cow<'_, [u8]> {
        if self == Self::Utf8 || line.is_ascii() {
            return Cow::Borrowed(line);
        }
        let character = |byte: &u8| match (self, byte) {
            (Self::Windows1252, 0x80..=0x9f) => WINDOWS[usize::from(byte - 0x80)],
            _ => char::from(*byte),
        };
        Cow::Owned(line.iter().map(character).collect::<String>().into_bytes())
    }
}

/// A file's first line without the mark that it is Unicode.
pub(super) fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn western_bytes() {
        let check = |encoding: Encoding, bytes: &[u8], expect: &str| {
            assert_eq!(String::from_utf8_lossy(&encoding.utf8(bytes)), expect, "{encoding:?} {bytes:x?}");
        };
        check(Encoding::Windows1252, b"V\xe4xeln \x80 \x96 \x81", "Växeln € – \u{81}");
        check(Encoding::Latin1, b"V\xe4xeln \x80", "Växeln \u{80}");
        check(Encoding::Utf8, "Växeln".as_bytes(), "Växeln");
        check(Encoding::Utf8, b"V\xe4x", "V\u{fffd}x");
    }
}
