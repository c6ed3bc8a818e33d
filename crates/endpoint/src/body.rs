//! A body to its end, or why not.

use axum::body::{Body, HttpBody};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

/// So much of a body that is too long is read and thrown away: whoever still sends hears no answer.
const TOO_LONG_READ_MAX: usize = 16 * 1024 * 1024;

/// Why a body is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It is longer than it may be.
    TooLong,
    /// It did not come to its end.
    CutShort,
    /// It did not come in time.
    Slow,
}

/// The whole of it, at most `max` bytes, which must come `within` this time.
///
/// # Errors
/// It is too long, too slow, or broken off.
pub async fn body(body: Body, max: usize, within: Duration) -> Result<Vec<u8>, Unread> {
    match tokio::time::timeout(within, read(body, max)).await {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => Err(Unread::TooLong),
        Ok(Err(_)) => Err(Unread::CutShort),
        Err(_) => Err(Unread::Slow),
    }
}

/// None: longer than `max`.
async fn read(mut body: Body, max: usize) -> Result<Option<Vec<u8>>, axum::Error> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame?.into_data() else { continue };
        length += data.len();
        if length > TOO_LONG_READ_MAX.max(max) {
            break;
        }
        if length <= max {
            bytes.extend_from_slice(&data);
        }
    }
    Ok((length <= max).then_some(bytes))
}
