//! The time line on paper.

use super::changes::{changes, seconds, told_cause};
use super::story::Line;
use super::words::{Names, number};
use crate::time::local;
use call::{Call, Text};
use config::Config;
use std::io::Write;

/// Writes who called whom and what became of it.
pub fn head(out: &mut dyn Write, config: &Config, call: &Call, parts: &[Text]) -> anyhow::Result<()> {
    writeln!(out, "{}", call.call_id)?;
    for part in parts {
        writeln!(out, "{part} turned out to be a part of it")?;
    }
    let (caller, dialled) = (number(&call.caller), number(&call.dialled));
    let (kind, when) = (call.dialled_kind, local(&config.site.time_zone, call.arrived_us));
    writeln!(out, "{}: {caller} calls {dialled} ({kind}), {when}", call.direction)?;
    writeln!(out, "{}\n", verdict(call))?;
    Ok(())
}

/// Writes every event with what followed from it. `place` is what the events' offsets count.
pub fn story(out: &mut dyn Write, call: &Call, story: &[Line], place: &str) -> anyhow::Result<()> {
    let names = Names::of(story);
    let mut before: Option<&Call> = None;
    for line in story {
        let after = seconds(line.event.at_us - call.arrived_us);
        writeln!(out, "{after:>11}  {:<64}  {place} {}", names.tell(&line.event), line.offset)?;
        if let Some(version) = line.version.as_deref() {
            statements(out, &changes(before, version))?;
            before = Some(version);
        }
    }
    Ok(())
}

/// Writes what follows from the line above.
pub fn statements(out: &mut dyn Write, said: &[String]) -> anyhow::Result<()> {
    for said in said {
        writeln!(out, "{:>11}    → {said}", "")?;
    }
    Ok(())
}

/// The call in one line.
pub fn verdict(call: &Call) -> String {
    let mut said = format!("outcome {}, reach {}", call.outcome, call.reach);
    if let Some(by) = &call.answered_by {
        said += &format!(", answered by {by}");
    }
    if let Some(us) = call.answer_time_us() {
        said += &format!(" after {}", seconds(us));
    }
    if let Some(us) = call.lost_after_us() {
        said += &format!(", lost after {}", seconds(us));
    }
    if let Some(stage) = call.lost_stage {
        said += &format!(", lost stage {stage}");
    }
    if let Some(cause) = &call.operator_cause {
        said += &format!(", operator cause {}", told_cause(cause));
    }
    if call.is_partial {
        said += "; partial: not all of it was seen";
    }
    said
}
