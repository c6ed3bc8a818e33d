//! Times and service levels, from the calls and their passes.

use super::{Asked, Key};
use crate::{Store, StoreError};
use clickhouse::Row;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Times of one line. Where `n` is 0 the times mean nothing.
#[derive(Row, Deserialize, Default)]
pub(super) struct Times {
    dimension: String,
    name: String,
    direction: String,
    /// How many answered.
    pub n: u64,
    pub mean_us: i64,
    pub median_us: i64,
    pub p90_us: i64,
    pub p95_us: i64,
    pub p99_us: i64,
    pub max_us: i64,
    /// Sum over the answered.
    pub signals: i64,
    /// Neither closed nor waiting.
    pub presented: i64,
    /// By threshold.
    pub answered_within: Vec<i64>,
    /// By threshold.
    pub lost_within: Vec<i64>,
}

const MICROS: i64 = 1_000_000;

/// Of the site and its units.
pub(super) async fn of_calls(store: &Store, asked: &Asked<'_>) -> Result<BTreeMap<Key, Times>, StoreError> {
    let items = "SELECT
            arrayJoin(if(unit IS NULL, [('site', '')], [('site', ''), ('unit', assumeNotNull(unit))])) AS line,
            line.1 AS dimension, line.2 AS name, direction,
            answer_time_us AS answered_us, lost_after_us AS lost_us, outcome IN ('closed', 'in_progress') AS is_apart
        FROM calls_latest
        WHERE site = ? AND arrived_at >= fromUnixTimestamp64Micro(?, 'UTC')
            AND arrived_at < fromUnixTimestamp64Micro(?, 'UTC')";
    read(store, asked, items).await
}

/// Of the queues.
pub(super) async fn of_passes(store: &Store, asked: &Asked<'_>) -> Result<BTreeMap<Key, Times>, StoreError> {
    let items = "SELECT
            'queue' AS dimension, queue AS name, direction,
            if(result = 'answered', wait_us, NULL) AS answered_us,
            if(result IN ('abandoned', 'timed_out', 'saturated', 'blocked'), wait_us, NULL) AS lost_us,
            result = 'in_progress' AS is_apart
        FROM passes_latest
        WHERE site = ? AND joined_at >= fromUnixTimestamp64Micro(?, 'UTC')
            AND joined_at < fromUnixTimestamp64Micro(?, 'UTC')";
    read(store, asked, items).await
}

/// `quantileExact` takes `sorted[floor(q × n)]`, as `kpi::Quantiles` does; `intDiv` rounds as Rust does.
async fn read(store: &Store, asked: &Asked<'_>, items: &str) -> Result<BTreeMap<Key, Times>, StoreError> {
    let within = |column: &str| {
        let below = |t: &u32| format!("toInt64(countIf({column} < {}))", i64::from(*t) * MICROS);
        let counts: Vec<_> = asked.settings.thresholds_s.iter().map(below).collect();
        format!("CAST([{}], 'Array(Int64)')", counts.join(", "))
    };
    let sql = format!(
        "SELECT toString(dimension) AS dimension, toString(name) AS name, toString(direction) AS direction,
            count(answered_us) AS n,
            if(n = 0, 0, intDiv(ifNull(sum(answered_us), 0), toInt64(n))) AS mean_us,
            ifNull(quantileExact(0.5)(answered_us), 0) AS median_us,
            ifNull(quantileExact(0.9)(answered_us), 0) AS p90_us,
            ifNull(quantileExact(0.95)(answered_us), 0) AS p95_us,
            ifNull(quantileExact(0.99)(answered_us), 0) AS p99_us,
            ifNull(max(answered_us), 0) AS max_us,
            sumIf(intDiv(greatest(ifNull(answered_us, 0), 0), {}) + 1, answered_us IS NOT NULL) AS signals,
            toInt64(countIf(NOT is_apart)) AS presented,
            {} AS answered_within, {} AS lost_within
        FROM ({items}) GROUP BY dimension, name, direction",
        i64::from(asked.settings.cadence.seconds.max(1)) * MICROS,
        within("answered_us"),
        within("lost_us"),
    );
    let micros = |minute: i64| minute.saturating_mul(60 * MICROS);
    let query = store.client.query(&sql).bind(asked.site);
    let query = query.bind(micros(asked.minutes.start)).bind(micros(asked.minutes.end));
    let rows = query.fetch_all::<Times>().await.map_err(|error| store.error(error))?;
    rows.into_iter().map(|row| Ok((store.key(&row.dimension, &row.name, &row.direction)?, row))).collect()
}
