//! Events that a PBX posts as JSON.
//!
//! [`schema`] is the published JSON Schema, made from the types that read.

mod fields;
mod meaning;
mod model;

use crate::{Draft, Numbers};
use model::Posted;

/// One event as it was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The sender's id.
    pub id: String,
    /// What it means.
    pub draft: Draft,
}

/// Why it cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {detail}")]
pub struct Invalid {
    /// Where in the document: `event.leg_started.device`; `.` is all of it.
    pub path: String,
    /// What is wrong there, for the sender: it may repeat what was sent.
    pub detail: String,
}

impl Invalid {
    fn new(path: impl Into<String>, detail: impl Into<String>) -> Self {
        // A field without a name is somewhere, too.
        let path = Some(path.into()).filter(|path: &String| !path.is_empty()).unwrap_or_else(|| ".".into());
        Self { path, detail: detail.into() }
    }
}

/// Reads one JSON document with a site's number rules.
///
/// # Errors
/// The first field that does not fit, by its path.
pub fn read(json: &[u8], numbers: &impl Numbers) -> Result<Received, Invalid> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let posted: Posted = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| Invalid::new(error.path().to_string(), error.inner().to_string()))?;
    reader.end().map_err(|error| Invalid::new(".", error.to_string()))?;
    let id = posted.id.as_str().to_owned();
    let draft = meaning::draft(posted, numbers)?;
    Ok(Received { id, draft })
}

/// The JSON Schema (2020-12) of one event.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Posted).to_value()
}
