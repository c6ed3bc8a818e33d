//! The loops of processor and sink, as the services run them, in a world where everything breaks that can: by a seed, so that
//! what happened happens again.
//!
//! ```text
//! workload ─► broker: logs, transactions, groups ◄──► processors, sinks: real loops on threads, one at a time (stage)
//!                ▲ requests lost, late, slow (net)         ▲ killed, frozen, replaced, cut off (director)
//!                └───────────────► auditor: logs and tables at the end = one straight run of the pure core
//! ```

pub mod audit;
pub mod broker;
pub mod cast;
pub mod clickhouse;
pub mod committer;
pub mod director;
pub mod faults;
pub mod journal;
pub mod lines;
pub mod member;
pub mod net;
pub mod parts;
pub mod rng;
pub mod run;
pub mod sabotage;
pub mod stage;
pub mod story;
pub mod tables;
pub mod transactions;
pub mod workload;
pub mod world;

pub use faults::{Plan, Point, Scripted, Trouble};
pub use run::{Options, Outcome, run};
pub use sabotage::Sabotage;
