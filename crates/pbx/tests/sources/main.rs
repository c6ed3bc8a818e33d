//! Files of an Asterisk, line by line: what each line means, and that no line costs more than itself.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod ami;
mod any_bytes;
mod cdr;
mod cel;
mod csv_import;
mod queue_log;
mod restart;

use call::{Numbers, Party};
use pbx::asterisk::{CelDialect, CelEventDialect, Dialect};
use pbx::{Draft, Record};

/// Four digits are the site's own.
#[derive(Debug, Clone, Copy)]
pub struct Plan;

impl Numbers for Plan {
    fn party(&self, raw: &str) -> Party {
        match raw.len() {
            1..=4 => Party::Own(raw.into()),
            0 => Party::Unknown,
            _ => Party::Outside(Vec::new()),
        }
    }

    fn incoming_dialled(&self, raw: &str) -> Party {
        Party::Own(raw.into())
    }

    fn redact(&self, _: &[u8]) -> String {
        "redacted".to_owned()
    }
}

/// A site with one trunk, a queue of operators and one of a group.
pub fn dialect() -> Dialect {
    let event = |name: &str, fields: &[&str]| {
        Some(CelEventDialect {
            name: name.into(),
            fields: fields.iter().map(|field| (*field).into()).collect(),
        })
    };
    Dialect {
        trunks: ["trunk".into()].into(),
        queue_contexts: [("in-queue".into(), "vaxel".into()), ("groups/social".into(), "social".into())].into(),
        queue_numbers: [("500".into(), "vaxel".into())].into(),
        member_names: [("Anna".into(), "9001".into())].into(),
        priority_variable: "QUEUE_PRIO".into(),
        kinds: [("1".into(), call::event::DiversionKind::Colleague)].into(),
        reasons: [("mote".into(), "meeting".into())].into(),
        cel: CelDialect {
            columns: "eventtype,eventtime,cid_num,exten,context,channame,appname,appdata,uniqueid,linkedid,eventextra"
                .split(',')
                .map(str::to_owned)
                .collect(),
            not_diverted: event("UNDIVERTED", &["sought", "dial_status"]),
            diverted: event("DIVERTED", &["sought", "kind", "reason", "target"]),
        },
        ..Dialect::default()
    }
}

/// Everything that records say, one line each: `offset..end`, then seconds, leg and event, or why it is none.
pub fn told(records: impl IntoIterator<Item = Record>) -> Vec<String> {
    let mut lines = Vec::new();
    for record in records {
        let place = format!("{}..{}", record.offset, record.end);
        match record.meaning {
            Ok(drafts) => lines.extend(drafts.iter().map(|draft| format!("{place} {}", said(draft)))),
            Err(detail) => lines.push(format!("{place} rejected: {detail}")),
        }
    }
    lines
}

/// Seconds, leg, and the event as it is written in code.
pub fn said(draft: &Draft) -> String {
    let seconds = draft.at_us.unwrap() as f64 / 1e6;
    let leg = draft.leg.as_deref().unwrap_or("-");
    let body = format!("{:?}", draft.body);
    // `Own("2101")` is 2101.
    let mut parts = body.split("Own(\"");
    let first = parts.next().unwrap_or_default().to_owned();
    let body = parts.fold(first, |text, part| text + &part.replacen("\")", "", 1));
    format!("{seconds} {leg} {}", body.replace('"', ""))
}
