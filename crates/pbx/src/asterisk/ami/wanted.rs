//! Which messages can mean something, told before their fields are looked for: of an unfiltered connection one in seven does.

use super::skim::Unread;
use super::translate::{EVENTS, MAILBOX_APPLICATION, VARIABLES};
use memchr::memmem::Finder;

/// Events that may mean something beside those that the PBX is asked for.
const MORE_EVENTS: &[&str] = &["HangupRequest", "UserEvent"];

/// What a site's messages are judged by. It may take one for useful that is not, never the other way round.
#[derive(Debug)]
pub(super) struct Wanted {
    /// By their length.
    events: Vec<Vec<&'static str>>,
    /// Without underscores in front.
    variables: Vec<String>,
    variable: Finder<'static>,
    application: Finder<'static>,
}

impl Wanted {
    /// With the site's variable for priorities.
    pub fn new(priority_variable: &str) -> Self {
        let mut events = Vec::new();
        for event in EVENTS.iter().chain(MORE_EVENTS) {
            if events.len() <= event.len() {
                events.resize(event.len() + 1, Vec::new());
            }
            events[event.len()].push(*event);
        }
        let variables = VARIABLES.iter().chain([&priority_variable]).map(|name| (*name).to_owned());
        let variables = variables.collect();
        let (variable, application) = (Finder::new(b"\nVariable:"), Finder::new(b"\nApplication:"));
        Self { events, variables, variable, application }
    }

    /// Whether it can mean something.
    pub fn has(&self, message: &Unread<'_>) -> bool {
        match message.event {
            b"VarSet" => message.behind_key(&self.variable).is_none_or(|value| self.is_variable(value)),
            b"Newexten" => message.behind_key(&self.application).is_none_or(is_mailbox),
            event => self
                .events
                .get(event.len())
                .is_some_and(|names| names.iter().any(|name| name.as_bytes() == event)),
        }
    }

    /// What begins with a name that is used may be that.
    fn is_variable(&self, value: &[u8]) -> bool {
        let name = &value[value.iter().take_while(|byte| **byte == b'_').count()..];
        self.variables.iter().any(|wanted| name.starts_with(wanted.as_bytes()))
    }
}

fn is_mailbox(value: &[u8]) -> bool {
    value
        .get(..MAILBOX_APPLICATION.len())
        .is_some_and(|name| name.eq_ignore_ascii_case(MAILBOX_APPLICATION.as_bytes()))
}
