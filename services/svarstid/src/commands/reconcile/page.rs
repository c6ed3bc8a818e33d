//! The report for people.

use crate::figures::{percent, table};
use crate::time::rfc3339;
use call::SourceKind;
use call::reconcile::{Hour, Report};
use std::io::Write;

/// So many spans are told one by one for each source.
const SPANS_MAX: usize = 10;

pub fn write(out: &mut dyn Write, report: &Report) -> anyhow::Result<()> {
    writeln!(out, "Sources, in the order in which they are believed")?;
    for (kind, (from_us, to_us), deaf) in &report.heard {
        writeln!(out, "  {kind}: {} – {}", second(*from_us), second(*to_us))?;
        for (from, to) in deaf.iter().take(SPANS_MAX) {
            let length = seconds(to - from);
            writeln!(out, "    heard nothing of {} – {} ({length})", second(*from), second(*to))?;
        }
        if deaf.len() > SPANS_MAX {
            writeln!(out, "    and of {} more spans", deaf.len() - SPANS_MAX)?;
        }
    }
    writeln!(out, "\nClocks (the median of what both tell; shown, never corrected)")?;
    for skew in &report.skews {
        let (apart, signs) = (seconds(skew.late_us.abs()), skew.signs);
        let way = if skew.late_us < 0 { "before" } else { "after" };
        writeln!(out, "  {} dates things {apart} {way} {} ({signs} signs)", skew.kind, skew.against)?;
    }
    writeln!(out, "\nCalls by the hour of their arrival (UTC)\n{}", hours(report))?;
    disagreements(out, report)
}

fn hours(report: &Report) -> comfy_table::Table {
    let kinds: Vec<SourceKind> = report.heard.iter().map(|(kind, ..)| *kind).collect();
    let mut header = vec!["hour".to_owned(), "calls".to_owned()];
    header.extend(kinds.iter().map(|kind| kind.word().trim_start_matches("asterisk_").to_owned()));
    header.extend(["agreeing", "disagreeing", "filled", "unheard", "confidence"].map(str::to_owned));
    let mut table = table(&header.iter().map(String::as_str).collect::<Vec<_>>());
    for hour in &report.hours {
        let mut row = vec![second(hour.from_us)[..16].replace('T', " "), hour.calls.to_string()];
        row.extend(
            kinds.iter().map(|kind| hour.by_source.get(kind).copied().unwrap_or_default().to_string()),
        );
        let disagreeing: u64 = hour.disagreeing.values().sum();
        row.extend([hour.agreeing, disagreeing, hour.filled, hour.unheard].map(|count| count.to_string()));
        row.push(percent(hour.confidence()));
        table.add_row(row);
    }
    table
}

fn disagreements(out: &mut dyn Write, report: &Report) -> anyhow::Result<()> {
    let all = |hour: &Hour| !hour.disagreeing.is_empty();
    if !report.hours.iter().any(all) {
        writeln!(out, "No source contradicts another.")?;
        return Ok(());
    }
    writeln!(out, "Where a source that heard all of a call says another outcome")?;
    for hour in &report.hours {
        for ((kind, says, believed), count) in &hour.disagreeing {
            let at = second(hour.from_us);
            writeln!(out, "  {at}: {count} × {kind} says {says}, believed is {believed}")?;
        }
    }
    Ok(())
}

fn second(us: i64) -> String {
    rfc3339(us.div_euclid(1_000_000) * 1_000_000).replace(".000000", "")
}

fn seconds(us: i64) -> String {
    format!("{:.3} s", us as f64 / 1e6)
}
