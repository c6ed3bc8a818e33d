//! The only room that names the ClickHouse client: tables by version, inserts that count once, figures read back.
//!
//! An insert counts once by three nets, each enough where the others have holes: its **token** (the server drops a block whose
//! token it remembers), the **look** ([`Store::holds`]: rows carry topic, partition and offset, so a block whose fate is not
//! known can be looked for), and the **tables** themselves (a row written twice has the same key and version, and one of them goes).

pub mod access;
pub mod alerts;
pub mod annotations;
pub mod audit;
mod client;
pub mod cluster;
mod error;
mod guard;
mod insert;
mod native;
pub mod retention;
pub mod schema;
pub mod sites;
pub mod summary;
mod version;

pub use client::{Settings, Store};
pub use error::{Failure, Policy, StoreError};
pub use insert::Waiting;
pub use pipeline::{Block, BlockSource as Source};
