//! Pure parsers: the bytes of one PBX make become the one closed set of call events.
//!
//! No number leaves a parser raw: every field that may hold one goes through [`Numbers`].

pub mod asterisk;

use call::Party;

/// The site's number rules, as a parser needs them. `org` implements it.
pub trait Numbers: Send + Sync {
    /// Any number-like field: readable if it is in the site's plan, else a pseudonym.
    fn party(&self, raw: &str) -> Party;
    /// The number that an incoming trunk call dialled: the PBX's own digits, readable.
    fn incoming_dialled(&self, raw: &str) -> Party;
    /// Free bytes (a record that could not be parsed) with every outside number replaced.
    fn redact(&self, raw: &[u8]) -> String;
}
