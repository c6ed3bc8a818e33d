//! For people: how fast, and whom.

use call::Reach;
use comfy_table::{CellAlignment, LineStyle, Table, presets};
use kpi::{Dimension, Row, ServiceLevel, Summary};
use std::io::Write;

pub fn write(out: &mut dyn Write, summary: &Summary) -> anyhow::Result<()> {
    let of = |kind: &str| summary.rows.iter().filter(|row| row.dimension.kind() == kind).collect::<Vec<_>>();
    let (site, queues, units) = (of("site"), of("queue"), of("unit"));
    writeln!(out, "Queues: stays in a queue, wait from joining it\n{}\n", answer_table(&queues))?;
    let calls: Vec<&Row> = units.into_iter().chain(site).collect();
    writeln!(out, "Units and site: calls, answer time from arrival\n{}\n", answer_table(&calls))?;
    let all: Vec<&Row> = queues.iter().chain(&calls).copied().collect();
    let thresholds = all.first().map_or(&[][..], |row| row.service_levels.as_slice());
    for (index, (threshold_s, _)) in thresholds.iter().enumerate() {
        writeln!(out, "Service level, {threshold_s} s from arrival (queues: from joining)")?;
        writeln!(out, "{}\n", level_table(&all, index))?;
    }
    writeln!(
        out,
        "Reach: whom the caller got first; undiverted: direct calls that fell to the operator because"
    )?;
    writeln!(out, "the person sought neither answered nor had diverted the phone\n{}", reach_table(&calls))?;
    Ok(())
}

/// An empty table; all columns but the first two are figures.
pub fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    let lines = LineStyle::none();
    // A figure is read along its row: a line under each would double the length and help nobody.
    table.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(lines)).set_header(header.iter().copied());
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn name(row: &Row) -> String {
    match &row.dimension {
        Dimension::Site => "whole site".to_owned(),
        Dimension::Queue(name) | Dimension::Unit(name) => name.to_string(),
    }
}

fn answer_table(rows: &[&Row]) -> Table {
    let header =
        ["", "calls", "offered", "answered", "abandoned", "lost share", "mean", "median", "p90", "signals"];
    let mut table = table(&header);
    for row in rows {
        let times = &row.answer_time;
        table.add_row([
            name(row),
            row.direction.to_string(),
            row.offered.to_string(),
            row.answered.to_string(),
            row.abandoned.to_string(),
            percent(row.lost_share()),
            seconds(times.mean_us),
            seconds(times.median_us),
            seconds(times.p90_us),
            signals(row.caller_signals_milli),
        ]);
    }
    table
}

fn level_table(rows: &[&Row], threshold: usize) -> Table {
    let mut table = table(&["", "calls", "of_offered", "without_short", "with_short", "of_answered"]);
    for row in rows {
        let Some((_, level)) = row.service_levels.get(threshold) else { continue };
        let ServiceLevel { sl_of_offered, sl_without_short, sl_with_short, sl_of_answered } = *level;
        let mut cells = vec![name(row), row.direction.to_string()];
        cells.extend([sl_of_offered, sl_without_short, sl_with_short, sl_of_answered].map(percent));
        table.add_row(cells);
    }
    table
}

fn reach_table(rows: &[&Row]) -> Table {
    let mut header = vec!["", "calls", "direct", "undiverted"];
    header.extend(Reach::ALL.iter().map(|reach| reach.word()));
    let mut table = table(&header);
    for row in rows {
        let undiverted = row.undiverted_share();
        let mut cells = vec![name(row), row.direction.to_string(), row.direct_calls.to_string()];
        cells.push(match undiverted {
            Some(_) => format!("{} ({})", percent(undiverted), row.undiverted_calls),
            None => "–".to_owned(),
        });
        cells.extend(row.reaches.iter().map(ToString::to_string));
        table.add_row(cells);
    }
    table
}

/// A share for people.
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

fn seconds(us: Option<i64>) -> String {
    us.map_or_else(|| "–".to_owned(), |us| format!("{:.1} s", us as f64 / 1e6))
}

fn signals(milli: Option<i64>) -> String {
    milli.map_or_else(|| "–".to_owned(), |milli| format!("{:.1}", milli as f64 / 1e3))
}
