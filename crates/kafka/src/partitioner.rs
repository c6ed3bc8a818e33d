//! Which partition a key's records are in.

const SEED: u32 = 0x9747_b28c;
const FACTOR: u32 = 0x5bd1_e995;

/// The partition of `key` among so many, as Kafka's own clients choose it and ours are set to (`murmur2`).
#[must_use]
pub fn partition_of(key: &[u8], partitions: i32) -> i32 {
    let positive = (murmur2(key) & 0x7fff_ffff).cast_signed();
    positive.checked_rem(partitions).unwrap_or(0)
}

fn murmur2(bytes: &[u8]) -> u32 {
    let mut hash = SEED ^ bytes.len() as u32;
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(FACTOR);
        k ^= k >> 24;
        hash = hash.wrapping_mul(FACTOR) ^ k.wrapping_mul(FACTOR);
    }
    if !rest.is_empty() {
        for (place, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * place);
        }
        hash = hash.wrapping_mul(FACTOR);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(FACTOR);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kafka's own examples (`UtilsTest.testMurmur2`).
    #[test]
    fn hashes_are_those_of_kafka() {
        let check = |key: &str, hash: i32| assert_eq!(murmur2(key.as_bytes()).cast_signed(), hash, "{key}");
        check("21", -973_932_308);
        check("foobar", -790_332_482);
        check("a-little-bit-long-string", -985_981_536);
        check("a-little-bit-longer-string", -1_486_304_829);
        check("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971);
        check("abc", 479_470_107);
    }

    #[test]
    fn every_key_has_a_partition() {
        for n in 0..100_u32 {
            let partition = partition_of(&n.to_be_bytes(), 7);
            assert!((0..7).contains(&partition), "{partition}");
        }
        assert_eq!(partition_of(b"a", 0), 0);
    }
}
