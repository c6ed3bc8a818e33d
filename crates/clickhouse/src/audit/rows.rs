//! Which records of Kafka are rows.

use super::Asked;
use crate::{Store, StoreError};
use clickhouse::Row;
use serde::Deserialize;
use std::ops::Range;

/// Rows that came from one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Deserialize)]
pub struct Copies {
    /// The record's offset.
    pub offset: i64,
    /// How many different ones: a row that was written again replaces itself.
    pub rows: u64,
}

/// The tables that rows go to, and what makes two rows of one the same.
const TABLES: [(&str, &str); 4] = [
    ("calls", "site, arrived_at, call_id, version"),
    ("kpi_windows", "site, dimension, name, direction, minute, revision"),
    ("kpi_corrections", "site, dimension, name, direction, minute, call_id, version"),
    ("rejected", "site, rejected_at, stage, source_position, reason"),
];

/// The records of one partition that are rows of any of `tables`, in the order of their offsets.
///
/// # Errors
/// ClickHouse does not answer.
pub async fn copies(
    store: &Store,
    tables: &[&str],
    topic_id: &str,
    partition: i32,
    offsets: Range<i64>,
) -> Result<Vec<Copies>, StoreError> {
    let asked: Vec<_> = TABLES.iter().filter(|(table, _)| tables.contains(table)).collect();
    let parts: Vec<String> = asked
        .iter()
        .map(|(table, same)| {
            format!(
                "SELECT kafka_offset, sipHash64('{table}', {same}) AS content FROM `{table}`
                WHERE kafka_topic_id = ? AND kafka_partition = ? AND kafka_offset >= ? AND kafka_offset < ?"
            )
        })
        .collect();
    let sql = format!(
        "SELECT kafka_offset AS offset, uniqExact(content) AS rows FROM ({}) GROUP BY offset ORDER BY offset",
        parts.join(" UNION ALL ")
    );
    let query = asked.iter().fold(store.client.query(&sql), |query, _| {
        query.bind(topic_id).bind(partition).bind(offsets.start).bind(offsets.end)
    });
    query.fetch_all::<Copies>().await.map_err(|error| store.error(error))
}

/// How many records each stage rejected.
///
/// # Errors
/// ClickHouse does not answer.
pub async fn rejected_by_stage(store: &Store, asked: &Asked) -> Result<Vec<(String, u64)>, StoreError> {
    let sql = format!(
        "SELECT stage, count() FROM rejected FINAL WHERE {} GROUP BY stage ORDER BY stage",
        Asked::condition_or_unread("rejected_at")
    );
    store.asked::<(String, u64)>(&sql, asked, 1).await
}

/// The places (`topic/partition/offset`) of all records of `topic` that the processor rejected.
///
/// # Errors
/// ClickHouse does not answer.
pub async fn rejected_places(store: &Store, topic: &str) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT source_position FROM rejected FINAL WHERE stage = 'processor' AND startsWith(source_position, ?)";
    let query = store.client.query(sql).bind(format!("{topic}/"));
    query.fetch_all::<String>().await.map_err(|error| store.error(error))
}
