//! Call lists that a PBX exports: one row for each call, or for each attempt, columns as the site's [`Mapping`] says.
//!
//! A row tells what the list has a column for. What it has none for is unknown: where a call that was lost without a queue
//! was lost, why the operator got it, what a dialplan did. A row lies on one line: a line's end within quotes is none.

mod encoding;
mod mapping;
mod places;
mod row;
mod times;

pub use mapping::{Column, Encoding, Ending, Field, Mapping, Unit, Way};
pub use places::Places;

use crate::csv_line::Columns;
use crate::{Draft, Line, Lines, Numbers, Record};
use row::Row;

/// Reads a list from any row on.
#[derive(Debug)]
pub struct Reader<N> {
    lines: Lines,
    columns: Columns,
    layout: Layout,
    mapping: Mapping,
    numbers: N,
    /// The first line's number is known.
    from_start: bool,
    ambiguous: u64,
}

/// How far the reader is before the first row.
#[derive(Debug)]
enum Layout {
    /// So many lines are to be left out.
    Before(u32),
    /// Rows come.
    Known(Places),
    /// There is no header that could be used.
    Unusable,
}

/// Why a row cannot be used; holds no number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The line's number; none when reading began behind the file's begin.
    pub line: Option<u64>,
    /// The column as the operator knows it.
    pub column: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, &self.column) {
            (Some(line), Some(column)) => write!(f, "line {line}, column {column}: {}", self.reason),
            (Some(line), None) => write!(f, "line {line}: {}", self.reason),
            (None, Some(column)) => write!(f, "column {column}: {}", self.reason),
            (None, None) => f.write_str(&self.reason),
        }
    }
}

/// A line of the list and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Offset of the first byte after it.
    pub end: u64,
    /// The row's event; nothing of a header.
    pub meaning: Result<Option<Draft>, Rejection>,
}

impl From<Told> for Record {
    fn from(told: Told) -> Self {
        let meaning = told.meaning.map(|draft| draft.into_iter().collect());
        Self { offset: told.offset, end: told.end, meaning: meaning.map_err(|why| why.to_string()) }
    }
}

impl<N: Numbers> Reader<N> {
    /// A reader of a list; the first byte that will be pushed has this offset. Behind the beginning, columns that are named
    /// need [`Self::with_places`].
    pub fn at(offset: u64, mapping: Mapping, numbers: N) -> Self {
        let layout = match (offset, Places::by_number(&mapping)) {
            (0, _) => Layout::Before(mapping.skip_lines),
            (_, Some(places)) => Layout::Known(places),
            (_, None) => Layout::Unusable,
        };
        let columns = Columns::separated_by(mapping.delimiter);
        let lines = Lines::at(offset);
        Self { lines, columns, layout, mapping, numbers, from_start: offset == 0, ambiguous: 0 }
    }

    /// With the places that a reader of the file's beginning found.
    #[must_use]
    pub fn with_places(mut self, places: Places) -> Self {
        self.layout = Layout::Known(places);
        self
    }

    /// Another list of the same kind begins.
    pub fn begin_again(&mut self) {
        (self.lines, self.layout) = (Lines::at(0), Layout::Before(self.mapping.skip_lines));
        self.from_start = true;
    }

    /// Where fields stand, once that is known.
    #[must_use]
    pub fn places(&self) -> Option<&Places> {
        match &self.layout {
            Layout::Known(places) => Some(places),
            Layout::Before(_) | Layout::Unusable => None,
        }
    }

    /// What stands in a field's column of the row that was told last, as it was written; none if nothing does. It may be a
    /// number: not to be shown.
    #[must_use]
    pub fn cell(&self, field: Field) -> Option<&str> {
        let (mapping, columns, numbers) = (&self.mapping, &self.columns, &self.numbers);
        Row { mapping, places: self.places()?, columns, numbers }.text(field)
    }

    /// Rows that began in an hour that came twice, and were taken for its first round.
    #[must_use]
    pub fn ambiguous(&self) -> u64 {
        self.ambiguous
    }

    /// More bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.lines.push(bytes);
    }

    /// The next line; none until more bytes come.
    pub fn next_row(&mut self) -> Option<Told> {
        let Self { lines, columns, layout, mapping, numbers, from_start, ambiguous } = self;
        let line = lines.next_line()?;
        Some(told(columns, layout, mapping, numbers, (*from_start, ambiguous), &line))
    }

    /// The stream ended: a last line that was not ended.
    pub fn last_row(&mut self) -> Option<Told> {
        let Self { lines, columns, layout, mapping, numbers, from_start, ambiguous } = self;
        let line = lines.finish()?;
        Some(told(columns, layout, mapping, numbers, (*from_start, ambiguous), &line))
    }

    /// The next line's record; none until more bytes come.
    pub fn next_record(&mut self) -> Option<Record> {
        self.next_row().map(Record::from)
    }

    /// The stream ended: the record of a last line that was not ended.
    pub fn finish(&mut self) -> Option<Record> {
        self.last_row().map(Record::from)
    }
}

/// Whether the first bytes of a file are a list as the mapping says: its header has the columns that a row needs, or,
/// without a header, its first row can be used.
pub fn is_list(head: &[u8], mapping: &Mapping, numbers: &impl Numbers) -> bool {
    let numbers = Borrowed(numbers);
    let mut reader = Reader::at(0, mapping.clone(), numbers);
    reader.push(head);
    while let Some(told) = reader.next_row().or_else(|| reader.last_row()) {
        match (&told.meaning, reader.places()) {
            (Ok(_), Some(_)) => return true,
            (Err(_), _) => return false,
            (Ok(_), None) => {}
        }
    }
    false
}

/// A borrowed plan.
struct Borrowed<'a, N>(&'a N);

impl<N: Numbers> Numbers for Borrowed<'_, N> {
    fn party(&self, raw: &str) -> call::Party {
        self.0.party(raw)
    }
    fn incoming_dialled(&self, raw: &str) -> call::Party {
        self.0.incoming_dialled(raw)
    }
    fn redact(&self, raw: &[u8]) -> String {
        self.0.redact(raw)
    }
}

fn told<N: Numbers>(
    columns: &mut Columns,
    layout: &mut Layout,
    mapping: &Mapping,
    numbers: &N,
    (from_start, ambiguous): (bool, &mut u64),
    line: &Line<'_>,
) -> Told {
    let mut meaning = || -> Result<Option<Draft>, row::Refused> {
        let whole = |reason: &str| (None, reason.to_owned());
        let bytes = line.bytes.ok_or(whole("a line longer than any row"))?;
        let bytes = if line.offset == 0 { encoding::without_mark(bytes) } else { bytes };
        let text = mapping.encoding.utf8(bytes);
        if let Layout::Before(left) = layout {
            if *left > 0 || text.starts_with(b"sep=") {
                *left = left.saturating_sub(1);
                return Ok(None);
            }
            let header = columns.read(&text).map_err(whole);
            let places = match mapping.has_header {
                true => header.and_then(|()| Places::by_header(mapping, columns).map_err(|why| (None, why))),
                false => {
                    Places::by_number(mapping).ok_or(whole("columns have names, and there is no header"))
                }
            };
            match places {
                Ok(places) => *layout = Layout::Known(places),
                Err(why) => {
                    *layout = Layout::Unusable;
                    return Err(why);
                }
            }
            if mapping.has_header {
                return Ok(None);
            }
        }
        let Layout::Known(places) = layout else { return Err(whole("there is no header that can be used")) };
        columns.read(&text).map_err(whole)?;
        let (draft, is_ambiguous) = Row { mapping, places, columns, numbers }.draft()?;
        *ambiguous += u64::from(is_ambiguous);
        Ok(Some(draft))
    };
    let meaning = meaning().map_err(|(field, reason)| Rejection {
        line: from_start.then_some(line.number),
        column: field.and_then(|field| mapping.columns.get(&field)).map(Column::told),
        reason,
    });
    Told { offset: line.offset, end: line.end, meaning }
}
