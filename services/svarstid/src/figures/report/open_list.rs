//! Lost callers whom nobody has spoken to since.

use crate::commands::analyze::Format;
use crate::figures::table::table;
use crate::time::rfc3339;
use kpi::{Episodes, OpenCaller};
use serde_json::{Map, Value, json};
use std::io::Write;

/// So much of a pseudonym tells callers apart on a page.
const SHORT: usize = 15;

/// Prints the list.
pub fn write(out: &mut dyn Write, episodes: &Episodes, format: Format) -> anyhow::Result<()> {
    let open = episodes.open_callers();
    let hidden = episodes.whole().lost_without_number;
    let objects: Vec<Map<String, Value>> = open.iter().map(object).collect();
    match format {
        Format::Table => page(out, &open, hidden),
        Format::Json => {
            let document = json!({ "open_callers": objects, "lost_without_number": hidden });
            serde_json::to_writer_pretty(&mut *out, &document)?;
            Ok(writeln!(out)?)
        }
        Format::Jsonl => objects.iter().try_for_each(|object| {
            serde_json::to_writer(&mut *out, object)?;
            Ok(writeln!(out)?)
        }),
        Format::Csv => crate::figures::machine::table(out, &objects),
    }
}

fn page(out: &mut dyn Write, open: &[OpenCaller], hidden: i64) -> anyhow::Result<()> {
    writeln!(out, "Lost callers whom nobody has answered or called back since, newest first (UTC)")?;
    let mut table = table(&["caller", "lost last", "times", "waited", "dialled", "unit", "where"]);
    for caller in open {
        table.add_row([
            caller.caller.chars().take(SHORT).collect(),
            rfc3339(caller.last_lost_us).replace('T', " ").chars().take(16).collect(),
            caller.lost_calls.to_string(),
            format!("{:.0} s", caller.waited_us as f64 / 1e6),
            caller.dialled.to_string(),
            caller.unit.as_deref().unwrap_or("–").to_owned(),
            caller.lost_stage.map_or("–", call::LostStage::word).to_owned(),
        ]);
    }
    writeln!(out, "{table}\n{} callers", open.len())?;
    if hidden > 0 {
        writeln!(out, "{hidden} more lost calls showed no number: nobody can call these back")?;
    }
    Ok(())
}

fn object(caller: &OpenCaller) -> Map<String, Value> {
    let entries = [
        ("caller", json!(&*caller.caller)),
        ("lost_calls", json!(caller.lost_calls)),
        ("first_lost_at", json!(rfc3339(caller.first_lost_us))),
        ("last_lost_at", json!(rfc3339(caller.last_lost_us))),
        ("waited_us", json!(caller.waited_us)),
        ("dialled", json!(&*caller.dialled)),
        ("unit", json!(caller.unit.as_deref())),
        ("lost_stage", json!(caller.lost_stage.map(call::LostStage::word))),
    ];
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
