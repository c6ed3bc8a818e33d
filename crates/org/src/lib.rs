//! The site's own knowledge of itself: which numbers are its own, and how all others are hidden.
//!
//! When it is open stands here too. Pure: no files, no clock. Units, queues and routes are built by `config` straight into `call::SitePlan`.

mod e164;
mod numbers;
pub mod opening;
mod pseudonym;
mod ranges;
mod redact;

pub use e164::DialRules;
pub use numbers::{NumberPlan, SiteNumbers};
pub use pseudonym::{KeyRing, KeyRingError, PseudonymKey};
pub use ranges::{NumberRange, RangeError};
