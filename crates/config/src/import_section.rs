//! `[import]`: how exported call lists are written.

use crate::check::{Checked, wrong};
use crate::{Config, ConfigError};
use jiff::civil::date;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use pbx::csv_import::{Column, Encoding, Ending, Field, Mapping, Unit, Way};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `[import]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// What stands between columns.
    #[serde(default = "comma")]
    pub delimiter: String,
    /// How characters are written.
    #[serde(default)]
    pub encoding: ListEncoding,
    /// Whether the first line names the columns.
    #[serde(default = "yes")]
    pub header: bool,
    /// Lines before the header.
    #[serde(default)]
    pub skip_lines: u32,
    /// How times are written (strptime); none: ISO 8601.
    pub time_format: Option<String>,
    /// IANA time zone of times without an offset; none: the site's.
    pub time_zone: Option<String>,
    /// Where each field stands.
    pub columns: ImportColumns,
    /// The list's words for how a call ended.
    pub results: BTreeMap<String, String>,
    /// The list's words for directions.
    #[serde(default)]
    pub directions: BTreeMap<String, String>,
}

/// How characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListEncoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    Utf8,
    /// What Excel writes on Western European Windows.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// ISO 8859-1.
    #[serde(rename = "latin-1")]
    Latin1,
}

/// A column by its name in the header, or by its number from 1.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a column is its name in the header, or its number from 1")]
pub enum ListColumn {
    /// Its name.
    Name(String),
    /// Its number.
    Number(u32),
}

/// `[import.columns]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/configuration.md tells what each is; a test keeps it complete")]
pub struct ImportColumns {
    pub call_id: ListColumn,
    pub arrived: ListColumn,
    pub result: ListColumn,
    pub linked_id: Option<ListColumn>,
    pub date: Option<ListColumn>,
    pub answered: Option<ListColumn>,
    pub ended: Option<ListColumn>,
    pub duration_s: Option<ListColumn>,
    pub duration_ms: Option<ListColumn>,
    pub duration_hms: Option<ListColumn>,
    pub wait_s: Option<ListColumn>,
    pub wait_ms: Option<ListColumn>,
    pub wait_hms: Option<ListColumn>,
    pub talk_s: Option<ListColumn>,
    pub talk_ms: Option<ListColumn>,
    pub talk_hms: Option<ListColumn>,
    pub caller: Option<ListColumn>,
    pub dialled: Option<ListColumn>,
    pub direction: Option<ListColumn>,
    pub queue: Option<ListColumn>,
    pub answered_by: Option<ListColumn>,
}

impl Config {
    /// How exported lists are written, if the file tells.
    pub fn call_list(&self) -> Result<Option<Mapping>, ConfigError> {
        let Some(import) = &self.import else { return Ok(None) };
        let zone = import.time_zone.as_ref().unwrap_or(&self.site.time_zone);
        let Ok(zone) = TimeZone::get(zone) else {
            return wrong("import.time_zone", "not an IANA time zone; for example \"Europe/Stockholm\"");
        };
        let (columns, units) = import.columns.places()?;
        let trunk = self.pbx.trunks.first().map_or("", String::as_str);
        Ok(Some(Mapping {
            delimiter: import.delimiter()?,
            encoding: match import.encoding {
                ListEncoding::Utf8 => Encoding::Utf8,
                ListEncoding::Windows1252 => Encoding::Windows1252,
                ListEncoding::Latin1 => Encoding::Latin1,
            },
            has_header: import.header,
            skip_lines: import.skip_lines,
            time_format: import.time_format.clone(),
            zone,
            trunk: trunk.into(),
            columns,
            units,
            results: words("results", &import.results, &Ending::ALL, |ending| ending.word())?,
            directions: words("directions", &import.directions, &Way::ALL, |way| way.word())?,
            member_names: self.pbx.member_names.clone(),
        }))
    }

    pub(crate) fn check_import(&self) -> Checked {
        let (Some(import), Some(mapping)) = (&self.import, self.call_list()?) else { return Ok(()) };
        if mapping.columns.contains_key(&Field::Direction) && mapping.directions.is_empty() {
            return wrong(
                "import.directions",
                "there is a column `direction`: name its words, such as \"Inkommande\" = \"incoming\"",
            );
        }
        if mapping.results.is_empty() {
            return wrong("import.results", "name the list's words, such as \"Besvarat\" = \"answer\"");
        }
        let named = mapping.columns.iter().find(|(_, column)| matches!(column, Column::Name(_)));
        if let Some((field, column)) = named.filter(|_| !import.header) {
            let what = format!("column {} has a name, and header = false: write its number", column.told());
            return wrong(&format!("import.columns.{}", field.word()), what);
        }
        import.time_format.as_deref().map_or(Ok(()), check_time_format)
    }
}

/// A format that cannot read what it writes, or that loses the minute, reads no list.
fn check_time_format(format: &str) -> Checked {
    let time = date(2026, 11, 24).at(20, 15, 0, 0);
    let read = || -> Option<jiff::civil::DateTime> {
        let zoned = TimeZone::UTC.to_timestamp(time).ok()?.to_zoned_datetime(TimeZone::UTC);
        let text = strtime::format(format, &zoned).ok()?;
        strtime::parse(format, &text).ok()?.to_datetime().ok()
    };
    match read() {
        Some(again) if again == time => Ok(()),
        _ => wrong(
            "import.time_format",
            format!(
                "`{format}` does not tell a day and a time; for example \"%Y-%m-%d %H:%M:%S\" or \"%d/%m/%y %H:%M\""
            ),
        ),
    }
}

impl Import {
    fn delimiter(&self) -> Result<u8, ConfigError> {
        match self.delimiter.as_bytes() {
            [one @ (b',' | b';' | b'\t' | b'|')] => Ok(*one),
            _ => wrong("import.delimiter", "write one of \",\", \";\", \"\\t\" and \"|\""),
        }
    }
}

type Places = (BTreeMap<Field, Column>, BTreeMap<Field, Unit>);

impl ImportColumns {
    fn places(&self) -> Result<Places, ConfigError> {
        let (mut columns, mut units) = (BTreeMap::new(), BTreeMap::new());
        let single = [
            (Field::CallId, &Some(self.call_id.clone())),
            (Field::Arrived, &Some(self.arrived.clone())),
            (Field::Result, &Some(self.result.clone())),
            (Field::LinkedId, &self.linked_id),
            (Field::Date, &self.date),
            (Field::Answered, &self.answered),
            (Field::Ended, &self.ended),
            (Field::Caller, &self.caller),
            (Field::Dialled, &self.dialled),
            (Field::Direction, &self.direction),
            (Field::Queue, &self.queue),
            (Field::AnsweredBy, &self.answered_by),
        ];
        for (field, column) in single {
            if let Some(column) = column {
                columns.insert(field, column.place(field)?);
            }
        }
        let spans = [
            (Field::Duration, [&self.duration_s, &self.duration_ms, &self.duration_hms]),
            (Field::Wait, [&self.wait_s, &self.wait_ms, &self.wait_hms]),
            (Field::Talk, [&self.talk_s, &self.talk_ms, &self.talk_hms]),
        ];
        for (field, written) in spans {
            let ways = written.into_iter().zip([Unit::Seconds, Unit::Milliseconds, Unit::Clock]);
            let mut ways = ways.filter_map(|(column, unit)| Some((column.as_ref()?, unit)));
            let Some((column, unit)) = ways.next() else { continue };
            if ways.next().is_some() {
                return wrong("import.columns", format!("name `{}` in one unit only", field.word()));
            }
            columns.insert(field, column.place(field)?);
            units.insert(field, unit);
        }
        for (one, other) in [(Field::Answered, Field::Wait), (Field::Ended, Field::Duration)] {
            if columns.contains_key(&one) && columns.contains_key(&other) {
                let what =
                    format!("`{}` and `{}` tell the same: name the more exact one", one.word(), other.word());
                return wrong("import.columns", what);
            }
        }
        Ok((columns, units))
    }
}

impl ListColumn {
    fn place(&self, field: Field) -> Result<Column, ConfigError> {
        let place = format!("import.columns.{}", field.word());
        match self {
            Self::Name(name) if name.trim().is_empty() => wrong(&place, "it is empty"),
            Self::Name(name) => Ok(Column::Name(name.trim().to_owned())),
            Self::Number(0) => wrong(&place, "columns are numbered from 1"),
            Self::Number(number) => Ok(Column::Number(*number as usize - 1)),
        }
    }
}

fn words<T: Copy>(
    section: &str,
    written: &BTreeMap<String, String>,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Result<BTreeMap<String, T>, ConfigError> {
    let meaning = |(theirs, ours): (&String, &String)| match all.iter().find(|known| word(**known) == ours) {
        Some(known) => Ok((theirs.trim().to_owned(), *known)),
        None => {
            let known: Vec<&str> = all.iter().map(|known| word(*known)).collect();
            wrong(&format!("import.{section}"), format!("`{theirs}` must mean one of {}", known.join(", ")))
        }
    };
    written.iter().map(meaning).collect()
}

fn comma() -> String {
    ",".into()
}
fn yes() -> bool {
    true
}
