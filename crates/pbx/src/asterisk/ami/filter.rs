//! What to ask the PBX to send, and nothing more.

use super::super::Dialect;
use super::translate::{EVENTS, MAILBOX_APPLICATION, VARIABLES};

/// Regular expressions for `Action: Filter` and for `eventfilter=` in manager.conf: an event passes if one of them
/// matches its text. Half of an unfiltered Asterisk's events are variables that nobody needs.
#[must_use]
pub fn filters(dialect: &Dialect) -> Vec<String> {
    let mut variables: Vec<&str> = VARIABLES.to_vec();
    variables.push(&dialect.priority_variable);
    let user_events: Vec<&str> = [&dialect.not_diverted, &dialect.diverted, &dialect.set, &dialect.cleared]
        .into_iter()
        .flatten()
        .map(|event| event.name.as_str())
        .collect();
    let mut filters = vec![
        format!("Event: ({})", EVENTS.join("|")),
        format!("Variable: _*({})", variables.join("|")),
        format!("Application: {MAILBOX_APPLICATION}"),
    ];
    if !user_events.is_empty() {
        filters.push(format!("UserEvent: ({})", user_events.join("|")));
    }
    filters
}
