//! Keyed pseudonyms: the same caller can be recognised, nobody can be called up.

use call::Pseudonym;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// So that a key used for numbers can never give the same digest for something else.
const NUMBER_LABEL: &[u8] = b"svarstid/number/1\0";
const EVENT_LABEL: &[u8] = b"svarstid/event/1\0";

/// One key and the epoch it is in force for.
#[derive(Clone, PartialEq, Eq)]
pub struct PseudonymKey {
    /// Stands in every pseudonym made with it.
    pub epoch: u32,
    /// 32 secret bytes.
    pub secret: [u8; 32],
}

/// Why keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// None at all.
    #[error("there is no key; make one with `svarstid key new`")]
    Empty,
    /// Two keys for one epoch.
    #[error("epoch {0} has two keys")]
    TwoKeys(u32),
}

/// The keys in force, newest epoch first. Two during a change of keys, so that repeat callers survive it.
#[derive(Clone)]
pub struct KeyRing {
    keys: Vec<Ready>,
}

/// A key, and what is computed from it once: half of a short text's digest.
#[derive(Clone)]
struct Ready {
    key: PseudonymKey,
    numbers: Hmac<Sha256>,
    events: Hmac<Sha256>,
}

impl Ready {
    fn new(key: PseudonymKey) -> Self {
        let labelled = |label: &[u8]| {
            // HMAC pads a short key with zeros to the block size: doing it here leaves no length that could be wrong.
            let mut block = [0u8; 64];
            block[..32].copy_from_slice(&key.secret);
            Hmac::<Sha256>::new(&block.into()).chain_update(label)
        };
        Self { numbers: labelled(NUMBER_LABEL), events: labelled(EVENT_LABEL), key }
    }
}

impl PartialEq for KeyRing {
    fn eq(&self, other: &Self) -> bool {
        self.keys.iter().map(|ready| &ready.key).eq(other.keys.iter().map(|ready| &ready.key))
    }
}

impl Eq for KeyRing {}

impl std::fmt::Debug for KeyRing {
    /// Secrets never show.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|ready| ready.key.epoch)).finish()
    }
}

impl KeyRing {
    /// Sorts them, newest first.
    pub fn new(mut keys: Vec<PseudonymKey>) -> Result<Self, KeyRingError> {
        keys.sort_by_key(|key| std::cmp::Reverse(key.epoch));
        if keys.is_empty() {
            return Err(KeyRingError::Empty);
        }
        match keys.windows(2).find(|pair| pair[0].epoch == pair[1].epoch) {
            Some(pair) => Err(KeyRingError::TwoKeys(pair[0].epoch)),
            None => Ok(Self { keys: keys.into_iter().map(Ready::new).collect() }),
        }
    }

    /// One pseudonym for each key, newest first.
    #[must_use]
    pub fn pseudonyms(&self, e164: &str) -> Vec<Pseudonym> {
        let pseudonym = |ready: &Ready| {
            let value = digest(&ready.numbers, &[e164.as_bytes()]);
            Pseudonym { epoch: ready.key.epoch, value }
        };
        self.keys.iter().map(pseudonym).collect()
    }

    /// The id of an event: a digest of its bytes under the newest key, so that an id never lets a number be guessed.
    #[must_use]
    pub fn event_id(&self, parts: &[&[u8]]) -> u128 {
        self.keys.first().map_or(0, |ready| digest(&ready.events, parts))
    }
}

/// The first 128 bits of HMAC-SHA-256 over the parts, behind what was begun with.
fn digest(begun: &Hmac<Sha256>, parts: &[&[u8]]) -> u128 {
    let mut mac = begun.clone();
    for part in parts {
        mac.update(part);
    }
    let bytes = mac.finalize().into_bytes();
    bytes.iter().take(16).fold(0, |value, byte| value << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(epoch: u32) -> PseudonymKey {
        PseudonymKey { epoch, secret: [u8::try_from(epoch).unwrap(); 32] }
    }

    #[test]
    fn a_number_has_one_pseudonym_for_each_key_newest_first() {
        let ring = KeyRing::new(vec![key(1), key(2)]).unwrap();
        let both = ring.pseudonyms("4684650001");
        assert_eq!(both.iter().map(|p| p.epoch).collect::<Vec<_>>(), [2, 1]);
        let old = KeyRing::new(vec![key(1)]).unwrap().pseudonyms("4684650001");
        assert_eq!(both[1], old[0], "a repeat caller is recognised across the change");
        assert_ne!(both[0].value, both[1].value);
        assert_ne!(ring.pseudonyms("4684650002")[0], both[0]);
        assert_eq!(KeyRing::new(vec![]), Err(KeyRingError::Empty));
        assert_eq!(KeyRing::new(vec![key(3), key(3)]), Err(KeyRingError::TwoKeys(3)));
        assert_eq!(format!("{ring:?}"), "[2, 1]");
    }

    #[test]
    fn the_digest_is_hmac_sha_256() {
        // Computed by `printf 'svarstid/number/1\0004684650001' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101…`.
        let ring = KeyRing::new(vec![key(1)]).unwrap();
        assert_eq!(ring.pseudonyms("4684650001")[0].to_string(), "e1-5410f9ded7cc489b1ae7138bdde45099");
    }
}
