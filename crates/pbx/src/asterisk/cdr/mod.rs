//! Asterisk's call detail records (CDR) as comma-separated lines: one for each attempt to reach somebody.
//!
//! A record tells who was rung for whom, and whether that one answered. It does not tell who hung up; what a dialplan did
//! between two attempts; what was dialled, once a dialplan has gone elsewhere. Its times are local, in whole seconds:
//! the second in which a channel was made stands in its id, so the difference to UTC is seen from the records themselves,
//! daylight saving included.

mod local_time;
mod row;

use super::Dialect;
use crate::csv_line::Columns;
use crate::{Draft, Line, Lines, Numbers, Record};
use local_time::LocalTime;

/// Reads a file from any point on.
#[derive(Debug)]
pub struct Reader<N> {
    lines: Lines,
    columns: Columns,
    time: LocalTime,
    dialect: Dialect,
    numbers: N,
}

impl<N: Numbers> Reader<N> {
    /// With a site's words and number rules; the first byte that will be pushed has this offset.
    pub fn at(offset: u64, dialect: Dialect, numbers: N) -> Self {
        let (columns, time) = (Columns::default(), LocalTime::default());
        Self { lines: Lines::at(offset), columns, time, dialect, numbers }
    }

    /// More bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.lines.push(bytes);
    }

    /// The next line's record; none until more bytes come.
    pub fn next_record(&mut self) -> Option<Record> {
        let Self { lines, columns, time, dialect, numbers } = self;
        lines.next_line().map(|line| record(columns, time, dialect, numbers, &line))
    }

    /// The stream ended: a last line that was not ended.
    pub fn finish(&mut self) -> Option<Record> {
        let Self { lines, columns, time, dialect, numbers } = self;
        lines.finish().map(|line| record(columns, time, dialect, numbers, &line))
    }

    /// A reader that begins here tells what this one still will: it learns the difference to UTC from the same record.
    pub fn restart_at(&self) -> u64 {
        self.time.learnt_at().unwrap_or_else(|| self.lines.next_offset())
    }
}

fn record<N: Numbers>(
    columns: &mut Columns,
    time: &mut LocalTime,
    dialect: &Dialect,
    numbers: &N,
    line: &Line<'_>,
) -> Record {
    let mut meaning = || -> Result<Vec<Draft>, String> {
        columns.read(line.bytes.ok_or("a line longer than any record")?)?;
        row::draft(columns, line.offset, time, dialect, numbers).map(|draft| vec![draft])
    };
    let meaning = meaning();
    Record { offset: line.offset, end: line.end, meaning }
}
