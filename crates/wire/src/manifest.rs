//! What one transaction of the processor held.

use std::hash::Hasher;
use twox_hash::XxHash64;

/// A record of the topic `manifests`: one for each partition that a transaction covers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Grows by one with each transaction of the partition, from 1.
    pub sequence: u64,
    /// The first offset of the input that it covers.
    pub first_offset: i64,
    /// The first one after those.
    pub next_offset: i64,
    /// Events that were used.
    pub used: u64,
    /// Events that had been used before.
    pub repeated: u64,
    /// Events of a time that was told to be a gap.
    pub too_late: u64,
    /// Events that wait until it is known whether another collector has told them.
    pub waiting: u64,
    /// Events that had waited, of this transaction or an earlier one, and do so no more: used, repeated or too late.
    pub decided: u64,
    /// Versions of calls.
    pub calls: Written,
    /// Revisions of panes, and corrections.
    pub windows: Written,
    /// Corrections among them.
    pub corrections: u64,
    /// One record for each event that could not be used.
    pub rejected: Written,
}

impl Manifest {
    /// The events that it covers.
    #[must_use]
    pub const fn events(&self) -> u64 {
        let unused = self.repeated.saturating_add(self.too_late).saturating_add(self.rejected.records);
        self.used.saturating_add(self.waiting).saturating_add(unused)
    }
}

/// Records in one topic, whatever their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Written {
    /// How many.
    pub records: u64,
    /// The sum of their digests, modulo 2^64.
    pub digest: u64,
}

impl Written {
    /// One record.
    #[must_use]
    pub fn one(key: &[u8], value: &[u8]) -> Self {
        let mut hasher = XxHash64::with_seed(0);
        // So that a byte cannot go from the key to the value unseen; Kafka's lengths fit 31 bits.
        hasher.write(&u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes());
        hasher.write(key);
        hasher.write(value);
        Self { records: 1, digest: hasher.finish() }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            records: self.records.wrapping_add(other.records),
            digest: self.digest.wrapping_add(other.digest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_record_that_a_doubled_one_makes_up_for_shows() {
        let [a, b] = [Written::one(b"a", b"1"), Written::one(b"b", b"2")];
        assert_eq!(a.and(b), b.and(a));
        assert_eq!(a.and(b).records, a.and(a).records);
        assert_ne!(a.and(b).digest, a.and(a).digest);
        assert_ne!(Written::one(b"ab", b"c").digest, Written::one(b"a", b"bc").digest);
    }

    /// Others must be able to count it, and one version what another wrote: XXH64 of `00000001 61 31`.
    #[test]
    fn the_digest_stays_as_the_schema_says() {
        assert_eq!(format!("{:016x}", Written::one(b"a", b"1").digest), "65424eb741c5c5ce");
    }
}
