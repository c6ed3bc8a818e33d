//! From a body to its events: all of them, or the first thing that is wrong.

use axum::http::{HeaderMap, header};
use org::SiteNumbers;
use pbx::asterisk::Dialect;
use pbx::webhook::{Invalid, Received};
use wire::RejectReason;

/// How a body holds its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// One event.
    Json,
    /// One event on each line.
    JsonLines,
}

impl Format {
    /// By `Content-Type`; none: another, or packed.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        if headers.get(header::CONTENT_ENCODING).is_some_and(|packed| packed != "identity") {
            return None;
        }
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        match kind.split(';').next()?.trim().to_ascii_lowercase().as_str() {
            "application/json" => Some(Self::Json),
            "application/x-ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// What a document is read with.
pub(super) struct Site {
    pub numbers: SiteNumbers,
    pub dialect: Dialect,
}

/// A document that cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bad {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and where.
    pub invalid: Invalid,
    /// The document.
    pub raw: Vec<u8>,
}

impl Bad {
    pub fn reason(&self) -> RejectReason {
        if self.invalid.malformed { RejectReason::Malformed } else { RejectReason::InvalidField }
    }
}

/// Reads every event of a body. Lines that are blank hold none.
pub(super) fn read(body: &[u8], format: Format, site: &Site) -> Result<Vec<Received>, Bad> {
    let one = |(index, raw): (usize, &[u8])| {
        let bad = |invalid| Bad { line: index + 1, invalid, raw: raw.to_vec() };
        pbx::webhook::read(raw, &site.numbers, &site.dialect).map_err(bad)
    };
    let events: Vec<Received> = match format {
        Format::Json => vec![one((0, body))?],
        Format::JsonLines => {
            let lines = body.split(|byte| *byte == b'\n').enumerate();
            lines.filter(|(_, line)| !line.trim_ascii().is_empty()).map(one).collect::<Result<_, _>>()?
        }
    };
    if events.is_empty() {
        let (path, detail) = (".".to_owned(), "the body holds no event".to_owned());
        return Err(Bad { line: 1, invalid: Invalid { path, detail, malformed: true }, raw: body.to_vec() });
    }
    Ok(events)
}
