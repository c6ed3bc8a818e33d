//! What each of 64 bytes is, as bits.

use wide::u8x16;

/// Bytes that are looked at together.
pub(super) const BLOCK: usize = 64;
/// Bytes that are compared at once.
const PART: usize = 16;

/// A bit for each byte, the first one lowest.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// What a key is made of: printed, no blank, no colon.
    pub key: u64,
    /// `:`
    pub colons: u64,
    /// `\n`
    pub line_ends: u64,
    /// `\r`
    pub carriage_returns: u64,
    /// `\0`
    pub nuls: u64,
}

impl Masks {
    /// Of these bytes.
    pub fn of(block: &[u8; BLOCK]) -> Self {
        let mut masks = Self::default();
        let (parts, _) = block.as_chunks::<PART>();
        for (place, part) in parts.iter().enumerate() {
            let part = u8x16::new(*part);
            let is = |byte| part.simd_eq(u8x16::splat(byte));
            let bits = |marks: u8x16| u64::from(marks.to_bitmask()) << (place * PART);
            let colons = is(b':');
            let key = part.simd_gt(u8x16::splat(b' ')) & part.simd_lt(u8x16::splat(0x7f)) & !colons;
            masks.key |= bits(key);
            masks.colons |= bits(colons);
            masks.line_ends |= bits(is(b'\n'));
            masks.carriage_returns |= bits(is(b'\r'));
            masks.nuls |= bits(is(0));
        }
        masks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slowly(bytes: &[u8]) -> Masks {
        let bits = |is: &dyn Fn(u8) -> bool| {
            bytes.iter().rev().fold(0, |bits, byte| bits << 1 | u64::from(is(*byte)))
        };
        Masks {
            key: bits(&|byte| byte.is_ascii_graphic() && byte != b':'),
            colons: bits(&|byte| byte == b':'),
            line_ends: bits(&|byte| byte == b'\n'),
            carriage_returns: bits(&|byte| byte == b'\r'),
            nuls: bits(&|byte| byte == 0),
        }
    }

    #[test]
    fn every_byte_is_known_at_every_place() {
        for byte in 0..=255u8 {
            for place in 0..BLOCK {
                let mut block = [b'A'; BLOCK];
                block[place] = byte;
                assert_eq!(Masks::of(&block), slowly(&block), "{byte} at {place}");
            }
        }
    }

    proptest! {
        #[test]
        fn blocks_are_as_byte_by_byte(bytes in proptest::collection::vec(any::<u8>(), BLOCK)) {
            prop_assert_eq!(Masks::of(bytes.first_chunk().unwrap()), slowly(&bytes));
        }
    }
}
