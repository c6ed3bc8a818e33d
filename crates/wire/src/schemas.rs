//! The schemas in `schemas/`, and every version that there has been of them.

use crate::WireError;
use crate::resolve::Named;
use apache_avro::Schema;

/// A topic whose records have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    CallEvents,
    Calls,
    KpiWindows,
    Rejected,
    Manifests,
}

impl Topic {
    pub(crate) const ALL: [Self; 5] =
        [Self::CallEvents, Self::Calls, Self::KpiWindows, Self::Rejected, Self::Manifests];

    /// The topic's name without an installation's prefix.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CallEvents => "call-events",
            Self::Calls => "calls",
            Self::KpiWindows => "kpi-windows",
            Self::Rejected => "rejected",
            Self::Manifests => "manifests",
        }
    }

    /// The schema that this program writes and reads.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::CallEvents => include_str!("../../../schemas/call-events.avsc"),
            Self::Calls => include_str!("../../../schemas/calls.avsc"),
            Self::KpiWindows => include_str!("../../../schemas/kpi-windows.avsc"),
            Self::Rejected => include_str!("../../../schemas/rejected.avsc"),
            Self::Manifests => include_str!("../../../schemas/manifests.avsc"),
        }
    }

    /// The same, parsed.
    pub(crate) fn schema(self) -> Result<Named, WireError> {
        parse(self.text(), self.name())
    }
}

/// Every version of every schema with its id where no registry gives one. A new version is a new line with the next id
/// at the end: ids are never given again, so that what an older program wrote stays readable.
pub(crate) const BUILT_IN: [(u32, Topic, &str); 12] = [
    (1, Topic::CallEvents, include_str!("../../../schemas/history/call-events/1.avsc")),
    (2, Topic::Calls, include_str!("../../../schemas/history/calls/1.avsc")),
    (3, Topic::KpiWindows, include_str!("../../../schemas/history/kpi-windows/1.avsc")),
    (4, Topic::Rejected, include_str!("../../../schemas/history/rejected/1.avsc")),
    (5, Topic::CallEvents, include_str!("../../../schemas/history/call-events/2.avsc")),
    (6, Topic::Calls, include_str!("../../../schemas/history/calls/2.avsc")),
    (7, Topic::Rejected, include_str!("../../../schemas/history/rejected/2.avsc")),
    (8, Topic::CallEvents, include_str!("../../../schemas/history/call-events/3.avsc")),
    (9, Topic::Calls, include_str!("../../../schemas/history/calls/3.avsc")),
    (10, Topic::KpiWindows, include_str!("../../../schemas/history/kpi-windows/2.avsc")),
    (11, Topic::CallEvents, include_str!("../../../schemas/history/call-events/4.avsc")),
    (12, Topic::Manifests, include_str!("../../../schemas/history/manifests/1.avsc")),
];

/// Reads a schema; `whose` names it in the error.
pub(crate) fn parse(text: &str, whose: impl std::fmt::Display) -> Result<Named, WireError> {
    let schema = Schema::parse_str(text).map_err(|error| error.to_string());
    schema.and_then(Named::new).map_err(|error| {
        WireError::Undecodable(format!("the schema {whose} is not an Avro schema that can be read: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    fn history() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schemas/history")
    }

    /// Version and text of a topic's files; they are numbered from 1 without a gap.
    fn versions(topic: Topic) -> Vec<String> {
        let files = std::fs::read_dir(history().join(topic.name())).unwrap();
        let number = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().parse::<usize>().unwrap();
        let files: BTreeMap<_, _> =
            files.map(|file| file.unwrap().path()).map(|path| (number(&path), path)).collect();
        assert!(files.keys().copied().eq(1..=files.len()), "{}: {:?}", topic.name(), files.keys());
        files.values().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    #[test]
    fn the_newest_of_the_history_is_the_current_schema() {
        for topic in Topic::ALL {
            assert!(
                versions(topic).last().is_some_and(|newest| newest == topic.text()),
                "schemas/{0}.avsc was changed: keep it as the next number in schemas/history/{0}/, and add it to BUILT_IN",
                topic.name()
            );
        }
    }

    #[test]
    fn every_version_has_one_id_for_ever() {
        for (place, (id, ..)) in BUILT_IN.iter().enumerate() {
            assert_eq!(*id as usize, place + 1, "ids grow by one, in the order in which versions were made");
        }
        for topic in Topic::ALL {
            let built_in =
                BUILT_IN.iter().filter(|(_, of, _)| *of == topic).map(|(.., text)| (*text).to_owned());
            assert_eq!(built_in.collect::<Vec<_>>(), versions(topic), "{}", topic.name());
        }
        // What the first release wrote.
        assert_eq!(
            BUILT_IN.map(|(id, topic, _)| (id, topic))[..4],
            [1, 2, 3, 4].map(|id| (id, Topic::ALL[id as usize - 1]))
        );
        let folders = std::fs::read_dir(history()).unwrap().count();
        assert_eq!(folders, Topic::ALL.len(), "a folder in schemas/history/ that belongs to no topic");
    }
}
