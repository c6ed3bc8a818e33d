//! One row → one event.

use super::places::Places;
use super::times::{Moment, moment, span_us};
use super::{Ending, Field, Mapping, Unit, Way};
use crate::asterisk::names::label;
use crate::csv_line::Columns;
use crate::{Draft, Numbers};
use call::event::DialStatus;
use call::{Body, CallRecord, Party, Text};

/// Times of a list are whole seconds: what belongs together may differ by one.
const ROUNDED_US: i64 = 1_000_000;
const ID_BYTES_MAX: usize = 128;
/// As much of a number in an id would tell it.
const TELLING_DIGITS: usize = 7;
/// So much of an unknown word is told.
const WORD_CHARS: usize = 40;

/// Which field cannot be used, and why; holds no number.
pub(super) type Refused = (Option<Field>, String);

/// A row and what its columns are.
pub(super) struct Row<'a, N> {
    pub mapping: &'a Mapping,
    pub places: &'a Places,
    pub columns: &'a Columns,
    pub numbers: &'a N,
}

struct Times {
    arrived_us: i64,
    answered_us: Option<i64>,
    ended_us: Option<i64>,
    /// One of them is in an hour that came twice.
    is_ambiguous: bool,
}

impl<'a, N: Numbers> Row<'a, N> {
    /// The event, and whether a time of it could be either of two.
    pub fn draft(&self) -> Result<(Draft, bool), Refused> {
        let leg = self.id(Field::CallId)?.ok_or((Some(Field::CallId), "it is empty".to_owned()))?;
        let linked = self.id(Field::LinkedId)?.unwrap_or_else(|| leg.clone());
        let ending = self.ending()?;
        let times = self.times(ending)?;
        let (caller, dialled) = (self.party(Field::Caller), self.party(Field::Dialled));
        let way = self.way(&caller, &dialled)?;
        let trunk = Some(self.mapping.trunk.clone());
        let (caller_device, target) = match way {
            Way::Incoming => (trunk, self.answered_by()),
            Way::Outgoing => (caller.own().map(Text::from), trunk),
            Way::Internal => (caller.own().map(Text::from), self.answered_by()),
        };
        let record = CallRecord {
            caller_device,
            caller,
            dialled,
            queue: self.text(Field::Queue).map(|name| label(name, self.numbers)),
            target,
            answered_us: times.answered_us,
            ended_us: times.ended_us,
            status: ending.status,
            mailbox: ending.mailbox,
        };
        let (at_us, body) = (Some(times.arrived_us), Body::CallRecorded(Box::new(record)));
        Ok((Draft { at_us, leg: Some(leg), linked: Some(linked), body }, times.is_ambiguous))
    }

    /// What stands in a field's column, without what spreadsheets put around it; none if nothing does.
    pub fn text(&self, field: Field) -> Option<&'a str> {
        let text = self.columns.get(self.places.of(field)?).trim();
        // `="0701"`: a spreadsheet's way to keep a number's zeros.
        let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        Some(text).filter(|text| !text.is_empty())
    }

    /// An id of characters that nothing else can ride along with, and in which no number of the row hides.
    fn id(&self, field: Field) -> Result<Option<Text>, Refused> {
        let Some(id) = self.text(field) else { return Ok(None) };
        let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':'));
        if !plain || id.len() > ID_BYTES_MAX {
            return Err((
                Some(field),
                format!("an id is at most {ID_BYTES_MAX} letters, digits and . - _ :"),
            ));
        }
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let within = digits(id);
        let hides = |other: Field| {
            let number = digits(self.text(other).unwrap_or_default());
            let end = number.len().checked_sub(TELLING_DIGITS).map(|from| &number[from..]);
            end.is_some_and(|end| within.contains(end)) && matches!(self.party(other), Party::Outside(_))
        };
        if hides(Field::Caller) || hides(Field::Dialled) {
            return Err((Some(field), "it holds a number that is called or calls".to_owned()));
        }
        Ok(Some(id.into()))
    }

    fn ending(&self) -> Result<Ending, Refused> {
        // An empty cell may be a word, too.
        let word = self.text(Field::Result).unwrap_or_default();
        self.mapping.results.get(word).copied().ok_or_else(|| self.unknown(Field::Result, word, "results"))
    }

    fn way(&self, caller: &Party, dialled: &Party) -> Result<Way, Refused> {
        if self.places.of(Field::Direction).is_some() {
            let word = self.text(Field::Direction).unwrap_or_default();
            let way = self.mapping.directions.get(word).copied();
            return way.ok_or_else(|| self.unknown(Field::Direction, word, "directions"));
        }
        Ok(match (caller, dialled) {
            (Party::Own(_), Party::Outside(_)) => Way::Outgoing,
            (Party::Own(_), _) => Way::Internal,
            _ => Way::Incoming,
        })
    }

    fn unknown(&self, field: Field, word: &str, section: &str) -> Refused {
        let word: String = self.numbers.redact(word.as_bytes()).chars().take(WORD_CHARS).collect();
        (Some(field), format!("`{word}` is not in [import.{section}]"))
    }

    fn party(&self, field: Field) -> Party {
        self.text(field).map_or(Party::Unknown, |number| self.numbers.party(number))
    }

    /// Whose phone it was; a name that the configuration gives no extension is nobody's, because names are not kept.
    fn answered_by(&self) -> Option<Text> {
        let name = self.text(Field::AnsweredBy)?;
        if let Some(extension) = self.mapping.member_names.get(name) {
            return Some(extension.as_str().into());
        }
        match self.numbers.party(name) {
            Party::Own(extension) => Some(extension),
            Party::Outside(_) if !name.contains(char::is_alphabetic) => Some(self.mapping.trunk.clone()),
            Party::Outside(_) | Party::Service(_) | Party::Unknown => None,
        }
    }

    fn moment(&self, field: Field) -> Result<Option<Moment>, Refused> {
        let Some(text) = self.text(field) else { return Ok(None) };
        let dated = self.text(Field::Date).map(|date| format!("{date} {text}"));
        let read = moment(self.mapping, dated.as_deref().unwrap_or(text));
        read.map(Some).map_err(|what| (Some(field), what.to_owned()))
    }

    fn span_us(&self, field: Field) -> Result<Option<i64>, Refused> {
        let unit = self.mapping.units.get(&field).copied().unwrap_or(Unit::Seconds);
        let read = self.text(field).map(|text| span_us(text, unit)).transpose();
        read.map_err(|what| (Some(field), what.to_owned()))
    }

    /// What the list tells, and what follows from it; nothing else.
    fn times(&self, ending: Ending) -> Result<Times, Refused> {
        let refused = |field: Field, what: &str| (Some(field), what.to_owned());
        let arrived = self.moment(Field::Arrived)?.ok_or(refused(Field::Arrived, "it is empty"))?;
        let arrived_us = arrived.us;
        let is_time_of_day = self.places.of(Field::Date).is_some();
        let at = |field| -> Result<Option<i64>, Refused> {
            Ok(self.moment(field)?.map(|moment| moment.after(arrived_us, is_time_of_day)))
        };
        let (wait_us, talk_us) = (self.span_us(Field::Wait)?, self.span_us(Field::Talk)?);
        let mut ended_us = match at(Field::Ended)? {
            Some(ended_us) => Some(ended_us),
            None => self.span_us(Field::Duration)?.map(|us| arrived_us + us),
        };
        let is_answered = ending.status == DialStatus::Answer && !ending.mailbox;
        let told_us = at(Field::Answered)?.or(wait_us.map(|us| arrived_us + us));
        let answered_us = told_us.or_else(|| Some(ended_us? - talk_us?)).filter(|_| is_answered);
        ended_us = ended_us.or_else(|| if is_answered { Some(answered_us? + talk_us?) } else { None });
        ended_us = ended_us.or_else(|| wait_us.filter(|_| !is_answered).map(|us| arrived_us + us));
        if ended_us.is_some_and(|ended| ended < arrived_us) {
            return Err(refused(Field::Ended, "it is before the arrival"));
        }
        let answered_us = match answered_us {
            Some(at) if at + ROUNDED_US < arrived_us => {
                return Err(refused(Field::Answered, "the answer would be before the arrival"));
            }
            Some(at) if ended_us.is_some_and(|ended| at > ended + ROUNDED_US) => {
                return Err(refused(Field::Answered, "the answer would be after the end"));
            }
            at => at.map(|at| at.max(arrived_us).min(ended_us.unwrap_or(i64::MAX))),
        };
        Ok(Times { arrived_us, answered_us, ended_us, is_ambiguous: arrived.or_us.is_some() })
    }
}
