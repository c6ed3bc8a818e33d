//! For people: one table for each question.

use super::fields::{self, Field, Section, Value};
use super::lines::{self, Line};
use super::{Counted, Measure, Plan};
use crate::figures::table::{percent, table};
use call::{Direction, LostStage};
use comfy_table::{CellAlignment, Table};
use kpi::{Cut, Pane, Repeats, ServiceLevel};
use std::io::Write;

pub fn write(out: &mut dyn Write, counted: &Counted, plan: &Plan) -> anyhow::Result<()> {
    let lines = lines::lines(&counted.report, plan);
    let mut texts = Vec::new();
    for measure in &plan.measures {
        match measure {
            Measure::Service => texts.extend(service(&lines, counted, plan)),
            Measure::Repeat => texts.extend(repeat(counted, plan)),
            _ => texts.extend(tables(*measure, &lines, plan)),
        }
        if plan.cut == Cut::Site {
            match measure {
                Measure::Loss => texts.extend(lines.iter().filter_map(loss_matrix)),
                Measure::Direct => texts.extend(sought(counted, plan)),
                _ => {}
            }
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
        let table = if plan.cut == Cut::Site { upright(&rows) } else { flat(&rows) };
        format!("{title}\n{table}")
    };
    first.iter().enumerate().map(|(place, section)| one(place, &section.title)).collect()
}

/// Figures below each other, directions beside each other.
fn upright(rows: &[(&Line, Vec<Field>)]) -> Table {
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
fn flat(rows: &[(&Line, Vec<Field>)]) -> Table {
    let heads = rows.first().map_or(&[][..], |(_, fields)| fields.as_slice());
    let mut header = vec!["", "calls"];
    header.extend(heads.iter().map(|field| field.head.as_str()));
    let mut table = table(&header);
    let is_wide = heads.len() > 7;
    for (line, fields) in rows {
        let mut cells = vec![line.name.clone(), line.direction.to_string()];
        cells.extend(fields.iter().map(|field| match field.value {
            Value::Part(part, _) if is_wide => part.to_string(),
            value => cell(value),
        }));
        table.add_row(cells);
    }
    table
}

fn right(table: &mut Table, from: usize) {
    for column in table.column_iter_mut().skip(from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

fn cell(value: Value) -> String {
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

fn service(lines: &[Line], counted: &Counted, plan: &Plan) -> Vec<String> {
    let mut texts = Vec::new();
    if plan.cut == Cut::Site && !plan.targets.is_empty() {
        texts.push(format!("Targets, of external callers\n{}", targets(counted, plan)));
    }
    let mut levels = table(&[
        "",
        "calls",
        "within",
        "from",
        "n",
        "of_offered",
        "without_short",
        "with_short",
        "of_answered",
    ]);
    let mut is_empty = true;
    for line in lines {
        for (threshold_s, clock) in plan.levels() {
            let input = line.figures.pane.level_input(clock, threshold_s);
            if input.presented == 0 {
                continue;
            }
            is_empty = false;
            let mut cells = vec![
                line.name.clone(),
                line.direction.to_string(),
                format!("{threshold_s} s"),
                clock.word().to_owned(),
                input.presented.to_string(),
            ];
            cells.extend(four(input.into()));
            levels.add_row(cells);
        }
    }
    if !is_empty {
        texts.push(format!(
            "Service level: answered within T of the arrival, of joining the queue (passes), of the menu's end\n{levels}"
        ));
    }
    texts
}

fn four(level: ServiceLevel) -> [String; 4] {
    let ServiceLevel { sl_of_offered, sl_without_short, sl_with_short, sl_of_answered } = level;
    [sl_of_offered, sl_without_short, sl_with_short, sl_of_answered].map(percent)
}

fn targets(counted: &Counted, plan: &Plan) -> Table {
    let mut table = table(&["", "whose", "promised", "found", "lost", "at most", "n", ""]);
    for target in &plan.targets {
        let nothing = Pane::default();
        let kept = target.judge(counted.report.scopes.get(&target.scope).unwrap_or(&nothing));
        let name = if target.scope.name().is_empty() { "whole site" } else { target.scope.name() };
        let verdict = match kept.is_kept {
            Some(true) => "kept",
            Some(false) => "MISSED",
            None => "–",
        };
        table.add_row([
            target.name.to_string(),
            name.to_owned(),
            format!("{:.0} % in {} s, {}", target.share * 100.0, target.within_s, target.clock.word()),
            percent(kept.level.sl_of_offered),
            percent(kept.lost_share),
            target.lost_share_max.map_or_else(|| "–".to_owned(), |most| format!("{:.0} %", most * 100.0)),
            kept.presented.to_string(),
            verdict.to_owned(),
        ]);
    }
    table
}

/// Stage by band, of one direction.
fn loss_matrix(line: &Line) -> Option<String> {
    if line.figures.pane.lost() == 0 {
        return None;
    }
    let mut table = table(&["", "0–6 s", "6–12 s", "12–30 s", "30+ s", "together", "mean wait"]);
    right(&mut table, 1);
    for stage in LostStage::ALL {
        let losses = &line.figures.losses[stage.index()];
        let (calls, wait_us) =
            losses.iter().fold((0, 0), |(calls, wait), loss| (calls + loss.calls, wait + loss.wait_sum_us));
        if calls == 0 {
            continue;
        }
        let mut cells = vec![stage.to_string()];
        cells.extend(losses.iter().map(|loss| loss.calls.to_string()));
        cells.push(calls.to_string());
        cells.push(cell(Value::Time(Some(wait_us / calls))));
        table.add_row(cells);
    }
    Some(format!("Lost {} calls: where, and after how long\n{table}", line.direction))
}

fn sought(counted: &Counted, plan: &Plan) -> Option<String> {
    let (found, left_out, calls) = lines::sought(&counted.report, plan);
    if found.is_empty() && left_out == 0 {
        return None;
    }
    let mut table = table(&["", "calls", "asked for"]);
    for sought in found {
        table.add_row([sought.extension, sought.direction.to_string(), sought.calls.to_string()]);
    }
    let note = if left_out == 0 {
        String::new()
    } else {
        format!(
            "\n{left_out} more with fewer than {} calls each, {calls} together (--at-least shows them)",
            plan.at_least
        )
    };
    Some(format!("Extensions that callers asked the operator for\n{table}{note}"))
}

fn repeat(counted: &Counted, plan: &Plan) -> Vec<String> {
    let lines: Vec<(String, Repeats)> = match plan.cut {
        Cut::Site => vec![("whole site".to_owned(), counted.episodes.whole())],
        Cut::Unit => {
            let name = |unit: &Option<call::Text>| unit.as_deref().unwrap_or("(no unit)").to_owned();
            counted.episodes.by_unit().iter().map(|(unit, found)| (name(unit), *found)).collect()
        }
        _ => Vec::new(),
    };
    let line = |name: String| Line { name, direction: Direction::External, figures: kpi::Figures::default() };
    let lines: Vec<(Line, Vec<Section>)> =
        lines.into_iter().map(|(name, found)| (line(name), fields::repeats(&found))).collect();
    let Some(title) = lines.first().and_then(|(_, s)| s.first()).map(|section| section.title.clone()) else {
        return Vec::new();
    };
    let rows: Vec<(&Line, Vec<Field>)> = lines
        .iter()
        .map(|(line, s)| (line, s.first().map_or_else(Vec::new, |section| section.fields.clone())))
        .collect();
    let table = if plan.cut == Cut::Site { upright(&rows) } else { flat(&rows) };
    vec![format!("{title}\n{table}")]
}
