//! The report for scripts: every figure with its unit in its name, nothing rounded.

use crate::time::rfc3339;
use call::reconcile::{Hour, Report};
use serde_json::{Map, Value, json};
use std::io::Write;

pub fn write(out: &mut dyn Write, report: &Report) -> anyhow::Result<()> {
    let span = |(from, to): &(i64, i64)| json!({ "from": rfc3339(*from), "to": rfc3339(*to) });
    let sources: Vec<Value> = report
        .heard
        .iter()
        .map(|(kind, covers, deaf)| {
            json!({ "source": kind.word(), "covers": span(covers), "deaf": deaf.iter().map(span).collect::<Vec<_>>() })
        })
        .collect();
    let skews: Vec<Value> = report
        .skews
        .iter()
        .map(|skew| {
            let (kind, against) = (skew.kind.word(), skew.against.word());
            json!({ "source": kind, "against": against, "late_us": skew.late_us, "signs": skew.signs })
        })
        .collect();
    let hours: Vec<Value> = report.hours.iter().map(hour).collect();
    serde_json::to_writer_pretty(&mut *out, &json!({ "sources": sources, "skews": skews, "hours": hours }))?;
    writeln!(out)?;
    Ok(())
}

fn hour(hour: &Hour) -> Value {
    let by_source: Map<String, Value> =
        hour.by_source.iter().map(|(kind, count)| (kind.word().to_owned(), json!(count))).collect();
    let disagreeing: Vec<Value> = hour
        .disagreeing
        .iter()
        .map(|((kind, says, believed), calls)| {
            json!({ "source": kind.word(), "says": says.word(), "believed": believed.word(), "calls": calls })
        })
        .collect();
    json!({
        "from": rfc3339(hour.from_us),
        "calls": hour.calls,
        "by_source": by_source,
        "agreeing": hour.agreeing,
        "disagreeing": disagreeing,
        "filled": hour.filled,
        "unheard": hour.unheard,
        "confidence": hour.confidence(),
    })
}
