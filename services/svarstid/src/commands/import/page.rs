//! What `svarstid import check` prints.

use super::hints::{counted, hints};
use super::survey::Survey;
use crate::time::rfc3339;
use call::{Call, Direction, Outcome};
use pbx::csv_import::{Encoding, Field, Mapping, Unit};
use std::io::Write;
use std::path::Path;

/// So many calls are shown.
const SAMPLES: usize = 5;

pub fn write(out: &mut dyn Write, file: &Path, mapping: &Mapping, survey: &Survey) -> anyhow::Result<()> {
    let rejected: u64 = survey.rejected.values().map(|rejected| rejected.rows).sum();
    let mut line = |about: &str, text: String| writeln!(out, "{about:<9} {text}");
    line("list", file.display().to_string())?;
    line("written", written(mapping))?;
    for (field, column) in &mapping.columns {
        let unit = mapping.units.get(field).map_or("", |unit| match unit {
            Unit::Seconds => " (seconds)",
            Unit::Milliseconds => " (milliseconds)",
            Unit::Clock => " (h:mm:ss)",
        });
        let is_absent = survey.places.as_ref().is_some_and(|places| places.absent.contains(field));
        let absent = if is_absent { ", which the header has not" } else { "" };
        line("column", format!("{} = {}{unit}{absent}", field.word(), column.told()))?;
    }
    for name in survey.places.iter().flat_map(|places| &places.unused) {
        line("unused", format!("`{name}`"))?;
    }
    line("rows", format!("{} read, {rejected} rejected", survey.rows))?;
    for ((column, reason), rejected) in &survey.rejected {
        let column = column.as_ref().map_or_else(String::new, |column| format!("column {column}: "));
        let first = rejected.line.map_or_else(String::new, |line| format!(" (first on line {line})"));
        line("rejected", format!("{} × {column}{reason}{first}", rejected.rows))?;
    }
    if let Some((first, last)) = survey.span {
        line("span", format!("{} to {}", rfc3339(first), rfc3339(last)))?;
    }
    for (word, (ending, rows)) in &survey.results {
        line("result", format!("`{word}` = {}: {}", ending.word(), counted(*rows)))?;
    }
    for direction in Direction::ALL {
        if let Some(text) = by_outcome(&survey.calls, *direction) {
            line("calls", text)?;
        }
    }
    for call in survey.calls.iter().take(SAMPLES) {
        line("sample", sample(call))?;
    }
    for hint in hints(mapping, survey) {
        line("hint", hint)?;
    }
    Ok(())
}

fn written(mapping: &Mapping) -> String {
    let encoding = match mapping.encoding {
        Encoding::Utf8 => "utf8",
        Encoding::Windows1252 => "windows-1252",
        Encoding::Latin1 => "latin-1",
    };
    let header = if mapping.has_header { "a header" } else { "no header" };
    let format = mapping.time_format.as_deref().unwrap_or("ISO 8601");
    let zone = mapping.zone.iana_name().unwrap_or("a zone without a name");
    let delimiter = char::from(mapping.delimiter).escape_default();
    format!("columns apart by `{delimiter}`, {encoding}, {header}, times {format} in {zone}")
}

fn by_outcome(calls: &[Call], direction: Direction) -> Option<String> {
    let of: Vec<&Call> = calls.iter().filter(|call| call.direction == direction).collect();
    let counted = Outcome::ALL.iter().filter_map(|outcome| {
        let n = of.iter().filter(|call| call.outcome == *outcome).count();
        (n > 0).then(|| format!("{n} {outcome}"))
    });
    let counted: Vec<String> = counted.collect();
    (!of.is_empty()).then(|| format!("{} {direction}: {}", of.len(), counted.join(", ")))
}

/// A call on one line; numbers of others are pseudonyms already.
fn sample(call: &Call) -> String {
    let mut text = format!("{} {} {}", rfc3339(call.arrived_us), call.call_id, call.direction);
    for (about, told) in [("from", call.caller.to_string()), ("to", call.dialled.to_string())] {
        if !told.is_empty() {
            text += &format!(" {about} {told}");
        }
    }
    let queues: Vec<&str> = call.passes.iter().map(|pass| &*pass.queue).collect();
    if !queues.is_empty() {
        text += &format!(" in {}", queues.join(", "));
    }
    text += &format!(": {}", call.outcome);
    text += &call.answered_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    text += &call.answer_time_us().map(|us| format!(" after {:.1} s", us as f64 / 1e6)).unwrap_or_default();
    text
}

/// How many of the rows, in whole per cent.
pub(super) fn per_cent(rows: u64, of: u64) -> u64 {
    (rows * 100).checked_div(of).unwrap_or_default()
}

/// Whether the list has a column for it.
pub(super) fn has(mapping: &Mapping, survey: &Survey, field: Field) -> bool {
    mapping.columns.contains_key(&field)
        && survey.places.as_ref().is_none_or(|places| places.of(field).is_some())
}
