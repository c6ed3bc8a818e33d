//! For scripts: every figure with its unit in its name, nothing rounded.

use call::Reach;
use kpi::{Row, Summary};
use serde_json::{Map, Value, json};
use std::io::Write;

pub fn json(out: &mut dyn Write, summary: &Summary) -> anyhow::Result<()> {
    let rows: Vec<Value> = summary.rows.iter().map(|row| Value::Object(object(row))).collect();
    serde_json::to_writer_pretty(&mut *out, &json!({ "rows": rows }))?;
    writeln!(out)?;
    Ok(())
}

pub fn jsonl(out: &mut dyn Write, summary: &Summary) -> anyhow::Result<()> {
    for row in &summary.rows {
        serde_json::to_writer(&mut *out, &object(row))?;
        writeln!(out)?;
    }
    Ok(())
}

pub fn csv(out: &mut dyn Write, summary: &Summary) -> anyhow::Result<()> {
    table(out, &summary.rows.iter().map(object).collect::<Vec<_>>())
}

/// Objects with the same keys as rows under a header.
pub fn table(out: &mut dyn Write, objects: &[Map<String, Value>]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    if let Some(first) = objects.first() {
        writer.write_record(first.keys())?;
    }
    for object in objects {
        writer.write_record(object.values().map(|value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }))?;
    }
    writer.flush()?;
    Ok(())
}

fn object(row: &Row) -> Map<String, Value> {
    let mut object = Map::new();
    let mut put = |name: String, value: Value| {
        object.insert(name, value);
    };
    put("dimension".into(), json!(row.dimension.kind()));
    put("name".into(), json!(row.dimension.name()));
    put("direction".into(), json!(row.direction.word()));
    put("offered".into(), json!(row.offered));
    put("answered".into(), json!(row.answered));
    put("abandoned".into(), json!(row.abandoned));
    put("lost".into(), json!(row.lost));
    put("answer_time_mean_us".into(), json!(row.answer_time.mean_us));
    put("answer_time_median_us".into(), json!(row.answer_time.median_us));
    put("answer_time_p90_us".into(), json!(row.answer_time.p90_us));
    put("answer_time_p95_us".into(), json!(row.answer_time.p95_us));
    put("answer_time_p99_us".into(), json!(row.answer_time.p99_us));
    put("answer_time_max_us".into(), json!(row.answer_time.max_us));
    put("caller_signals_mean_milli".into(), json!(row.caller_signals_milli));
    for (threshold_s, level) in &row.service_levels {
        put(format!("sl_of_offered_{threshold_s}s"), json!(level.sl_of_offered));
        put(format!("sl_without_short_{threshold_s}s"), json!(level.sl_without_short));
        put(format!("sl_with_short_{threshold_s}s"), json!(level.sl_with_short));
        put(format!("sl_of_answered_{threshold_s}s"), json!(level.sl_of_answered));
    }
    put("direct_calls".into(), json!(row.direct_calls));
    put("undiverted_calls".into(), json!(row.undiverted_calls));
    for reach in Reach::ALL {
        put(format!("reach_{reach}"), json!(row.reaches[reach.index()]));
    }
    object
}
