//! The webhook as a PBX meets it: a real server on this machine, a real spool, a real client.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod answers;
mod calls;
mod endpoint;
mod repeats;
mod slow;
mod tls;
