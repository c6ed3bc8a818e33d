//! The only room that names rdkafka: how the other rooms' ports are kept on Kafka.

pub mod admin;
mod bell;
mod committer;
pub mod event_output;
pub mod fault;
mod fetched;
mod gate;
mod journal;
mod leaders;
mod look;
mod member;
mod native;
mod partitioner;
mod progress;
pub mod restore;
pub mod retention;
pub mod settings;
mod sink_input;
pub mod topics;
mod transaction;
mod watch;

pub use admin::ensure_topics;
pub use journal::Journal;
pub use leaders::{Leaders, leaders};
pub use look::{Look, Seen};
pub use member::{Member, Reading};
pub use partitioner::partition_of;
pub use progress::{Progress, progress};
pub use restore::Settled;
pub use retention::{Retention, retention};
pub use settings::Settings;
pub use topics::Topics;
pub use transaction::Transactions;
