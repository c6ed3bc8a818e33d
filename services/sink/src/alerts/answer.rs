//! What whoever posts alerts is told.

use super::message::{ALERTS_MAX, Bad, Reason};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use endpoint::Unread;
use serde_json::{Value, json};

/// What is repeated of a bad message is a hint, not an archive.
const REPEATED_CHARS_MAX: usize = 300;
const REPEATED_MAX: usize = 10;
/// When something must change first, seconds.
const RETRY_AFTER_S: &str = "10";

#[derive(Debug)]
pub(super) enum Answer {
    /// ClickHouse has all of them.
    Kept {
        kept: usize,
    },
    /// It has these; the others cannot be used.
    Partly {
        kept: usize,
        bad: Vec<Bad>,
    },
    /// It is no message of alerts.
    Bad(Bad),
    Unauthorized,
    Unread {
        unread: Unread,
        max_kib: u32,
    },
    /// ClickHouse does not take them.
    Away(String),
    /// Too many messages are being taken at this moment.
    Busy,
}

impl Answer {
    fn status(&self) -> StatusCode {
        match self {
            Self::Kept { .. } => StatusCode::OK,
            Self::Bad(bad) if bad.reason == Reason::TooMany => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Partly { .. } | Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Unread { unread, .. } => match unread {
                Unread::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
                Unread::CutShort => StatusCode::BAD_REQUEST,
                Unread::Slow => StatusCode::REQUEST_TIMEOUT,
            },
            Self::Away(_) | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The reasons for which something is not in the history.
    pub fn reasons(&self) -> Vec<&'static str> {
        match self {
            Self::Kept { .. } | Self::Away(_) | Self::Busy => Vec::new(),
            Self::Partly { bad, .. } => bad.iter().map(|bad| bad.reason.word()).collect(),
            Self::Bad(bad) => vec![bad.reason.word()],
            Self::Unauthorized => vec!["unauthorized"],
            Self::Unread { unread, .. } => vec![match unread {
                Unread::TooLong => "too_large",
                Unread::CutShort => "cut_short",
                Unread::Slow => "timeout",
            }],
        }
    }

    fn body(&self) -> Value {
        let error = |error: &str, detail: &str| json!({ "error": error, "detail": short(detail) });
        match self {
            Self::Kept { kept } => json!({ "kept": kept }),
            Self::Partly { kept, bad } => {
                let told = bad.iter().take(REPEATED_MAX);
                let told = told.map(|bad| error(bad.reason.word(), &bad.detail)).collect::<Vec<_>>();
                json!({ "kept": kept, "refused": bad.len(), "errors": told })
            }
            Self::Bad(bad) => error(bad.reason.word(), &bad.detail),
            Self::Unauthorized => error("unauthorized", "expected is `Authorization: Bearer TOKEN`"),
            Self::Unread { unread, max_kib } => match unread {
                Unread::TooLong => error(
                    "too_large",
                    &format!("a message has at most {max_kib} KiB; set `max_alerts` (up to {ALERTS_MAX})"),
                ),
                Unread::CutShort => error("cut_short", "the message ended before its end"),
                Unread::Slow => error("timeout", "the message did not come in time"),
            },
            Self::Away(detail) => error("away", detail),
            Self::Busy => error("busy", "too many messages are being taken at this moment"),
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(REPEATED_CHARS_MAX).collect()
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, axum::Json(self.body())).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
