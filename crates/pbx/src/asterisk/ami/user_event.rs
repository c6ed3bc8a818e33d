//! User events: how a dialplan tells of diversions, in the words of its configuration.

use super::super::UserEventDialect;
use super::super::names::dial_status;
use super::Message;
use super::translate::{Invalid, Meaning, Translator};
use crate::Numbers;
use call::event::{DialStatus, DiversionKind};
use call::{Body, Party, Text};

impl<N: Numbers> Translator<N> {
    pub(super) fn user_event(&self, message: &Message) -> Meaning {
        let name = message.get("UserEvent").unwrap_or_default();
        let named = |event: &Option<UserEventDialect>| event.as_ref().is_some_and(|e| e.name == name);
        let dialect = &self.dialect;
        if let Some(event) = dialect.not_diverted.as_ref().filter(|_| named(&dialect.not_diverted)) {
            let status = field(message, &event.dial_status).and_then(dial_status);
            let status = status.unwrap_or(DialStatus::Other);
            return Ok(Some(Body::NotDiverted { sought: self.sought(event, message)?, status }));
        }
        if let Some(event) = dialect.diverted.as_ref().filter(|_| named(&dialect.diverted)) {
            return Ok(Some(Body::Diverted {
                sought: self.sought(event, message)?,
                kind: self.kind(event, message),
                reason: self.reason(event, message),
                to: self.numbers.party(field(message, &event.target).unwrap_or_default()),
            }));
        }
        if let Some(event) = dialect.set.as_ref().filter(|_| named(&dialect.set)) {
            return Ok(Some(Body::DiversionSet {
                extension: self.sought(event, message)?,
                kind: self.kind(event, message),
                reason: self.reason(event, message),
            }));
        }
        match dialect.cleared.as_ref().filter(|_| named(&dialect.cleared)) {
            Some(event) => Ok(Some(Body::DiversionCleared { extension: self.sought(event, message)? })),
            None => Ok(None),
        }
    }

    fn sought(&self, event: &UserEventDialect, message: &Message) -> Result<Party, Invalid> {
        let raw =
            message.known(&event.sought).ok_or_else(|| Invalid(format!("{} is missing", event.sought)))?;
        Ok(self.numbers.party(raw))
    }

    fn kind(&self, event: &UserEventDialect, message: &Message) -> DiversionKind {
        self.dialect.diversion_kind(field(message, &event.kind).unwrap_or_default())
    }

    fn reason(&self, event: &UserEventDialect, message: &Message) -> Text {
        self.dialect.reason(field(message, &event.reason).unwrap_or_default())
    }
}

fn field<'m>(message: &'m Message, name: &Option<String>) -> Option<&'m str> {
    message.known(name.as_deref()?)
}
