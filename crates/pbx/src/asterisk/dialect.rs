//! What a site's dialplan calls things.

use crate::Numbers;
use call::event::{DiversionKind, Endpoint};
use call::{Body, Party, Text};
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
    /// `context` or `context/extension` of the dialplan → the queue that it leads to.
    pub queue_contexts: BTreeMap<String, String>,
    /// Numbers that lead to a queue, as the PBX spells them → that queue.
    pub queue_numbers: BTreeMap<String, String>,
    /// What is special about the channel event log.
    pub cel: CelDialect,
    /// Names that the PBX gives members of queues → their extensions.
    pub member_names: BTreeMap<String, String>,
}

/// The channel event log of a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CelDialect {
    /// The columns' names, in order; empty: those of Asterisk's own sample configuration.
    pub columns: Vec<String>,
    /// How `CELGenUserEvent` tells that the person sought did not answer and is not diverted.
    pub not_diverted: Option<CelEventDialect>,
    /// How it tells that the person sought is diverted.
    pub diverted: Option<CelEventDialect>,
}

/// An event of `CELGenUserEvent(NAME,word word …)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CelEventDialect {
    /// NAME.
    pub name: String,
    /// What each word is: `sought`, `dial_status`, `kind`, `reason`, `target`.
    pub fields: Vec<String>,
}

impl Dialect {
    /// A new channel as an event. `exten` is what was dialled, `caller` the caller's number.
    pub(crate) fn leg_started<N: Numbers>(
        &self,
        numbers: &N,
        endpoint: Endpoint,
        incoming: bool,
        caller: &str,
        exten: &str,
    ) -> Body {
        let dialled = match (self.is_trunk(&endpoint), incoming) {
            (true, true) => numbers.incoming_dialled(exten),
            (_, true) => numbers.party(exten),
            (_, false) => Party::Unknown,
        };
        Body::LegStarted { endpoint, incoming, caller: numbers.party(caller), dialled }
    }

    /// The queue that a place in the dialplan leads to.
    pub(crate) fn queue_at(&self, context: &str, exten: &str) -> Option<Text> {
        let whole = format!("{context}/{exten}");
        self.queue_contexts
            .get(&whole)
            .or_else(|| self.queue_contexts.get(context))
            .map(|name| name.as_str().into())
    }

    /// The queue that an extension leads to in whatever context, if there is only one.
    pub(crate) fn queue_at_only(&self, exten: &str) -> Option<Text> {
        let here =
            |(place, _): &(&String, &String)| place.rsplit_once('/').is_some_and(|(_, last)| last == exten);
        let mut found = self.queue_contexts.iter().filter(here).map(|(_, queue)| queue);
        let queue = found.next()?;
        found.all(|other| other == queue).then(|| queue.as_str().into())
    }

    /// The queue that a number leads to.
    pub(crate) fn queue_of_number(&self, number: &str) -> Option<Text> {
        self.queue_numbers.get(number).map(|queue| queue.as_str().into())
    }

    /// Whether it leads outside.
    pub(crate) fn is_trunk(&self, endpoint: &Endpoint) -> bool {
        matches!(endpoint, Endpoint::Device(device) if self.trunks.contains(&**device))
    }

    /// What the dialplan's word for a diversion means.
    pub(crate) fn diversion_kind(&self, word: &str) -> DiversionKind {
        self.kinds.get(word).copied().unwrap_or(DiversionKind::Other)
    }

    /// The reason in the words of the measures; a word that the configuration does not know is no reason, because a
    /// free text could hold anything.
    pub(crate) fn reason(&self, word: &str) -> Text {
        self.reasons.get(word).map_or("", String::as_str).into()
    }
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
