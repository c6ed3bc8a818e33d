//! What a new version of a call says that the one before did not.

use call::{Call, Cause, Pass, Reach, Ring};

/// Statements, in the words of the measures: one line for the call itself, one for each pass and each ringing.
pub fn changes(before: Option<&Call>, after: &Call) -> Vec<String> {
    let mut lines = Vec::new();
    let fields = FIELDS.iter().filter_map(|field| field.change(before, after)).collect::<Vec<_>>();
    if !fields.is_empty() {
        lines.push(fields.join("; "));
    }
    let passes = before.map_or(&[][..], |call| &call.passes);
    for (place, pass) in after.passes.iter().enumerate() {
        let told = told_pass(pass);
        if passes.get(place).map(told_pass).as_ref() != Some(&told) {
            lines.push(format!("pass {} in {}: {told}", place + 1, pass.queue));
        }
    }
    let rings = before.map_or(&[][..], |call| &call.rings);
    for (place, ring) in after.rings.iter().enumerate() {
        let told = told_ring(ring);
        if rings.get(place).map(told_ring).as_ref() != Some(&told) {
            lines.push(format!("ringing of {}: {told}", ring.target));
        }
    }
    lines
}

/// One statement about a call.
struct Field {
    name: &'static str,
    /// Its value; empty when there is nothing to say.
    read: fn(&Call) -> String,
}

impl Field {
    fn change(&self, before: Option<&Call>, after: &Call) -> Option<String> {
        let (was, is) = (before.map(self.read).unwrap_or_default(), (self.read)(after));
        match (was == is, is.is_empty()) {
            (true, _) => None,
            (false, true) => Some(format!("{} no more", self.name)),
            (false, false) => Some(format!("{} {is}", self.name)),
        }
    }
}

const fn field(name: &'static str, read: fn(&Call) -> String) -> Field {
    Field { name, read }
}

fn or_nothing(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// What a call begins with says nothing yet.
fn told_reach(reach: Reach) -> String {
    if reach == Reach::None { String::new() } else { reach.to_string() }
}

const FIELDS: &[Field] = &[
    field("direction", |call| call.direction.to_string()),
    field("dialled number", |call| call.dialled_kind.to_string()),
    field("sought", |call| or_nothing(call.sought.as_deref())),
    field("unit", |call| or_nothing(call.unit.as_deref())),
    field("outcome", |call| call.outcome.to_string()),
    field("reach", |call| told_reach(call.reach)),
    field("final reach", |call| told_reach(call.final_reach)),
    field("lost stage", |call| or_nothing(call.lost_stage)),
    field("operator cause", |call| or_nothing(call.operator_cause.as_ref().map(told_cause))),
    field("answered by", |call| or_nothing(call.answered_by.as_deref())),
    field("answer time", |call| or_nothing(call.answer_time_us().map(seconds))),
    field("ring time", |call| or_nothing(call.ring_us.map(seconds))),
    field("message left", |call| or_nothing(call.message_left)),
    field("transfers", |call| or_nothing(Some(call.transfers).filter(|n| *n > 0))),
    field("asked for", |call| or_nothing(call.asked_for.as_deref())),
    field("left on hold", |call| or_nothing(call.left_on_hold.then_some("(after an answer)"))),
    field("partial", |call| or_nothing(call.is_partial.then_some("(not all of it was seen)"))),
];

/// Microseconds as seconds with three decimals.
pub fn seconds(us: i64) -> String {
    let ms = us / 1000;
    format!("{}{}.{:03} s", if ms < 0 { "-" } else { "" }, ms.abs() / 1000, ms.abs() % 1000)
}

/// A cause with what is known about it.
pub fn told_cause(cause: &Cause) -> String {
    let mut said = cause.kind.to_string();
    if let Some(why) = cause.not_diverted {
        said += &format!(" ({why})");
    }
    if let Some(reason) = &cause.reason {
        said += &format!(" ({reason})");
    }
    if cause.after_transfer {
        said += " after a transfer";
    }
    said
}

fn told_pass(pass: &Pass) -> String {
    let mut said = pass.result.to_string();
    if let Some(by) = &pass.answered_by {
        said += &format!(" by {by}");
    }
    if let Some(wait_us) = pass.wait_us {
        said += &format!(" after {}", seconds(wait_us));
    }
    if let Some(cause) = &pass.cause {
        said += &format!(", cause {}", told_cause(cause));
    }
    if pass.overtook > 0 {
        said += &format!(", before {} who had waited longer", pass.overtook);
    }
    if let Some(us) = pass.overtaken_us {
        said += &format!(", an internal caller went before for the last {}", seconds(us));
    }
    said
}

fn told_ring(ring: &Ring) -> String {
    match (ring.ring_us, ring.answered) {
        (None, _) => "begins".to_owned(),
        (Some(ring_us), true) => format!("answered after {}", seconds(ring_us)),
        (Some(ring_us), false) => format!("not answered, {}", seconds(ring_us)),
    }
}
