//! Counts, from the panes.

use super::{Asked, Key};
use crate::{Store, StoreError};
use call::Reach;
use clickhouse::Row;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Counts of one line.
#[derive(Row, Deserialize)]
pub(super) struct Counts {
    dimension: String,
    name: String,
    direction: String,
    /// Calls offered, or passes entered.
    pub offered: i64,
    pub answered: i64,
    pub abandoned: i64,
    pub lost: i64,
    pub direct_calls: i64,
    pub undiverted_calls: i64,
    /// In the order of `Reach::ALL`.
    pub reaches: Vec<i64>,
}

pub(super) async fn read(store: &Store, asked: &Asked<'_>) -> Result<BTreeMap<Key, Counts>, StoreError> {
    let reaches: Vec<_> = Reach::ALL.iter().map(|reach| format!("sum(reach_{reach})")).collect();
    let sql = format!(
        "SELECT dimension, name, direction,
            sum(if(dimension = 'queue', entered, offered)) AS offered,
            sum(if(dimension = 'queue', passes_answered, calls_answered)) AS answered,
            sum(if(dimension = 'queue', passes_abandoned, calls_abandoned)) AS abandoned,
            sum(if(dimension = 'queue',
                passes_abandoned + passes_timed_out + passes_saturated + passes_blocked, lost)) AS lost,
            sum(direct_calls) AS direct_calls, sum(undiverted_calls) AS undiverted_calls,
            [{}] AS reaches
        FROM kpi WHERE site = ? AND minute >= toDateTime(?) AND minute < toDateTime(?)
        GROUP BY dimension, name, direction",
        reaches.join(", ")
    );
    let seconds = |minute: i64| minute.saturating_mul(60);
    let query = store.client.query(&sql).bind(asked.site);
    let query = query.bind(seconds(asked.minutes.start)).bind(seconds(asked.minutes.end));
    let rows = query.fetch_all::<Counts>().await.map_err(|error| store.error(error))?;
    rows.into_iter().map(|row| Ok((store.key(&row.dimension, &row.name, &row.direction)?, row))).collect()
}
