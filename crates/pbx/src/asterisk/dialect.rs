//! What a site's dialplan calls things.

use call::event::DiversionKind;
use std::collections::{BTreeMap, BTreeSet};

/// How this PBX tells of what Asterisk itself has no event for. Built from the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Endpoints that lead outside.
    pub trunks: BTreeSet<String>,
    /// The person sought did not answer and is not diverted.
    pub not_diverted: Option<UserEventDialect>,
    /// The person sought is diverted.
    pub diverted: Option<UserEventDialect>,
    /// A diversion was set.
    pub set: Option<UserEventDialect>,
    /// A diversion was taken away.
    pub cleared: Option<UserEventDialect>,
    /// The dialplan's words for what a diversion does.
    pub kinds: BTreeMap<String, DiversionKind>,
    /// The dialplan's words for reasons → the words of metrics (`lunch`, `meeting`, …).
    pub reasons: BTreeMap<String, String>,
    /// The variable that carries a caller's priority, `QUEUE_PRIO`.
    pub priority_variable: String,
}

/// A user event and the names of its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserEventDialect {
    /// `UserEvent(NAME,…)`.
    pub name: String,
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
