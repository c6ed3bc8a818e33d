//! Where the definition of each figure stands.

use crate::text::{Language, t};

/// The repository, as a reader of a dashboard reaches it. One who keeps an own copy changes it here.
pub const REPOSITORY: &str = "https://github.com/svarstid/svarstid/blob/main";

/// A heading of a document that defines what a panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Definition {
    /// What a call and a pass are, and where they count.
    Counted,
    /// Outcomes, and the lost share.
    Outcome,
    /// Whom the caller got.
    Reach,
    /// Where calls are lost.
    Stage,
    /// Answer times and signals.
    Times,
    /// Service levels.
    ServiceLevel,
    /// Stays in queues.
    Passes,
    /// Causes, the undiverted share, the direct-number share.
    Causes,
    /// Priority inversions.
    Priority,
    /// Lost callers and redials.
    Again,
    /// Events as the PBX told them.
    Told,
    /// Which view holds which measure.
    Seen,
    /// A queue at this moment.
    Now,
    /// Metrics of the services.
    Services,
    /// Bounds of the services' buffers.
    Buffers,
}

impl Definition {
    /// Document and heading, relative to the repository.
    #[must_use]
    pub const fn place(self) -> &'static str {
        match self {
            Self::Counted => "docs/measures.md#what-is-counted",
            Self::Outcome => "docs/measures.md#outcome",
            Self::Reach => "docs/measures.md#reach",
            Self::Stage => "docs/measures.md#stage-of-a-loss",
            Self::Times => "docs/measures.md#times",
            Self::ServiceLevel => "docs/measures.md#service-level",
            Self::Passes => "docs/measures.md#passes",
            Self::Causes => "docs/measures.md#why-the-operator-got-it",
            Self::Priority => "docs/measures.md#external-before-internal",
            Self::Again => "docs/measures.md#callers-who-call-again",
            Self::Told => "docs/analysts.md#what-the-pbx-told",
            Self::Seen => "docs/measures.md#where-each-is-seen",
            Self::Now => "docs/metrics-of-services.md#now",
            Self::Services => "docs/metrics-of-services.md#metrics-of-the-services",
            Self::Buffers => "docs/metrics-of-services.md#buffers",
        }
    }

    /// A link in Markdown.
    pub(crate) fn link(self, language: Language) -> String {
        let word = t("Definition", "Definition").of(language);
        format!("[{word}]({REPOSITORY}/{})", self.place())
    }
}
