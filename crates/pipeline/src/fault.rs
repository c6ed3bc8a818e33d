//! What went wrong outside, what follows from it, and what an operator can do.

/// What a service does about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wait and do it again; nothing is lost by waiting.
    Retry,
    /// Put the record aside with its reason and go on.
    Reject,
    /// End the process: going on would be wrong, or only a person can help.
    Stop,
}

/// Kinds of faults. Closed: a new kind must say here what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The other end does not answer.
    Unreachable,
    /// It answers, but cannot do it now (no leader, too few replicas, throttled).
    Unavailable,
    /// Another process has taken over our transactional id or membership.
    Fenced,
    /// Whether a write took effect cannot be told.
    OutcomeUnknown,
    /// The other end does not let us.
    Refused,
    /// Topics, partitions or settings are not what we need.
    Misconfigured,
    /// A record is larger than the other end takes.
    TooLarge,
    /// A record's bytes cannot be read.
    Undecodable,
    /// What we wrote earlier as our own state cannot be read back.
    StateDamaged,
    /// Our own mistake.
    Internal,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Unreachable,
        Self::Unavailable,
        Self::Fenced,
        Self::OutcomeUnknown,
        Self::Refused,
        Self::Misconfigured,
        Self::TooLarge,
        Self::Undecodable,
        Self::StateDamaged,
        Self::Internal,
    ];

    /// What follows from it.
    #[must_use]
    pub const fn decision(self) -> Decision {
        match self {
            Self::Unreachable | Self::Unavailable | Self::OutcomeUnknown => Decision::Retry,
            Self::TooLarge | Self::Undecodable => Decision::Reject,
            Self::Fenced | Self::Refused | Self::Misconfigured | Self::StateDamaged | Self::Internal => {
                Decision::Stop
            }
        }
    }

    /// What an operator can do about it.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "is it running, and is its address in the configuration right? Waiting for it"
            }
            Self::Unavailable => "look at the cluster's health; a service tries again until it can",
            Self::Fenced => {
                "another process runs under the same `instance` name: stop one of them, or give each its own"
            }
            Self::OutcomeUnknown => "nothing to do: the truth is read back before going on",
            Self::Refused => "give the service's user the rights it lacks",
            Self::Misconfigured => {
                "change the topic or the configuration so that they agree, then start again"
            }
            Self::TooLarge => {
                "the record is in the topic `rejected`; raise the broker's message.max.bytes if it is real"
            }
            Self::Undecodable => "the record is in the topic `rejected` with its place; look at who wrote it",
            Self::StateDamaged => {
                "the state topic does not fit: restore it, or start afresh under another `kafka.topic_prefix`"
            }
            Self::Internal => {
                "this is a mistake in svarstid: please report it with the lines logged before this one"
            }
        }
    }

    /// The kind as a metric label.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Unavailable => "unavailable",
            Self::Fenced => "fenced",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Refused => "refused",
            Self::Misconfigured => "misconfigured",
            Self::TooLarge => "too_large",
            Self::Undecodable => "undecodable",
            Self::StateDamaged => "state_damaged",
            Self::Internal => "internal",
        }
    }
}

/// One fault: what was being done, with what, and what came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{doing}: {detail} ({})", kind.hint())]
pub struct Fault {
    /// The kind, from which everything follows.
    pub kind: FaultKind,
    /// What was being done, to what, where.
    pub doing: String,
    /// What came back.
    pub detail: String,
}

impl Fault {
    /// A fault of `kind`, met while `doing` (what, to what, where), with what came back.
    #[must_use]
    pub fn new(kind: FaultKind, doing: impl Into<String>, detail: impl std::fmt::Display) -> Self {
        Self { kind, doing: doing.into(), detail: detail.to_string() }
    }

    /// What follows from it.
    #[must_use]
    pub const fn decision(&self) -> Decision {
        self.kind.decision()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_has_its_own_word_and_a_hint() {
        let words: BTreeSet<_> = FaultKind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), FaultKind::ALL.len());
        assert!(FaultKind::ALL.iter().all(|kind| kind.hint().len() > 20));
    }

    #[test]
    fn an_unclear_outcome_is_never_a_reason_to_drop_a_record() {
        assert_eq!(FaultKind::OutcomeUnknown.decision(), Decision::Retry);
    }

    #[test]
    fn a_fault_tells_what_where_and_what_to_do() {
        let fault = Fault::new(FaultKind::Unreachable, "reading topics of 127.0.0.1:1", "connection refused");
        let text = fault.to_string();
        assert!(text.contains("127.0.0.1:1") && text.contains("refused") && text.contains("running"));
    }
}
