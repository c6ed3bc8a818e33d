//! The schemas in `schemas/`, and every version that there has been of them.

use crate::WireError;
use apache_avro::Schema;

/// A topic whose records have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    CallEvents,
    Calls,
    KpiWindows,
    Rejected,
}

impl Topic {
    pub(crate) const ALL: [Self; 4] = [Self::CallEvents, Self::Calls, Self::KpiWindows, Self::Rejected];

    /// The topic's name without an installation's prefix.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CallEvents => "call-events",
            Self::Calls => "calls",
            Self::KpiWindows => "kpi-windows",
            Self::Rejected => "rejected",
        }
    }

    /// The schema that this program writes and reads.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::CallEvents => include_str!("../../../schemas/call-events.avsc"),
            Self::Calls => include_str!("../../../schemas/calls.avsc"),
            Self::KpiWindows => include_str!("../../../schemas/kpi-windows.avsc"),
            Self::Rejected => include_str!("../../../schemas/rejected.avsc"),
        }
    }

    /// The same, parsed.
    pub(crate) fn schema(self) -> Result<Schema, WireError> {
        parse(self.text(), self.name())
    }
}

/// Every version of every schema with its id where no registry gives one. A new version is a new line with the next id
/// at the end: ids are never given again, so that what an older program wrote stays readable.
pub(crate) const BUILT_IN: [(u32, Topic, &str); 4] = [
    (1, Topic::CallEvents, include_str!("../../../schemas/history/call-events/1.avsc")),
    (2, Topic::Calls, include_str!("../../../schemas/history/calls/1.avsc")),
    (3, Topic::KpiWindows, include_str!("../../../schemas/history/kpi-windows/1.avsc")),
    (4, Topic::Rejected, include_str!("../../../schemas/history/rejected/1.avsc")),
];

/// Reads a schema; `whose` names it in the error.
pub(crate) fn parse(text: &str, whose: impl std::fmt::Display) -> Result<Schema, WireError> {
    Schema::parse_str(text).map_err(|error| {
        WireError::Undecodable(format!("the schema {whose} is not an Avro schema that can be read: {error}"))
    })
}
