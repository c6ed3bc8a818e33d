//! Times as text.

/// µs UTC → `2026-11-23T22:21:28.836012Z`.
pub fn rfc3339(us: i64) -> String {
    match jiff::Timestamp::from_microsecond(us) {
        Ok(time) => format!("{time:.6}"),
        Err(_) => us.to_string(),
    }
}
