//! The topics and their names.

/// Names of all topics of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    /// What every name begins with; may be empty.
    pub prefix: String,
    /// Which making of everything that follows from the events, from 1. All of them follow from the same events.
    pub generation: u32,
}

impl Topics {
    /// Of the installation with this prefix.
    #[must_use]
    pub fn new(prefix: impl Into<String>, generation: u32) -> Self {
        Self { prefix: prefix.into(), generation }
    }

    /// Events of calls, key = site.
    #[must_use]
    pub fn call_events(&self) -> String {
        format!("{}call-events", self.prefix)
    }
    /// Versions of calls, key = call id.
    #[must_use]
    pub fn calls(&self) -> String {
        self.derived("calls")
    }
    /// Revisions of panes, and corrections.
    #[must_use]
    pub fn kpi_windows(&self) -> String {
        self.derived("kpi-windows")
    }
    /// What could not be used.
    #[must_use]
    pub fn rejected(&self) -> String {
        self.derived("rejected")
    }
    /// What each transaction of the processors held, partitioned like `call-events`.
    #[must_use]
    pub fn manifests(&self) -> String {
        self.derived("manifests")
    }
    /// The processors' state, compacted; partitioned like `call-events`.
    #[must_use]
    pub fn changelog(&self) -> String {
        self.derived("processor-changelog")
    }

    /// Each generation has topics of its own; those of the first have no suffix.
    fn derived(&self, name: &str) -> String {
        match self.generation {
            0 | 1 => format!("{}{name}", self.prefix),
            later => format!("{}{name}-g{later}", self.prefix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_shares_the_events_and_nothing_else() {
        let names = |topics: &Topics| {
            [
                topics.calls(),
                topics.kpi_windows(),
                topics.rejected(),
                topics.changelog(),
                topics.manifests(),
                topics.call_events(),
            ]
        };
        let (first, second) = (names(&Topics::new("t-", 1)), names(&Topics::new("t-", 2)));
        assert_eq!(first[..2], ["t-calls", "t-kpi-windows"]);
        assert_eq!(second[..2], ["t-calls-g2", "t-kpi-windows-g2"]);
        let same: Vec<_> = first.iter().filter(|name| second.contains(name)).collect();
        assert_eq!(same, ["t-call-events"]);
    }
}
