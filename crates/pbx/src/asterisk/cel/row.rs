//! One line of the channel event log.

use super::super::names;
use crate::csv_line::Columns;
use call::Text;

/// The columns of Asterisk's sample of `cel_custom.conf`.
const SAMPLE: &[&str] = &[
    "eventtype",
    "eventtime",
    "cid_name",
    "cid_num",
    "cid_ani",
    "cid_rdnis",
    "cid_dnid",
    "exten",
    "context",
    "channame",
    "appname",
    "appdata",
    "amaflags",
    "accountcode",
    "uniqueid",
    "linkedid",
    "bridgepeer",
    "userfield",
    "userdeftype",
    "eventextra",
];

/// The columns that are needed, and the configuration's words for them.
const WANTED: [&str; 12] = [
    "eventtype",
    "eventtime",
    "cid_num",
    "exten",
    "context",
    "channame",
    "appname",
    "appdata",
    "uniqueid",
    "linkedid",
    "userdeftype",
    "eventextra",
];

/// Those without which a line says nothing.
const NEEDED: &[&str] = &["eventtype", "eventtime", "channame", "uniqueid"];

/// Where each wanted column stands.
#[derive(Debug)]
pub(super) struct Layout {
    places: [Option<usize>; WANTED.len()],
    /// How many columns a line has.
    count: usize,
}

impl Layout {
    /// Of these column names; none: those of Asterisk's sample.
    pub fn new(columns: &[String]) -> Self {
        let of = |wanted: &str| match columns {
            [] => SAMPLE.iter().position(|name| *name == wanted),
            names => names.iter().position(|name| name == wanted),
        };
        let count = if columns.is_empty() { SAMPLE.len() } else { columns.len() };
        Self { places: WANTED.map(of), count }
    }

    /// The row, or which column is wrong.
    pub fn row<'a>(&self, columns: &'a Columns) -> Result<Row<'a>, String> {
        let lacks = |name: &&&str| {
            WANTED.iter().position(|known| known == *name).is_none_or(|at| self.places[at].is_none())
        };
        if let Some(missing) = NEEDED.iter().find(lacks) {
            return Err(format!(
                "pbx.cel.columns does not name `{missing}`, without which no line can be read"
            ));
        }
        if columns.len() != self.count {
            return Err(format!(
                "{} columns where {} are expected (pbx.cel.columns)",
                columns.len(),
                self.count
            ));
        }
        let get = |place: usize| self.places[place].map_or("", |at| columns.get(at));
        let id =
            |place: usize| names::id(get(place)).ok_or_else(|| format!("{} is not an id", WANTED[place]));
        let at_us = names::epoch_us(get(1))
            .ok_or("eventtime is not seconds.microseconds (cel.conf: leave dateformat empty)")?;
        let linked = if get(9).is_empty() { id(8)? } else { id(9)? };
        Ok(Row {
            event: get(0),
            at_us,
            caller: get(2),
            exten: get(3),
            context: get(4),
            channel: get(5),
            application: get(6),
            data: get(7),
            id: id(8)?,
            linked,
            user_event: get(10),
            extra: get(11),
        })
    }
}

/// One event of one channel.
#[derive(Debug, Clone)]
pub(super) struct Row<'a> {
    pub event: &'a str,
    pub at_us: i64,
    pub caller: &'a str,
    pub exten: &'a str,
    pub context: &'a str,
    pub channel: &'a str,
    pub application: &'a str,
    pub data: &'a str,
    pub id: Text,
    pub linked: Text,
    pub user_event: &'a str,
    pub extra: &'a str,
}

impl Row<'_> {
    /// What stands beside the columns, by name.
    pub fn extra(&self) -> serde_json::Value {
        serde_json::from_str(self.extra).unwrap_or_default()
    }

    /// A channel's id from what stands beside the columns.
    pub fn extra_id(extra: &serde_json::Value, key: &str) -> Option<Text> {
        names::id(extra[key].as_str()?)
    }

    /// The queue that the channel's dialplan is in at this moment, and its longest wait, if it is told.
    pub fn queue(&self) -> Option<(&str, Option<i64>)> {
        if !self.application.eq_ignore_ascii_case("Queue") {
            return None;
        }
        let mut arguments = self.data.split(',');
        let name = arguments.next().filter(|name| !name.is_empty())?;
        let longest = arguments.nth(3).and_then(|seconds| seconds.trim().parse::<i64>().ok());
        Some((name, longest.filter(|s| (1..=1_000_000).contains(s)).map(|s| s * 1_000_000)))
    }

    /// What the person sought is told to be: the words of `CELGenUserEvent(NAME,word word …)`.
    pub fn words(&self) -> Vec<String> {
        let extra = self.extra();
        let text = extra["extra"].as_str().or_else(|| self.data.split_once(',').map(|(_, text)| text));
        text.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }
}
