//! When each collector at a PBX was there, as JSON in the changelog.

use crate::changelog::kind;
use pipeline::processor::{Ear, Look, PbxEars, Session};
use serde::{Deserialize, Serialize};

/// The collectors at one PBX.
#[derive(Serialize, Deserialize)]
pub struct PbxJson {
    node: String,
    kind: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<(i64, i64)>,
    ears: Vec<EarJson>,
}

#[derive(Serialize, Deserialize)]
struct EarJson {
    stream: u64,
    heard_us: i64,
    look: String,
    sessions: Vec<SessionJson>,
}

#[derive(Serialize, Deserialize)]
struct SessionJson {
    from_us: i64,
    to_us: i64,
    told: Option<(i64, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    set_back_us: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    first: Vec<(i64, u64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    last: Vec<(i64, u64)>,
    ids_from_us: i64,
}

impl PbxJson {
    /// To be written.
    #[must_use]
    pub fn of(pbx: PbxEars) -> Self {
        let PbxEars { node, kind, gaps, ears } = pbx;
        let ears = ears.into_iter().map(EarJson::of).collect();
        Self { node: node.into(), kind: kind.word().to_owned(), gaps, ears }
    }

    /// As it was written.
    ///
    /// # Errors
    /// A word that is not known.
    pub fn read(self) -> Result<PbxEars, String> {
        let ears = self.ears.into_iter().map(EarJson::read).collect::<Result<_, _>>()?;
        Ok(PbxEars { node: self.node.into(), kind: kind(&self.kind)?, gaps: self.gaps, ears })
    }
}

impl EarJson {
    fn of(ear: Ear) -> Self {
        let sessions = ear.sessions.into_iter().map(SessionJson::of).collect();
        Self { stream: ear.stream, heard_us: ear.heard_us, look: ear.look.word().to_owned(), sessions }
    }

    fn read(self) -> Result<Ear, String> {
        let look = Look::ALL.into_iter().find(|look| look.word() == self.look);
        let look = look.ok_or_else(|| format!("no state of a look is called {}", self.look))?;
        let sessions = self.sessions.into_iter().map(SessionJson::read).collect();
        Ok(Ear::known(self.stream, self.heard_us, look, sessions))
    }
}

impl SessionJson {
    fn of(session: Session) -> Self {
        let Session { from_us, to_us, told, set_back_us, first, last, ids_from_us } = session;
        Self { from_us, to_us, told, set_back_us, first, last: last.into(), ids_from_us }
    }

    fn read(self) -> Session {
        let Self { from_us, to_us, told, set_back_us, first, last, ids_from_us } = self;
        Session { from_us, to_us, told, set_back_us, first, last: last.into(), ids_from_us }
    }
}
