//! For people: one table for each question.

use super::fields::{self, Field, Section, Value};
use super::lines::{self, Line};
use super::special;
use super::{Counted, Measure, Plan};
use crate::figures::table::{percent, table};
use comfy_table::{CellAlignment, Table};
use kpi::Cut;
use std::io::Write;

pub fn write(out: &mut dyn Write, counted: &Counted, plan: &Plan) -> anyhow::Result<()> {
    let lines = lines::lines(&counted.report, plan);
    let mut texts = Vec::new();
    for measure in &plan.measures {
        match measure {
            Measure::Service => texts.extend(special::service(&lines, counted, plan)),
            Measure::Repeat => texts.extend(special::repeat(counted, plan)),
            _ => texts.extend(tables(*measure, &lines, plan)),
        }
        if plan.cut == Cut::Site {
            texts.extend(special::more(*measure, &lines, counted, plan));
        }
    }
    let is_empty = texts.is_empty();
    for (place, text) in texts.iter().enumerate() {
        let gap = if place == 0 { "" } else { "\n" };
        writeln!(out, "{gap}{text}")?;
    }
    if is_empty {
        writeln!(out, "These measures have no meaning here, or there were no calls.")?;
    }
    Ok(())
}

fn tables(measure: Measure, lines: &[Line], plan: &Plan) -> Vec<String> {
    let all: Vec<(&Line, Vec<Section>)> =
        lines.iter().map(|line| (line, fields::sections(measure, &line.figures, plan))).collect();
    let Some((_, first)) = all.first() else { return Vec::new() };
    let one = |place: usize, title: &str| {
        let of = |sections: &Vec<Section>| sections.get(place).map_or_else(Vec::new, |s| s.fields.clone());
        let rows: Vec<(&Line, Vec<Field>)> = all.iter().map(|(line, s)| (*line, of(s))).collect();
        let has_time =
            rows.iter().flat_map(|(_, fields)| fields).any(|field| matches!(field.value, Value::Time(_)));
        match plan.cut {
            Cut::Site => format!("{title}\n{}", upright(&rows)),
            _ if has_time => format!("{title} (times in seconds)\n{}", flat(&rows)),
            _ => format!("{title}\n{}", flat(&rows)),
        }
    };
    // The site's has a table of its own, in two dimensions.
    let is_flat = |section: &&Section| plan.cut != Cut::Site || !section.is_matrix;
    first.iter().filter(is_flat).enumerate().map(|(place, section)| one(place, &section.title)).collect()
}

/// Figures below each other, directions beside each other.
pub fn upright(rows: &[(&Line, Vec<Field>)]) -> Table {
    let mut header = vec![""];
    header.extend(rows.iter().map(|(line, _)| line.direction.word()));
    let mut table = table(&header);
    right(&mut table, 1);
    let labels = rows.first().map_or(&[][..], |(_, fields)| fields.as_slice());
    for (place, label) in labels.iter().enumerate() {
        let mut cells = vec![format!("{:<36}", label.label)];
        cells.extend(
            rows.iter().map(|(_, fields)| fields.get(place).map_or_else(String::new, |f| cell(f.value))),
        );
        table.add_row(cells);
    }
    table
}

/// One row for each line.
pub fn flat(rows: &[(&Line, Vec<Field>)]) -> Table {
    let heads = rows.first().map_or(&[][..], |(_, fields)| fields.as_slice());
    let mut header = vec!["", "calls"];
    header.extend(heads.iter().map(|field| field.head.as_str()));
    let mut table = table(&header);
    let is_wide = heads.len() > 7;
    // A line holds many figures: two blanks between them are enough.
    for column in table.column_iter_mut().skip(1) {
        column.set_padding((0, 1));
    }
    for (line, fields) in rows {
        let mut cells = vec![line.name.clone(), line.direction.to_string()];
        if fields.iter().all(|field| is_nothing(field.value)) {
            continue;
        }
        cells.extend(fields.iter().map(|field| match field.value {
            Value::Part(part, _) if is_wide => part.to_string(),
            // A column of seconds says so once, in the title.
            Value::Time(Some(us)) => format!("{:.1}", us as f64 / 1e6),
            value => cell(value),
        }));
        table.add_row(cells);
    }
    table
}

/// There was nothing to be counted.
const fn is_nothing(value: Value) -> bool {
    matches!(
        value,
        Value::Count(0)
            | Value::Part(_, 0)
            | Value::Share(_, 0)
            | Value::Time(None | Some(0))
            | Value::Milli(None)
    )
}

pub fn right(table: &mut Table, from: usize) {
    for column in table.column_iter_mut().skip(from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

pub fn cell(value: Value) -> String {
    match value {
        Value::Count(count) => count.to_string(),
        Value::Part(part, whole) if whole > 0 => {
            format!("{part} ({:.0} %)", part as f64 * 100.0 / whole as f64)
        }
        Value::Part(..) => "–".to_owned(),
        Value::Share(part, whole) => percent(kpi::share(part, whole)),
        Value::Time(us) => us.map_or_else(|| "–".to_owned(), |us| format!("{:.1} s", us as f64 / 1e6)),
        Value::Milli(milli) => {
            milli.map_or_else(|| "–".to_owned(), |milli| format!("{:.1}", milli as f64 / 1e3))
        }
    }
}
