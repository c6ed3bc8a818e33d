//! The table that `analyze` and the demo print.

use crate::{Dimension, ServiceLevel};
use call::Direction;

/// Exact quantiles of a set of times, µs: `sorted[floor(q × n)]`, the same as ClickHouse's `quantileExact`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quantiles {
    /// How many.
    pub n: u64,
    /// Mean, rounded down to whole µs.
    pub mean_us: Option<i64>,
    /// Median.
    pub median_us: Option<i64>,
    /// 90th percentile.
    pub p90_us: Option<i64>,
}

/// One line: a queue (passes) or a unit or the site (calls), for one direction of calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Whose.
    pub dimension: Dimension,
    /// Which calls.
    pub direction: Direction,
    /// Calls offered, or passes entered.
    pub offered: i64,
    /// Answered.
    pub answered: i64,
    /// Abandoned.
    pub abandoned: i64,
    /// Lost for any reason (calls), or every pass that ended unanswered otherwise than by `flowed_out` or `withdrawn`.
    pub lost: i64,
    /// Answer time of calls, wait of answered passes.
    pub answer_time: Quantiles,
    /// Mean signals the callers lived through × 1000.
    pub caller_signals_milli: Option<i64>,
    /// Per target of the configuration, in its order: T in seconds and the four levels.
    pub service_levels: Vec<(u32, ServiceLevel)>,
    /// Calls to direct numbers, and those that fell to the operator because the person was not diverted.
    pub direct_calls: i64,
    /// See `direct_calls`.
    pub undiverted_calls: i64,
    /// Calls by reach, in the order of `Reach::ALL` (zero for queues).
    pub reaches: [i64; call::Reach::ALL.len()],
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// Sorted: site, queues, units; by name; external before internal before outgoing.
    pub rows: Vec<Row>,
}
