//! Events that a PBX posts as JSON.
//!
//! [`schema`] is the published JSON Schema, made from the types that read.

mod fields;
mod meaning;
mod model;

use crate::asterisk::Dialect;
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
    /// It is no JSON at all, or not whole.
    pub malformed: bool,
}

impl Invalid {
    fn new(path: impl Into<String>, detail: impl Into<String>) -> Self {
        // A field without a name is somewhere, too.
        let path = Some(path.into()).filter(|path: &String| !path.is_empty()).unwrap_or_else(|| ".".into());
        Self { path, detail: detail.into(), malformed: false }
    }

    /// The reader says "expected value" of an event without a kind or with two, and names the parent of a kind that
    /// nobody knows: an operator looks for something else.
    fn of(path: String, error: &serde_json::Error, json: &[u8]) -> Self {
        let Ok(document) = serde_json::from_slice::<serde_json::Value>(json) else {
            return Self { malformed: true, ..Self::new(path, error.to_string()) };
        };
        let kinds = document.get("event").and_then(|event| event.as_object());
        let kinds: Vec<&String> = kinds.map(|kinds| kinds.keys().collect()).unwrap_or_default();
        match (path.as_str(), kinds.as_slice()) {
            ("event", [unknown]) => Self::new(format!("event.{unknown}"), error.to_string()),
            ("event", _) => Self::new(path, "this is one key, the kind of event, with its fields"),
            _ => Self::new(path, error.to_string()),
        }
    }
}

/// Reads one JSON document with a site's number rules. Of `site` count the trunks and the words for reasons: what somebody
/// dialled who came in on a trunk stays the PBX's digits, and a reason that nobody has named is none.
///
/// # Errors
/// The first field that does not fit, by its path.
pub fn read(json: &[u8], numbers: &impl Numbers, site: &Dialect) -> Result<Received, Invalid> {
    refuse_lists(json)?;
    let mut reader = serde_json::Deserializer::from_slice(json);
    let posted: Posted = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| Invalid::of(error.path().to_string(), error.inner(), json))?;
    reader.end().map_err(|error| Invalid::of(".".to_owned(), &error, json))?;
    let id = posted.id.as_str().to_owned();
    let draft = meaning::draft(posted, numbers, site)?;
    Ok(Received { id, draft })
}

/// Derived readers take a list of values for fields in their order; the schema has no lists.
fn refuse_lists(json: &[u8]) -> Result<(), Invalid> {
    if memchr::memchr(b'[', json).is_none() {
        return Ok(());
    }
    // What is no JSON at all gets its error from the reader.
    let document = serde_json::from_slice(json).unwrap_or_default();
    match path_of_list(&document) {
        Some(path) if path.is_empty() => Err(Invalid::new(".", "an event is an object, no list")),
        Some(path) => Err(Invalid::new(path, "nothing in an event is a list")),
        None => Ok(()),
    }
}

fn path_of_list(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Array(_) => Some(String::new()),
        serde_json::Value::Object(fields) => fields.iter().find_map(|(key, value)| {
            let below = path_of_list(value)?;
            Some(if below.is_empty() { key.clone() } else { format!("{key}.{below}") })
        }),
        _ => None,
    }
}

/// The JSON Schema (2020-12) of one event.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Posted).to_value()
}
