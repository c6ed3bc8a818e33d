//! What the sink's tests share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "only tests use this, each test program a part of it"
)]

pub mod beside;
pub mod calls;
pub mod cluster;
pub mod filled;
pub mod machine;
pub mod proxy;
pub mod running;
