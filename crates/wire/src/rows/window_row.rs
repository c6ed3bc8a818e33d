//! Panes and corrections ⇄ rows of `kpi_windows` and `kpi_corrections`.

use super::cell::{Low, RowError, Seconds};
use super::month::checked;
use super::row::{Columns, Position, row};
use super::word;
use call::{Direction, Text};
use kpi::{Dimension, Pane, PaneKey, WindowRecord, WindowRecordKind};

/// The key of a pane, in five columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyColumns {
    site: Low,
    minute: Seconds,
    dimension: Low,
    name: Low,
    direction: Low,
}

row! {
    /// One revision of one pane.
    WindowRow in "kpi_windows" by |row| row.key.minute_us() => {
        /// Which pane.
        key: KeyColumns,
        /// The highest one counts.
        revision: u64,
        /// Only corrections follow.
        is_closed: bool,
        /// The figures.
        pane: Pane,
        /// By which formulas.
        definition_version: u32,
        /// Where it came from in Kafka.
        position: Position,
    }
}

row! {
    /// One difference to a closed pane.
    CorrectionRow in "kpi_corrections" by |row| row.key.minute_us() => {
        /// Which pane.
        key: KeyColumns,
        /// The call that changed.
        call_id: Text,
        /// Its version.
        version: u32,
        /// The difference.
        pane: Pane,
        /// By which formulas.
        definition_version: u32,
        /// Where it came from in Kafka.
        position: Position,
    }
}

/// A record of `kpi-windows` goes to one of two tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowRows {
    /// A pane.
    Pane(WindowRow),
    /// A correction.
    Correction(CorrectionRow),
}

impl WindowRows {
    /// From the record at `position`.
    pub fn new(record: WindowRecord, position: Position) -> Result<Self, RowError> {
        let WindowRecord { key, kind, pane, definition_version } = record;
        let pane = *pane;
        let key = KeyColumns::of(key)?;
        Ok(match kind {
            WindowRecordKind::Pane { revision, closed: is_closed } => {
                Self::Pane(WindowRow { key, revision, is_closed, pane, definition_version, position })
            }
            WindowRecordKind::Correction { call_id, version } => {
                Self::Correction(CorrectionRow { key, call_id, version, pane, definition_version, position })
            }
        })
    }
}

impl WindowRow {
    /// The record as the topic had it.
    pub fn into_record(self) -> Result<WindowRecord, RowError> {
        let kind = WindowRecordKind::Pane { revision: self.revision, closed: self.is_closed };
        let definition_version = self.definition_version;
        Ok(WindowRecord { key: self.key.into_key()?, kind, pane: Box::new(self.pane), definition_version })
    }
}

impl CorrectionRow {
    /// The record as the topic had it.
    pub fn into_record(self) -> Result<WindowRecord, RowError> {
        let kind = WindowRecordKind::Correction { call_id: self.call_id, version: self.version };
        let definition_version = self.definition_version;
        Ok(WindowRecord { key: self.key.into_key()?, kind, pane: Box::new(self.pane), definition_version })
    }
}

impl KeyColumns {
    fn of(key: PaneKey) -> Result<Self, RowError> {
        let start_us = checked("minute", key.minute.saturating_mul(60_000_000))?;
        Ok(Self {
            site: Low::from(key.site),
            minute: Seconds(u32::try_from(start_us / 1_000_000).unwrap_or(u32::MAX)),
            dimension: Low::from(key.dimension.kind()),
            name: Low::from(Text::from(key.dimension.name())),
            direction: Low::from(key.direction.word()),
        })
    }

    fn into_key(self) -> Result<PaneKey, RowError> {
        let dimension = |kind: &str| Dimension::from_words(kind, &self.name.0);
        Ok(PaneKey {
            minute: i64::from(self.minute.0) / 60,
            dimension: word("dimension", &self.dimension.0, dimension)?,
            direction: word("direction", &self.direction.0, Direction::from_word)?,
            site: self.site.into_text(),
        })
    }

    fn minute_us(&self) -> i64 {
        i64::from(self.minute.0) * 1_000_000
    }
}

impl Columns for KeyColumns {
    fn describe(_: &str, to: &mut Vec<(String, String)>) {
        Low::describe("site", to);
        Seconds::describe("minute", to);
        Low::describe("dimension", to);
        Low::describe("name", to);
        Low::describe("direction", to);
    }
    fn put_columns(&self, out: &mut Vec<u8>) {
        self.site.put_columns(out);
        self.minute.put_columns(out);
        self.dimension.put_columns(out);
        self.name.put_columns(out);
        self.direction.put_columns(out);
    }
    fn take_columns(input: &mut &[u8]) -> Result<Self, RowError> {
        Ok(Self {
            site: Columns::take_columns(input)?,
            minute: Columns::take_columns(input)?,
            dimension: Columns::take_columns(input)?,
            name: Columns::take_columns(input)?,
            direction: Columns::take_columns(input)?,
        })
    }
}
