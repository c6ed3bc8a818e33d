//! What a request is told.

use super::documents::{Bad, Format};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use endpoint::Admission;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// What is repeated of a bad document is evidence, not an archive.
const REPEATED_CHARS_MAX: usize = 1000;
/// When something outside must change first.
const LATER: Duration = Duration::from_secs(10);
const SOON: Duration = Duration::from_secs(1);

/// Every answer that `POST /v1/events` has.
#[derive(Debug)]
pub(super) enum Answer {
    /// Every event is safe.
    Accepted {
        accepted: usize,
        repeated: usize,
    },
    /// A document cannot be used; nothing of the request was kept.
    Bad(Arc<Bad>, Format),
    /// The body did not come to its end.
    CutShort,
    Unauthorized {
        schemes: String,
        words: String,
    },
    /// The body did not come in time.
    Slow,
    TooLarge {
        max_kib: u32,
    },
    UnknownContent,
    TooMany {
        wait: Duration,
    },
    /// The spool has no room.
    Full,
    /// The disk does not take the spool's records.
    Unwritable,
    /// Too many requests are being answered at this moment, or the collector stops.
    Busy,
}

impl Answer {
    pub fn unauthorized(admission: &Admission) -> Self {
        let (schemes, words) = admission.expected();
        Self::Unauthorized { schemes, words }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Accepted { .. } => StatusCode::ACCEPTED,
            Self::Bad(..) | Self::CutShort => StatusCode::BAD_REQUEST,
            Self::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnknownContent => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Full | Self::Unwritable | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { wait } => Some((*wait).max(SOON)),
            Self::Full | Self::Unwritable => Some(LATER),
            Self::Busy => Some(SOON),
            _ => None,
        }
    }

    fn body(&self) -> Value {
        let error = |error: &str, detail: &str| json!({ "error": error, "detail": detail });
        match self {
            Self::Accepted { accepted, repeated } => json!({ "accepted": accepted, "repeated": repeated }),
            Self::Bad(bad, format) => bad_document(bad, *format),
            Self::CutShort => error("malformed", "the body ended before its end"),
            Self::Unauthorized { words, .. } => error("unauthorized", words),
            Self::Slow => error("timeout", "the body did not come in time"),
            Self::TooLarge { max_kib } => {
                error("too_large", &format!("a body has at most {max_kib} KiB; post fewer events at once"))
            }
            Self::UnknownContent => error(
                "unknown_content",
                "expected is `Content-Type: application/json` (one event) or `application/x-ndjson` (one on each line), not packed",
            ),
            Self::TooMany { .. } => {
                error("too_many_requests", "post several events in one request, or later")
            }
            Self::Full => {
                error("spool_full", "the collector's spool is full until Kafka takes what waits there")
            }
            Self::Unwritable => error("spool_unwritable", "the collector's disk takes nothing"),
            Self::Busy => error("busy", "the collector has too much to do at this moment"),
        }
    }
}

fn bad_document(bad: &Bad, format: Format) -> Value {
    let short = |text: &str| text.chars().take(REPEATED_CHARS_MAX).collect::<String>();
    let mut body = json!({ "error": bad.reason().word() });
    if format == Format::JsonLines {
        body["line"] = bad.line.into();
    }
    body["path"] = short(&bad.invalid.path).into();
    body["detail"] = short(&bad.invalid.detail).into();
    body
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status(), axum::Json(self.body())).into_response();
        let headers = response.headers_mut();
        if let Some(after) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs_f64().ceil() as u64));
        }
        if let Self::Unauthorized { schemes, .. } = &self
            && let Ok(schemes) = HeaderValue::from_str(schemes)
        {
            headers.insert(header::WWW_AUTHENTICATE, schemes);
        }
        response
    }
}
