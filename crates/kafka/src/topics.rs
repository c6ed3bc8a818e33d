//! The topics and their names.

/// Names of all topics of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    /// What every name begins with; may be empty.
    pub prefix: String,
}

impl Topics {
    /// Events of calls, key = site.
    #[must_use]
    pub fn call_events(&self) -> String {
        format!("{}call-events", self.prefix)
    }
    /// Versions of calls, key = call id.
    #[must_use]
    pub fn calls(&self) -> String {
        format!("{}calls", self.prefix)
    }
    /// Revisions of panes, and corrections.
    #[must_use]
    pub fn kpi_windows(&self) -> String {
        format!("{}kpi-windows", self.prefix)
    }
    /// What could not be used.
    #[must_use]
    pub fn rejected(&self) -> String {
        format!("{}rejected", self.prefix)
    }
    /// What each transaction of the processors held, partitioned like `call-events`.
    #[must_use]
    pub fn manifests(&self) -> String {
        format!("{}manifests", self.prefix)
    }
    /// The processors' state, compacted; partitioned like `call-events`.
    #[must_use]
    pub fn changelog(&self) -> String {
        format!("{}processor-changelog", self.prefix)
    }
}
