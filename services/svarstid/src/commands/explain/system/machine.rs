//! The same for scripts.

use super::page::differences;
use super::record::{moments, statements};
use super::table::Kept;
use super::{Heard, Told, Whole};
use crate::commands::analyze::calls;
use crate::commands::explain::changes::changes;
use crate::commands::explain::words::Names;
use crate::time::rfc3339;
use call::Call;
use config::Config;
use serde_json::{Value, json};
use std::io::Write;

/// Writes one document about one call.
pub fn write(out: &mut dyn Write, config: &Config, whole: &Whole, from: Option<Told>) -> anyhow::Result<()> {
    let (cadence, Kept { call, place }) = (config.kpi_settings().cadence, &whole.latest);
    let ids = |calls: &[Kept]| calls.iter().map(|kept| kept.call.call_id.to_string()).collect::<Vec<_>>();
    let mut document = json!({
        "call": calls::value(call, cadence)?,
        "version": call.version,
        "is_final": call.is_final,
        "kafka": { "topic": &*place.topic, "partition": place.partition, "offset": place.offset },
        "parts": ids(&whole.parts),
    });
    if from != Some(Told::Events) {
        document["timeline"] = moments(call)
            .into_iter()
            .map(|moment| at(call, moment.at_us, json!({ "told": moment.told })))
            .collect();
        document["statements"] = json!(statements(call));
        document["versions"] = versions(&whole.versions);
        let same: Result<Vec<_>, _> =
            whole.same_caller.iter().map(|kept| calls::value(&kept.call, cadence)).collect();
        document["same_caller"] = Value::Array(same?);
    }
    if let Some(heard) = &whole.heard {
        document["events"] = events(call, heard);
    }
    serde_json::to_writer_pretty(&mut *out, &document)?;
    Ok(writeln!(out)?)
}

/// Writes one document about several calls.
pub fn list(out: &mut dyn Write, config: &Config, calls: &[Kept]) -> anyhow::Result<()> {
    let cadence = config.kpi_settings().cadence;
    let calls: Result<Vec<_>, _> = calls.iter().map(|kept| calls::value(&kept.call, cadence)).collect();
    serde_json::to_writer_pretty(&mut *out, &json!({ "calls": calls? }))?;
    Ok(writeln!(out)?)
}

/// When something was, beside what it was.
fn at(call: &Call, at_us: i64, mut what: Value) -> Value {
    what["at"] = json!(rfc3339(at_us));
    what["after_us"] = json!(at_us - call.arrived_us);
    what
}

fn versions(versions: &[Kept]) -> Value {
    let mut before: Option<&Call> = None;
    let mut told = Vec::new();
    for Kept { call, place } in versions {
        told.push(json!({
            "version": call.version,
            "is_final": call.is_final,
            "offset": place.offset,
            "statements": before.map(|before| changes(Some(before), call)),
        }));
        before = Some(call);
    }
    Value::Array(told)
}

fn events(call: &Call, heard: &Heard) -> Value {
    let tellings: Vec<Value> = heard
        .tellings
        .iter()
        .map(|telling| {
            let differences = telling.call().map(|told| differences(call, told));
            let mut before: Option<&Call> = None;
            let names = Names::of(&telling.story);
            let mut lines = Vec::new();
            for line in &telling.story {
                let version = line.version.as_deref();
                let statements = version.map(|version| changes(before, version)).unwrap_or_default();
                before = version.or(before);
                let what = json!({
                    "offset": line.offset,
                    "event": line.event.body.word(),
                    "told": names.tell(&line.event),
                    "statements": statements,
                });
                lines.push(at(call, line.event.at_us, what));
            }
            json!({ "source": telling.kind.word(), "differences_to_table": differences, "lines": lines })
        })
        .collect();
    json!({
        "topic": heard.topic,
        "partition": heard.partition,
        "offsets": [heard.offsets.start, heard.offsets.end],
        "missing": heard.missing,
        "sources": tellings,
    })
}
