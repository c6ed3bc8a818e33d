//! Ids of events: the same record read twice has the same id, and no id lets a number be guessed.

use call::EventId;
use org::KeyRing;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Identical messages are counted within so many microseconds.
const SAME_MOMENT_US: i64 = 5_000_000;

/// A digest under a secret key is a hash already.
#[derive(Debug, Default)]
struct Own(u64);

impl Hasher for Own {
    fn write_u128(&mut self, digest: u128) {
        self.0 = digest as u64;
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Makes ids for one site.
#[derive(Debug)]
pub struct Ids {
    keys: KeyRing,
    site: String,
    /// How many identical messages were seen, by their digest, and when the first of them happened.
    seen: HashMap<u128, (u32, i64), BuildHasherDefault<Own>>,
    newest_us: i64,
}

impl Ids {
    /// With the keys in force.
    #[must_use]
    pub fn new(keys: KeyRing, site: &str) -> Self {
        Self { keys, site: site.to_owned(), seen: HashMap::default(), newest_us: i64::MIN }
    }

    /// A digest of site, bytes (which hold the time) and how many identical ones came before.
    pub fn of(&mut self, bytes: &[u8], at_us: i64) -> EventId {
        let digest = self.keys.event_id(&[self.site.as_bytes(), b"\0", bytes]);
        if at_us > self.newest_us.saturating_add(SAME_MOMENT_US) {
            self.newest_us = at_us;
            self.seen.retain(|_, (_, first_us)| *first_us >= at_us - SAME_MOMENT_US);
        }
        let (count, _) = self.seen.entry(digest).or_insert((0, at_us));
        *count += 1;
        match *count {
            1 => EventId(digest),
            nth => EventId(self.keys.event_id(&[&digest.to_be_bytes(), &nth.to_be_bytes()])),
        }
    }

    /// Of an event that no other one shares its place with.
    pub fn at(&self, stream: u64, position: u64) -> EventId {
        let (stream, position) = (stream.to_be_bytes(), position.to_be_bytes());
        EventId(self.keys.event_id(&[self.site.as_bytes(), b"\0at", &stream, &position]))
    }
}

/// The id of an event that its sender has named.
pub(crate) fn named(keys: &KeyRing, site: &str, node: &str, id: &str) -> EventId {
    EventId(keys.event_id(&[site.as_bytes(), b"\0", node.as_bytes(), b"\0posted\0", id.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use org::PseudonymKey;

    #[test]
    fn the_same_record_has_the_same_id_and_its_twin_another() {
        let ids =
            || Ids::new(KeyRing::new(vec![PseudonymKey { epoch: 1, secret: [1; 32] }]).unwrap(), "site");
        let (mut once, mut again) = (ids(), ids());
        let first = [once.of(b"a", 0), once.of(b"a", 0), once.of(b"b", 1)];
        assert_eq!(first, [again.of(b"a", 0), again.of(b"a", 0), again.of(b"b", 1)]);
        assert_ne!(first[0], first[1]);
        assert_ne!(first[0], first[2]);
    }
}
