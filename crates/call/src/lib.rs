//! Legs, passes and calls.
//!
//! A PBX tells of channels; a municipality asks about callers. This crate turns the first into the second: events of
//! one site, in the order they arrived, become calls with one outcome each. Definitions: `docs/measures.md`.
//!
//! What may not live here: bytes, clocks, input and output. The same events give the same calls, always.

pub mod assembler;
pub mod event;
mod few;
pub mod number;
pub mod plan;
pub mod reconcile;
pub mod record;
pub mod records;
pub mod source;
pub mod visits;

pub use assembler::{Assembler, CallKey, Transition};
pub use event::{Body, CallRecord, Event, EventId, Origin};
pub use number::{Numbers, Party, Pseudonym};
pub use plan::{OpeningHours, SitePlan, Target};
pub use record::{
    Call, Cause, CauseKind, DialledKind, Direction, LostStage, NotDiverted, Outcome, Pass, PassResult, Reach,
    Ring,
};
pub use records::RecordAssembler;
pub use source::{SourceAssembler, SourceKind, Sources};
pub use visits::VisitAssembler;

/// Text that is kept for the life of a call: names, extensions, the PBX's own ids.
pub type Text = Box<str>;

/// A map whose keys nobody looks through in their order. Its hash is quick and begins with a random number: ids come from a PBX.
pub type Map<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
