//! Where a line's key and the line end: most of what a recording costs, so eight bytes at a time.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES * 0x80;

/// How many bytes stand before the first one that is no part of a key: a colon, or what is not printed.
pub(super) fn key_length(line: &[u8]) -> usize {
    first(line, ends_key, |byte| byte == b':' || !byte.is_ascii_graphic())
}

/// How many bytes stand before the line's end; none if it has none.
pub(super) fn line_length(line: &[u8]) -> Option<usize> {
    let at = first(line, |word| equal(word, b'\n'), |byte| byte == b'\n');
    (at < line.len()).then_some(at)
}

/// The place of the first byte that is meant, or the length. `mark` sets the highest bit of each such byte of eight; behind the
/// first one it may set others.
fn first(bytes: &[u8], mark: impl Fn(u64) -> u64, is_meant: impl Fn(u8) -> bool) -> usize {
    let mut rest = bytes;
    while let Some((eight, behind)) = rest.split_first_chunk() {
        let marks = mark(u64::from_le_bytes(*eight));
        if marks != 0 {
            return bytes.len() - rest.len() + marks.trailing_zeros() as usize / 8;
        }
        rest = behind;
    }
    let at = rest.iter().position(|byte| is_meant(*byte));
    bytes.len() - rest.len() + at.unwrap_or(rest.len())
}

/// Marks bytes that are this one.
const fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (ONES * byte as u64), 1)
}

/// Marks bytes below this one, which is at most 128: taking it away borrows from the next byte, so what stands behind may be marked too.
const fn below(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(ONES * byte as u64) & !word & HIGH
}

/// Marks what is no part of a key: a colon, blanks and control characters, DEL and what is above.
const fn ends_key(word: u64) -> u64 {
    let above = ((word & !HIGH) + ONES) | word;
    equal(word, b':') | below(word, b'!') | (above & HIGH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(line: &[u8]) {
        let key = line.iter().position(|byte| *byte == b':' || !byte.is_ascii_graphic());
        assert_eq!(key_length(line), key.unwrap_or(line.len()), "{line:?}");
        assert_eq!(line_length(line), line.iter().position(|byte| *byte == b'\n'), "{line:?}");
    }

    #[test]
    fn every_byte_at_every_place_beside_every_byte() {
        for byte in 0..=255u8 {
            for other in 0..=255u8 {
                for place in 0..8 {
                    let mut line = [b'A'; 9];
                    (line[place], line[place + 1]) = (byte, other);
                    check(&line);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn as_byte_by_byte(line in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b':'), Just(b'\n'), any::<u8>()], 0..40)) {
            check(&line);
        }
    }
}
