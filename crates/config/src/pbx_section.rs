//! `[pbx]`: the make, its trunks, its live connection and its dialplan's words.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `[pbx]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pbx {
    /// `asterisk`, or `other`.
    pub make: String,
    /// The node's name (Asterisk: `systemname`).
    pub node: String,
    /// Endpoints that lead outside.
    pub trunks: Vec<String>,
    /// The live connection.
    pub ami: Option<Ami>,
    /// The channel event log.
    #[serde(default)]
    pub cel: Cel,
    /// Names that `queues.conf` gives members = their extensions; the queue log tells names.
    #[serde(default)]
    pub member_names: BTreeMap<String, String>,
    /// How the dialplan tells of diversions.
    #[serde(default)]
    pub diversions: Diversions,
    /// The variable that carries a caller's priority.
    #[serde(default = "queue_prio")]
    pub priority_variable: String,
}

/// `[pbx.ami]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ami {
    /// `host:port`.
    pub address: String,
    /// The manager user.
    pub username: String,
    /// A file that holds the secret.
    pub secret_file: Option<PathBuf>,
    /// The secret itself, for tests and the environment (`SVARSTID_PBX__AMI__SECRET`).
    pub secret: Option<String>,
    /// Seconds without a word before a ping.
    #[serde(default = "ten")]
    pub keep_alive_s: u64,
    /// Leave the noise at the PBX (`Action: Filter`).
    #[serde(default = "yes")]
    pub filter: bool,
}

/// `[pbx.cel]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cel {
    /// Column names, in order; none: those of Asterisk's sample of `cel_custom.conf`.
    pub columns: Vec<String>,
    /// The person did not answer and is not diverted.
    pub not_diverted: Option<CelEvent>,
    /// The person is diverted.
    pub diverted: Option<CelEvent>,
}

/// An event of `CELGenUserEvent(NAME,word word …)`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CelEvent {
    /// NAME.
    pub event: String,
    /// What each word is: `sought`, `dial_status`, `kind`, `reason`, `target`.
    pub fields: Vec<String>,
}

/// `[pbx.diversions]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Diversions {
    /// The person did not answer and is not diverted.
    pub not_diverted: Option<UserEvent>,
    /// The person is diverted.
    pub diverted: Option<UserEvent>,
    /// A diversion was set.
    pub set: Option<UserEvent>,
    /// A diversion was taken away.
    pub cleared: Option<UserEvent>,
    /// The dialplan's words for `colleague`, `voicemail`, `operator`.
    pub kinds: BTreeMap<String, String>,
    /// The dialplan's words for reasons.
    pub reasons: BTreeMap<String, String>,
}

/// A user event of the dialplan and the names of its fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserEvent {
    /// `UserEvent(NAME,…)`.
    pub user_event: String,
    /// Field: whose phone.
    pub sought: String,
    /// Field: why nobody answered.
    pub dial_status: Option<String>,
    /// Field: what the diversion does.
    pub kind: Option<String>,
    /// Field: why.
    pub reason: Option<String>,
    /// Field: the colleague.
    pub target: Option<String>,
}

fn queue_prio() -> String {
    "QUEUE_PRIO".into()
}
fn ten() -> u64 {
    10
}
fn yes() -> bool {
    true
}
