//! The time line on paper.

use super::changes::{changes, seconds, told_cause};
use super::story::Line;
use super::words::{Names, number};
use call::{Call, Text};
use config::Config;
use std::io::Write;

/// Writes who called whom and what became of it, then every event with what followed from it.
pub fn write(
    out: &mut dyn Write,
    config: &Config,
    call: &Call,
    parts: &[Text],
    story: &[Line],
) -> anyhow::Result<()> {
    writeln!(out, "{}", call.call_id)?;
    for part in parts {
        writeln!(out, "{part} turned out to be a part of it")?;
    }
    let (caller, dialled) = (number(&call.caller), number(&call.dialled));
    let kind = call.dialled_kind;
    writeln!(
        out,
        "{}: {caller} calls {dialled} ({kind}), {}",
        call.direction,
        local(config, call.arrived_us)
    )?;
    writeln!(out, "{}\n", verdict(call))?;
    let names = Names::of(story);
    let mut before: Option<&Call> = None;
    for line in story {
        let after = seconds(line.event.at_us - call.arrived_us);
        writeln!(out, "{after:>11}  {:<64}  byte {}", names.tell(&line.event), line.offset)?;
        if let Some(version) = line.version.as_deref() {
            for said in changes(before, version) {
                writeln!(out, "{:>11}    → {said}", "")?;
            }
            before = Some(version);
        }
    }
    Ok(())
}

/// The call in one line.
fn verdict(call: &Call) -> String {
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

/// Wall clock of the site.
fn local(config: &Config, us: i64) -> String {
    let zone = jiff::tz::TimeZone::get(&config.site.time_zone);
    match (jiff::Timestamp::from_microsecond(us), zone) {
        (Ok(time), Ok(zone)) => time.to_zoned_datetime(zone).strftime("%F %T %Z").to_string(),
        _ => us.to_string(),
    }
}
