//! Each call once, by versions that grow.

use super::{Asked, FOUND_MAX};
use crate::{Store, StoreError};
use clickhouse::Row;
use serde::Deserialize;

/// A call about which something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct Odd {
    /// The site.
    pub site: String,
    /// The call.
    pub call_id: String,
    /// When it arrived, seconds since 1970-01-01 00:00 UTC.
    pub arrived_s: i64,
    /// What is wrong.
    pub what: String,
}

/// How much there is to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Deserialize)]
pub struct Versions {
    /// Calls, parts of others among them.
    pub calls: u64,
    /// Rows: versions that were not replaced yet.
    pub rows: u64,
}

/// How many calls in how many versions are kept.
///
/// # Errors
/// ClickHouse does not answer.
pub async fn versions(store: &Store, asked: &Asked) -> Result<Versions, StoreError> {
    let sql = format!(
        "SELECT uniqExact(site, call_id) AS calls, count() AS rows FROM calls WHERE {}",
        Asked::condition("arrived_at")
    );
    let found = store.asked::<Versions>(&sql, asked, 1).await?;
    Ok(found.first().copied().unwrap_or(Versions { calls: 0, rows: 0 }))
}

/// Calls that are there more than once, whose versions do not grow with their place in Kafka (as far as rows are kept), that
/// changed after their final version, or that are a part of a call which does not exist.
///
/// # Errors
/// ClickHouse does not answer.
pub async fn one_outcome(store: &Store, asked: &Asked) -> Result<Vec<Odd>, StoreError> {
    let when = "toInt64(toUnixTimestamp(min(arrived_at))) AS arrived_s";
    let range = Asked::condition("arrived_at");
    let questions = [
        format!(
            "SELECT site, call_id, {when}, 'is ' || toString(count()) || ' times in calls_latest' AS what
            FROM calls_latest WHERE {range} GROUP BY site, call_id HAVING count() > 1"
        ),
        format!(
            "SELECT site, call_id, {when}, 'version ' || toString(version) || ' comes from '
                || toString(uniqExact(kafka_partition, kafka_offset)) || ' places in Kafka' AS what
            FROM calls WHERE {range} GROUP BY site, call_id, version, kafka_topic_id
            HAVING uniqExact(kafka_partition, kafka_offset) > 1"
        ),
        format!(
            "SELECT site, call_id, {when}, 'its versions in the order of their offsets are '
                || toString(arrayMap(row -> row.2, arraySort(groupUniqArray((kafka_offset, version))))) AS what
            FROM calls WHERE {range} GROUP BY site, call_id, kafka_topic_id, kafka_partition
            HAVING arrayExists(step -> step < 0, arrayDifference(
                arrayMap(row -> toInt64(row.2), arraySort(groupUniqArray((kafka_offset, version))))))"
        ),
        format!(
            "SELECT site, call_id, {when}, 'version ' || toString(max(version)) || ' follows the final version '
                || toString(minIf(version, is_final)) AS what
            FROM calls WHERE {range} GROUP BY site, call_id, kafka_topic_id
            HAVING countIf(is_final) > 0 AND max(version) > minIf(version, is_final)"
        ),
        // A part may have arrived long before or after the call it belongs to.
        format!(
            "SELECT site, call_id, toInt64(toUnixTimestamp(arrived_at)) AS arrived_s,
                'is a part of ' || assumeNotNull(merged_into) || ', which is not there' AS what
            FROM calls_merged WHERE {range} AND merged_into != site || '/-' AND (site, assumeNotNull(merged_into)) NOT IN (SELECT site, call_id FROM calls)"
        ),
    ];
    let mut found = Vec::new();
    for question in questions {
        let sql = format!("{question} ORDER BY arrived_s, call_id LIMIT {FOUND_MAX}");
        found.extend(store.asked::<Odd>(&sql, asked, 1).await?);
    }
    Ok(found)
}
