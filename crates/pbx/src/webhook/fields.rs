//! Texts with a rule: checked as they are read, so that an error names the field, and told in the schema.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

/// Ids and names have no more characters.
const CHARS_MAX: usize = 128;

/// A PBX's own id, of characters that nothing else can ride along with.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Id(String);

/// A name, a word or a number: anything without control characters.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Name(String);

/// A time with an offset.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct Time(i64);

impl Id {
    pub fn text(&self) -> call::Text {
        self.0.as_str().into()
    }
}

impl Name {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Time {
    /// Microseconds since 1970-01-01 00:00 UTC.
    pub const fn us(self) -> i64 {
        self.0
    }
}

impl TryFrom<String> for Id {
    type Error = String;

    fn try_from(value: String) -> Result<Self, String> {
        let plain =
            value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':'));
        if plain && (1..=CHARS_MAX).contains(&value.len()) {
            return Ok(Self(value));
        }
        Err(format!("an id is 1 to {CHARS_MAX} letters, digits and . - _ :"))
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(value: String) -> Result<Self, String> {
        let length = value.chars().count();
        if (1..=CHARS_MAX).contains(&length) && !value.contains(char::is_control) {
            return Ok(Self(value));
        }
        Err(format!("this is 1 to {CHARS_MAX} characters on one line"))
    }
}

impl TryFrom<String> for Time {
    type Error = &'static str;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        let time: Result<jiff::Timestamp, _> = value.parse();
        time.map(|time| Self(time.as_microsecond()))
            .map_err(|_| "a time is RFC 3339 with an offset, such as 2026-11-24T08:15:02.123+01:00")
    }
}

impl JsonSchema for Id {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": format!("^[A-Za-z0-9._:-]{{1,{CHARS_MAX}}}$") })
    }
}

impl JsonSchema for Name {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$";
        json_schema!({ "type": "string", "minLength": 1, "maxLength": CHARS_MAX, "pattern": pattern })
    }
}

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}
