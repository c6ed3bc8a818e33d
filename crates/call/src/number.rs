//! Numbers as the rest of the system may see them.

use crate::Text;

/// One end of a call as it may be stored: nobody outside the site's own number plan is readable.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Party {
    /// Withheld, empty, or not a number.
    #[default]
    Unknown,
    /// A number of the site's own plan, readable: an extension, a short code, or one of its public numbers.
    Own(Text),
    /// A service code such as `*21`; what the user typed after the code is left out.
    Service(Text),
    /// A number outside the plan: one keyed pseudonym for each key in force, newest epoch first, never empty.
    Outside(Vec<Pseudonym>),
}

/// A keyed digest of an E.164 number, valid for one key epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pseudonym {
    /// Which key made it.
    pub epoch: u32,
    /// The first 128 bits of HMAC-SHA-256 over the E.164 digits.
    pub value: u128,
}

impl Party {
    /// The readable digits, if this end belongs to the site.
    #[must_use]
    pub fn own(&self) -> Option<&str> {
        match self {
            Self::Own(digits) => Some(digits),
            Self::Unknown | Self::Service(_) | Self::Outside(_) => None,
        }
    }
}

impl std::fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "e{}-{:032x}", self.epoch, self.value)
    }
}

impl std::fmt::Display for Party {
    /// What tables and `--calls` print: the digits, the pseudonym of the newest epoch, or nothing.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::Own(text) | Self::Service(text) => f.write_str(text),
            Self::Outside(pseudonyms) => match pseudonyms.first() {
                Some(newest) => newest.fmt(f),
                None => Ok(()),
            },
        }
    }
}

/// The site's number rules, as a parser needs them. `org` keeps them.
pub trait Numbers: Send + Sync {
    /// Any number-like field: readable if it is in the site's plan, else a pseudonym.
    fn party(&self, raw: &str) -> Party;
    /// The number that an incoming trunk call dialled: the PBX's own digits, readable.
    fn incoming_dialled(&self, raw: &str) -> Party;
    /// Free bytes (a record that could not be parsed) with every outside number replaced.
    fn redact(&self, raw: &[u8]) -> String;
}
