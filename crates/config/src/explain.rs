//! What the parser found wrong, in words for an operator.

use crate::ConfigError;
use crate::overrides::Overrides;
use figment::error::{Error, Kind};

/// Values of these keys never stand in a message.
const SECRET_KEYS: &[&str] = &["secret", "password", "hex"];

pub(crate) fn error(error: &Error, place: &str, overrides: &Overrides) -> ConfigError {
    let key = error.path.join(".");
    let what = what(&error.kind, error.path.last().map_or("", String::as_str));
    let missing = matches!(error.kind, Kind::MissingField(_));
    match overrides.variable(&key).filter(|_| !key.is_empty() && !missing) {
        Some(variable) => ConfigError::new(format!("environment variable {variable}"), what),
        None if key.is_empty() => ConfigError::new(place, what),
        None => ConfigError::new(format!("{place}, {}", readable(&error.path)), what),
    }
}

/// `targets.0.share` → `targets (entry 1), share`.
fn readable(path: &[String]) -> String {
    let mut text = String::new();
    for part in path {
        match part.parse::<usize>() {
            Ok(index) => text.push_str(&format!(" (entry {}),", index + 1)),
            Err(_) if text.is_empty() => text.push_str(part),
            Err(_) if text.ends_with(',') => text.push_str(&format!(" {part}")),
            Err(_) => text.push_str(&format!(".{part}")),
        }
    }
    text.trim_end_matches(',').to_owned()
}

fn what(kind: &Kind, key: &str) -> String {
    let is_secret = SECRET_KEYS.contains(&key);
    match kind {
        Kind::UnknownField(found, known) => {
            format!("`{found}` is no key; the keys here are {}", known.join(", "))
        }
        Kind::UnknownVariant(found, known) => {
            format!("`{found}` is not possible; write one of {}", known.join(", "))
        }
        Kind::MissingField(name) => format!("`{name}` is missing; docs/configuration.md tells what it means"),
        Kind::InvalidType(_, wanted) | Kind::InvalidValue(_, wanted) if is_secret => {
            format!("this must be {wanted}")
        }
        Kind::InvalidType(found, wanted) | Kind::InvalidValue(found, wanted) => {
            format!("{found} stands where {wanted} is wanted")
        }
        Kind::Message(message) => without_source(message),
        other => other.to_string(),
    }
}

/// The parser quotes the line that it could not read; that may be the one with a key in it.
fn without_source(message: &str) -> String {
    let is_source =
        |line: &&str| line.contains(" | ") || line.trim_start().starts_with('|') || line.trim().is_empty();
    message.lines().filter(|line| !is_source(line)).collect::<Vec<_>>().join("; ")
}
