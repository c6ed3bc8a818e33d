//! Which life of the PBX was heard: one that has started since has no channel from before.

use anyhow::Context;
use pbx::asterisk::ami::Message;
use std::path::{Path, PathBuf};

/// The last one, kept on disk beside the spool.
pub(super) struct Life {
    path: PathBuf,
    known: Option<String>,
}

impl Life {
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let known = match std::fs::read_to_string(path) {
            Ok(text) => Some(text).filter(|text| !text.is_empty()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        };
        Ok(Self { path: path.into(), known })
    }

    /// Whether this is another life than the one before. The first one ever ends nothing.
    ///
    /// It is remembered before anybody is told: told twice, it would end calls that live; not told, calls that are gone are final when
    /// they are too old.
    pub fn is_another(&mut self, begin: String) -> anyhow::Result<bool> {
        if self.known.as_ref() == Some(&begin) {
            return Ok(false);
        }
        let beside = self.path.with_extension("new");
        std::fs::write(&beside, &begin)?;
        std::fs::rename(&beside, &self.path)?;
        Ok(self.known.replace(begin).is_some())
    }
}

/// When the PBX started, in the words of its answer to `CoreStatus`: a moment that does not change while it lives. It is only
/// compared with itself, so that no clock matters. (The event `FullyBooted` has the age instead, but is not sent to who logs in
/// with events off.) Only a PBX whose time zone is changed under it looks like another one.
pub(super) fn begin(answer: &Message) -> Option<String> {
    let (date, time) = (answer.known("CoreStartupDate")?, answer.known("CoreStartupTime")?);
    Some(format!("{date} {time}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_life_is_noticed_once_and_across_restarts_but_not_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pbx-started");
        let is_another = |begin: &str| Life::open(&path).unwrap().is_another(begin.to_owned()).unwrap();
        assert!(!is_another("2026-11-23 22:21:08"), "the first one ever");
        assert!(!is_another("2026-11-23 22:21:08"), "the same");
        assert!(is_another("2026-11-23 22:40:00"));
        assert!(!is_another("2026-11-23 22:40:00"));
        std::fs::write(&path, "").unwrap();
        assert!(!is_another("2026-11-24 01:00:00"), "a power loss took what was known");
    }

    #[test]
    fn the_begin_is_what_core_status_tells() {
        let check = |text: &str, expect: Option<&str>| {
            let mut framer = pbx::asterisk::ami::Framer::default();
            framer.push(format!("Response: Success\r\n{text}\r\n").as_bytes());
            assert_eq!(begin(&framer.next_message().unwrap().unwrap()).as_deref(), expect, "{text}");
        };
        let both = "CoreStartupDate: 2026-11-23\r\nCoreStartupTime: 22:21:08\r\n";
        check(both, Some("2026-11-23 22:21:08"));
        check("CoreStartupTime: 22:21:08\r\n", None);
        check("", None);
    }
}
