//! The sections that describe the site.

use serde::Deserialize;
use std::path::PathBuf;

/// `[site]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Short id; the Kafka key and the first column of every table.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// IANA time zone of its opening hours and days.
    pub time_zone: String,
}

/// `[numbers]`: single values or inclusive ranges `low-high` of the same length.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// E.164 country code without `+`.
    pub country_code: String,
    /// What stands before a national number.
    #[serde(default = "zero")]
    pub trunk_prefix: String,
    /// What stands before a country code.
    #[serde(default = "zero_zero")]
    pub international_prefix: String,
    /// The site's public numbers, as the PBX shows them.
    #[serde(default)]
    pub own: Vec<String>,
    /// Extensions.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// Short internal numbers.
    #[serde(default)]
    pub short: Vec<String>,
    /// What a service code begins with.
    #[serde(default = "star_hash")]
    pub service_prefixes: Vec<String>,
    /// Keys of the pseudonyms, newest first.
    pub pseudonym_keys: Vec<PseudonymKey>,
}

/// `[[numbers.pseudonym_keys]]`: exactly one of `hex` and `file`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PseudonymKey {
    /// Which key it is; stands in every pseudonym.
    pub epoch: u32,
    /// 32 bytes in hexadecimal.
    pub hex: Option<String>,
    /// A file that holds the hexadecimal bytes, readable by the collector alone.
    pub file: Option<PathBuf>,
}

/// `[[routes]]`: numbers that lead to one queue, or one to one to extensions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Dialled numbers.
    pub numbers: Vec<String>,
    /// The queue they lead to.
    pub queue: Option<String>,
    /// The extensions they lead to, as many as there are numbers.
    pub extensions: Option<Vec<String>>,
}

/// Who serves a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueKind {
    /// The switchboard's operators.
    Operator,
    /// A group.
    Group,
}

/// `[[queues]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// The PBX's name of it.
    pub name: String,
    /// Who serves it.
    pub kind: QueueKind,
    /// The unit that answers for it.
    pub unit: Option<String>,
    /// Extensions of its members (needed for operator queues).
    #[serde(default)]
    pub members: Vec<String>,
    /// Dialplan contexts (`context` or `context/extension`) that lead to it, for sources that do not name the queue.
    #[serde(default)]
    pub contexts: Vec<String>,
}

/// `[[units]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// Its extensions.
    #[serde(default)]
    pub extensions: Vec<String>,
}

/// Where the time of a target begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetClock {
    /// When the call arrived.
    Arrival,
    /// When the caller joined the queue.
    Queue,
    /// When the caller was through with the menu.
    Menu,
}

/// `[[targets]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceTarget {
    /// What people call it.
    pub name: String,
    /// T, whole seconds.
    pub answer_within_s: u32,
    /// Where T begins; without it: arrival, of a queue joining it.
    pub clock: Option<TargetClock>,
    /// The queue that it is about; without one, and without a unit, the whole site.
    pub queue: Option<String>,
    /// The unit that it is about.
    pub unit: Option<String>,
    /// The wanted `sl_of_offered`.
    pub share: f64,
    /// The largest wanted share of lost calls.
    pub lost_share_max: Option<f64>,
}

fn zero() -> String {
    "0".into()
}
fn zero_zero() -> String {
    "00".into()
}
fn star_hash() -> Vec<String> {
    vec!["*".into(), "#".into()]
}
