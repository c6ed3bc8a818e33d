//! Calls and minutes: what they must be, and what ClickHouse has.

use crate::load::{LAP_S, Load};
use crate::pipeline::Pipeline;
use crate::world::World;
use anyhow::{Context, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Calls by their id.
pub type Calls = BTreeMap<String, Value>;

/// What `svarstid analyze` makes of log files, without Kafka and ClickHouse.
pub fn analysed(config: &Path, files: &[&Path]) -> anyhow::Result<Calls> {
    let mut analyze = World::svarstid(config, &["analyze", "--calls"])?;
    let output = analyze.args(files).output()?;
    if !output.status.success() {
        bail!("svarstid analyze: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    calls(&String::from_utf8(output.stdout)?)
}

/// What ClickHouse has of the calls that arrived from `from_s` until before `to_s`.
pub fn stored(world: &World, pipeline: &Pipeline, from_s: i64, to_s: i64) -> anyhow::Result<Calls> {
    let sql = format!(
        "SELECT * FROM calls_latest WHERE arrived_at >= toDateTime64({from_s}, 6, 'UTC') \
         AND arrived_at < toDateTime64({to_s}, 6, 'UTC') FORMAT JSONEachRow"
    );
    calls(&pipeline.ask(world, &sql)?)
}

fn calls(lines: &str) -> anyhow::Result<Calls> {
    let mut calls = Calls::new();
    for line in lines.lines() {
        let call: Value = serde_json::from_str(line)?;
        let id = call["call_id"].as_str().context("a call without an id")?.to_owned();
        calls.insert(id, call);
    }
    Ok(calls)
}

/// What differs between two calls, in what both tell.
#[must_use]
pub fn difference(expect: &Value, found: &Value) -> Option<String> {
    match (expect, found) {
        (Value::Object(expect), Value::Object(found)) => expect
            .iter()
            .filter_map(|(key, value)| found.get(key).map(|other| (key, value, other)))
            .find_map(|(key, value, other)| difference(value, other).map(|what| format!("{key}: {what}"))),
        (Value::Array(expect), Value::Array(found)) if expect.len() == found.len() => {
            expect.iter().zip(found).find_map(|(a, b)| difference(a, b))
        }
        _ if expect == found || same_time(expect, found) => None,
        _ => Some(format!("{found} and not {expect}")),
    }
}

/// The same moment may be written with more or fewer zeros.
fn same_time(a: &Value, b: &Value) -> bool {
    let time = |value: &Value| value.as_str()?.parse::<jiff::Timestamp>().ok();
    time(a).is_some() && time(a) == time(b)
}

/// Every minute of a lap, in all dimensions, to the digit; times count from the lap's begin. How much was heard is not among
/// them: it is about the collector, not about calls.
pub fn minutes(world: &World, pipeline: &Pipeline, load: &Load, lap: u32) -> anyhow::Result<String> {
    let begin_s = load.begin_s(lap);
    let sql = format!(
        "SELECT toUnixTimestamp(minute) - {begin_s} AS from_s, * EXCEPT (minute, heard_us) FROM kpi \
         WHERE minute >= toDateTime({begin_s}, 'UTC') AND minute < toDateTime({}, 'UTC') \
         ORDER BY from_s, dimension, name, direction FORMAT TSV",
        begin_s + LAP_S
    );
    pipeline.ask(world, &sql)
}

/// Rows that were written more than once from the same record, and still are.
pub fn rows_twice(world: &World, pipeline: &Pipeline) -> anyhow::Result<u64> {
    let of = |table: &str| {
        format!(
            "(SELECT count() - uniqExact(kafka_topic_id, kafka_partition, kafka_offset) AS twice FROM {table})"
        )
    };
    let tables = ["calls", "kpi_windows", "kpi_corrections", "rejected"].map(of).join(" UNION ALL ");
    Ok(pipeline.ask(world, &format!("SELECT sum(twice) FROM ({tables})"))?.parse()?)
}

/// What `svarstid audit` says: nothing, if all holds and nothing is on its way any more.
pub fn audited(world: &World, pipeline: &Pipeline) -> anyhow::Result<Option<String>> {
    let mut audit = World::svarstid(&pipeline.config, &["audit", "--json"])?;
    // The judge's way to ClickHouse is never broken.
    let output = audit.env("SVARSTID_CLICKHOUSE__URL", &world.clickhouse.0).output()?;
    let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else {
        return Ok(Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    };
    let checks = report["checks"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(broken) = checks.iter().find(|check| check["holds"] == false) {
        return Ok(Some(broken.to_string()));
    }
    if !output.status.success() || checks.is_empty() {
        return Ok(Some(format!("svarstid audit ended with {}", output.status)));
    }
    let waits = |check: &&Value| {
        let on_the_way = check["on_the_way"].as_object();
        on_the_way.is_some_and(|of| of.values().any(|count| count.as_u64().is_some_and(|count| count > 0)))
    };
    Ok(checks.iter().find(waits).map(|check| format!("still on its way: {check}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn calls_differ_in_what_both_tell() {
        let expect =
            json!({"outcome": "answered", "at": "2026-11-23T22:21:28.100Z", "passes": [{"wait_us": 1}]});
        let same = json!({"outcome": "answered", "at": "2026-11-23T22:21:28.100000Z", "passes": [{"wait_us": 1}], "more": 1});
        assert_eq!(difference(&expect, &same), None);
        let mut other = same.clone();
        other["passes"][0]["wait_us"] = json!(2);
        assert_eq!(difference(&expect, &other).unwrap(), "passes: wait_us: 2 and not 1");
        let mut other = same;
        other["passes"] = json!([]);
        assert!(difference(&expect, &other).is_some());
    }
}
