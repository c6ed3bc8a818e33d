//! What the running system has of a call, on paper.

use super::record::{moments, statements};
use super::table::{Kept, LISTED_MAX};
use super::{Heard, Told, Whole};
use crate::commands::explain::changes::{changes, seconds};
use crate::commands::explain::page;
use crate::commands::explain::words::number;
use crate::time::local;
use call::Call;
use config::Config;
use std::io::Write;

/// Writes the call as the table tells it, and as its events do.
pub fn write(out: &mut dyn Write, config: &Config, whole: &Whole, from: Option<Told>) -> anyhow::Result<()> {
    let parts: Vec<_> = whole.parts.iter().map(|part| part.call.call_id.clone()).collect();
    page::head(out, config, &whole.latest.call, &parts)?;
    if from != Some(Told::Events) {
        table(out, whole)?;
        same_caller(out, config, whole)?;
    }
    if let Some(heard) = &whole.heard {
        events(out, &whole.latest.call, heard)?;
    }
    Ok(())
}

fn table(out: &mut dyn Write, whole: &Whole) -> anyhow::Result<()> {
    let Kept { call, place } = &whole.latest;
    let state = if call.is_final { "final" } else { "not over yet" };
    let sources: Vec<_> = call.sources.iter().map(call::SourceKind::word).collect();
    writeln!(
        out,
        "As table calls tells it: version {} ({state}), from topic {}, partition {}, offset {}; told by {}",
        call.version,
        place.topic,
        place.partition,
        place.offset,
        if sources.is_empty() { "asterisk_ami".to_owned() } else { sources.join(", ") }
    )?;
    for moment in moments(call) {
        writeln!(out, "{:>11}  {}", seconds(moment.at_us - call.arrived_us), moment.told)?;
    }
    page::statements(out, &statements(call))?;
    let mut before: Option<&Call> = None;
    for Kept { call, place } in whole.versions.iter().filter(|_| whole.versions.len() > 1) {
        let last = if call.is_final { " (final)" } else { "" };
        writeln!(out, "version {}{last} is kept, from offset {}", call.version, place.offset)?;
        if let Some(before) = before {
            page::statements(out, &changes(Some(before), call))?;
        }
        before = Some(call);
    }
    Ok(())
}

fn same_caller(out: &mut dyn Write, config: &Config, whole: &Whole) -> anyhow::Result<()> {
    if whole.same_caller.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nThe same caller, within a day")?;
    for kept in &whole.same_caller {
        line(out, config, &kept.call)?;
    }
    Ok(())
}

fn events(out: &mut dyn Write, call: &Call, heard: &Heard) -> anyhow::Result<()> {
    writeln!(out, "\nAs its events tell it: topic {}, partition {}", heard.topic, heard.partition)?;
    if let Some(missing) = &heard.missing {
        writeln!(out, "{missing}")?;
    }
    for telling in &heard.tellings {
        if heard.tellings.len() > 1 {
            writeln!(out, "As {} tells it", telling.kind)?;
        }
        page::story(out, call, &telling.story, "offset")?;
        let Some(told) = telling.call().filter(|_| heard.missing.is_none()) else { continue };
        match differences(call, told) {
            same if same.is_empty() => writeln!(out, "The events give what the table says.")?,
            other => {
                writeln!(out, "The events give something else than the table:")?;
                page::statements(out, &other)?;
            }
        }
    }
    Ok(())
}

/// What the events say that the table does not.
pub fn differences(table: &Call, events: &Call) -> Vec<String> {
    let mut found = changes(Some(table), events);
    for (what, kept, told) in [
        ("passes", table.passes.len(), events.passes.len()),
        ("ringings", table.rings.len(), events.rings.len()),
    ] {
        if kept != told {
            found.push(format!("{told} {what}, not {kept}"));
        }
    }
    found
}

/// Writes calls, one a line.
pub fn list(out: &mut dyn Write, config: &Config, calls: &[Kept]) -> anyhow::Result<()> {
    for kept in calls {
        line(out, config, &kept.call)?;
    }
    if calls.len() >= LISTED_MAX {
        writeln!(out, "(the {LISTED_MAX} nearest; there may be more)")?;
    }
    Ok(())
}

fn line(out: &mut dyn Write, config: &Config, call: &Call) -> anyhow::Result<()> {
    let when = local(&config.site.time_zone, call.arrived_us);
    let (caller, dialled) = (number(&call.caller), number(&call.dialled));
    writeln!(out, "{when}  {}  {caller} calls {dialled}: {}", call.call_id, page::verdict(call))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use call::{Outcome, Ring};

    #[test]
    fn what_the_events_say_differently_is_found() {
        let table = Call { outcome: Outcome::Answered, ..Call::unknown("s") };
        assert!(differences(&table, &table).is_empty());
        let other = Call { outcome: Outcome::Abandoned, ..table.clone() };
        assert_eq!(differences(&table, &other), ["outcome abandoned"]);
        let ring = Ring { target: "2101".into(), started_us: 0, ring_us: None, answered: false };
        let more = Call { rings: vec![ring], ..table.clone() };
        assert_eq!(differences(&more, &table), ["0 ringings, not 1"]);
    }
}
