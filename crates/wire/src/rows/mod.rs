//! Rows ⇄ ClickHouse, in RowBinary.
//!
//! Each row type lists its columns once; header, writing and reading follow from that list. `schemas/clickhouse/` holds the
//! tables; the server refuses rows whose names or types differ from them.

mod call_row;
pub(crate) mod cell;
mod event_body;
mod event_row;
mod event_words;
mod month;
mod pane_columns;
mod rejected_row;
pub(crate) mod row;
mod window_row;

#[cfg(test)]
mod tests;

pub use call_row::{CallRow, PartyColumns, PassCell, PseudonymCell, RingCell};
pub use cell::{Cell, Hex, Low, LowOption, Micros, Named, RowError, Seconds, Uuid};
pub use event_row::EventRow;
pub use month::month_of;
pub use rejected_row::RejectedRow;
pub use row::{Columns, Position, Row, header, read_all};
pub use window_row::{CorrectionRow, KeyColumns, WindowRow, WindowRows};

/// Reads a word of a closed set back.
fn word<T>(what: &'static str, word: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, RowError> {
    read(word).ok_or_else(|| RowError::Word { what, word: word.to_owned() })
}
