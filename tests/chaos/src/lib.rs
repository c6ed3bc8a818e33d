//! Real faults on real parts, by a seed, on one machine: three Kafka brokers, the ClickHouse engine, and the services, with
//! everything that can happen to a process, a network and a disk.
//!
//! ```text
//! a log that a PBX writes ─► collector ─► brokers ─► processor ─► brokers ─► sink ─► engine
//!                       each way through a proxy that can break it; each process one that can be killed or frozen
//! ```
//! After each fault the figures must be those of the undisturbed run (docs/guarantees.md).

pub mod acts;
pub mod brokers;
pub mod disk;
pub mod figures;
pub mod herd;
pub mod judge;
pub mod links;
pub mod live;
pub mod load;
pub mod manager;
pub mod owner;
pub mod pipeline;
pub mod plan;
pub mod run;
pub mod world;

pub use run::{Options, run};
