//! The measures of `docs/measures.md` as accumulators that can be added, subtracted and merged.
//!
//! A call contributes to the minute of its arrival, a pass to the minute in which it joined. A contribution is replaced
//! by subtracting the old and adding the new, so no order of versions changes a figure.

pub mod clock;
pub mod contribution;
pub mod episodes;
pub mod histogram;
pub mod key;
pub mod pane;
pub mod part;
pub mod report;
pub mod served;
pub mod service_level;
mod shares;
pub mod summary;
pub mod target;
pub mod times;

/// Grows by one whenever a formula of `docs/measures.md`, or how calls are told apart, changes so that the same events make other
/// figures. What a running system does then: `docs/upgrades.md`.
pub const DEFINITION_VERSION: u32 = 1;

pub use clock::{Cadence, SignalReading};
pub use contribution::{Settings, contributions};
pub use episodes::{Episodes, OpenCaller, Repeats};
pub use histogram::{Bins, Histogram, bin_of_us, low_edge_us};
pub use key::{Dimension, PaneKey};
pub use pane::{Pane, WindowRecord, WindowRecordKind};
pub use part::{Part, Place, Whose, parts};
pub use report::{Cut, Figures, Group, Report};
pub use served::{Served, Tally, Told};
pub use service_level::{ServiceLevel, ServiceLevelInput, share};
pub use summary::{Counting, Row, Summary};
pub use target::{Clock, Kept, Target};
pub use times::{Quantiles, Times};
