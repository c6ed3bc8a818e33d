//! Tables that are made in their own way.

use super::fields::{Field, Section, Value};
use super::lines::{self, Line};
use super::page::{cell, flat, right, upright};
use super::{Counted, Measure, Plan, work};
use crate::figures::table::{percent, table};
use call::{Direction, LostStage};
use comfy_table::Table;
use kpi::{Clock, Cut, Pane, Repeats, ServiceLevel, SignalReading};

/// What is told of the site as a whole, beside a measure's figures.
pub fn more(measure: Measure, lines: &[Line], counted: &Counted, plan: &Plan) -> Vec<String> {
    match measure {
        Measure::Signals => lines.iter().filter_map(|line| signal_matrix(line, plan)).collect(),
        Measure::Loss => lines.iter().filter_map(loss_matrix).collect(),
        Measure::Direct => sought(counted, plan).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// N by reading, of one direction.
fn signal_matrix(line: &Line, plan: &Plan) -> Option<String> {
    let presented = line.figures.pane.presented();
    if line.figures.pane.answer_time.count() == 0 {
        return None;
    }
    let mut table = table(&["within", "before the next one", "during the last one", "five seconds each"]);
    right(&mut table, 1);
    for n in &plan.signals {
        let readings =
            [SignalReading::BeforeTheNext, SignalReading::DuringTheLast, SignalReading::FiveSecondsEach];
        let within = readings.map(|reading| line.figures.within_signals(*n, reading, plan.cadence));
        let mut cells = vec![format!("{n} {}", if *n == 1 { "signal" } else { "signals" })];
        cells.extend(within.map(|calls| cell(Value::Part(calls, presented))));
        table.add_row(cells);
    }
    Some(format!(
        "Answered within N signals, of {presented} {} calls, in three readings\n{table}",
        line.direction
    ))
}

pub fn service(lines: &[Line], counted: &Counted, plan: &Plan) -> Vec<String> {
    let mut texts = Vec::new();
    if plan.cut == Cut::Site && !plan.targets.is_empty() {
        texts.push(format!("Targets, of external callers\n{}", targets(counted, plan)));
    }
    let words = ["calls", "n", "of_offered", "without_short", "with_short", "of_answered"];
    if plan.cut == Cut::Site {
        let header: Vec<&str> = ["within", "from"].into_iter().chain(words).collect();
        let rows = plan.levels().into_iter().flat_map(|(threshold_s, clock)| {
            let of = move |line| {
                Some((format!("{threshold_s} s"), Some(clock.word()), level_cells(line, threshold_s, clock)?))
            };
            lines.iter().filter_map(of).collect::<Vec<_>>()
        });
        texts.extend(level_table(&header, rows).map(|table| {
            format!("Service level: answered within T of the arrival, of joining the queue (passes), of the menu's end\n{table}")
        }));
        return texts;
    }
    let header: Vec<&str> = std::iter::once("").chain(words).collect();
    for (threshold_s, clock) in plan.levels() {
        let of = |line: &Line| Some((line.name.clone(), None, level_cells(line, threshold_s, clock)?));
        let table = level_table(&header, lines.iter().filter_map(of));
        texts.extend(
            table.map(|table| format!("Service level, {threshold_s} s {}\n{table}", clock.from_when())),
        );
    }
    texts
}

type LevelRow = (String, Option<&'static str>, Vec<String>);

fn level_table(header: &[&str], rows: impl Iterator<Item = LevelRow>) -> Option<Table> {
    let mut table = table(header);
    let mut is_empty = true;
    for (first, second, rest) in rows {
        is_empty = false;
        table.add_row(std::iter::once(first).chain(second.map(str::to_owned)).chain(rest));
    }
    (!is_empty).then_some(table)
}

/// Direction, n and the four levels; none of nothing.
fn level_cells(line: &Line, threshold_s: u16, clock: Clock) -> Option<Vec<String>> {
    let input = line.figures.pane.level_input(clock, threshold_s);
    let mut cells = vec![line.direction.to_string(), input.presented.to_string()];
    cells.extend(four(input.into()));
    (input.presented > 0).then_some(cells)
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

pub fn repeat(counted: &Counted, plan: &Plan) -> Vec<String> {
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
        lines.into_iter().map(|(name, found)| (line(name), work::repeats(&found))).collect();
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
