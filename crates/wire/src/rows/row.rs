//! A row: its table, its columns, its bytes.

use super::cell::{Cell, RowError, put_length, put_text};
use call::Text;
use std::sync::Arc;

/// One value that takes one column or several side by side.
pub trait Columns: Sized {
    /// Adds `(name, type)` of each column, in order.
    fn describe(name: &str, to: &mut Vec<(String, String)>);
    /// Writes the values in that order.
    fn put_columns(&self, out: &mut Vec<u8>);
    /// Reads them.
    fn take_columns(input: &mut &[u8]) -> Result<Self, RowError>;
}

impl<C: Cell> Columns for C {
    fn describe(name: &str, to: &mut Vec<(String, String)>) {
        to.push((name.to_owned(), C::type_name()));
    }
    fn put_columns(&self, out: &mut Vec<u8>) {
        self.put(out);
    }
    fn take_columns(input: &mut &[u8]) -> Result<Self, RowError> {
        C::take(input)
    }
}

/// A row of one table.
pub trait Row: Sized {
    /// The table.
    const TABLE: &'static str;
    /// `(name, type)` of each column that the program writes, in its order.
    fn columns() -> Vec<(String, String)>;
    /// The table's partition that it belongs to: year × 100 + month.
    fn month(&self) -> u32;
    /// Writes it.
    fn put_row(&self, out: &mut Vec<u8>);
    /// Reads it from the front of `input`.
    fn take_row(input: &mut &[u8]) -> Result<Self, RowError>;
}

/// The first bytes of `RowBinaryWithNamesAndTypes`: the server compares names and types with its table, so that a program and
/// tables that do not fit each other are an error and not wrong figures.
#[must_use]
pub fn header<R: Row>() -> Vec<u8> {
    let columns = R::columns();
    let mut out = Vec::new();
    put_length(columns.len(), &mut out);
    columns.iter().for_each(|(name, _)| put_text(name, &mut out));
    columns.iter().for_each(|(_, kind)| put_text(kind, &mut out));
    out
}

/// Reads rows in `RowBinary`, columns as [`Row::columns`] says.
pub fn read_all<R: Row>(mut input: &[u8]) -> Result<Vec<R>, RowError> {
    let mut rows = Vec::new();
    while !input.is_empty() {
        rows.push(R::take_row(&mut input)?);
    }
    Ok(rows)
}

/// Where in Kafka a row came from. Rows carry it, so that a batch whose fate is not known can be looked for by SELECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The topic.
    pub topic: Arc<str>,
    /// The topic's own id: a topic that was deleted and made again under its name has another.
    pub topic_id: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The record's offset.
    pub offset: i64,
}

impl Columns for Position {
    fn describe(_: &str, to: &mut Vec<(String, String)>) {
        super::Low::describe("kafka_topic", to);
        super::Low::describe("kafka_topic_id", to);
        i32::describe("kafka_partition", to);
        i64::describe("kafka_offset", to);
    }
    fn put_columns(&self, out: &mut Vec<u8>) {
        put_text(&self.topic, out);
        put_text(&self.topic_id, out);
        self.partition.put(out);
        self.offset.put(out);
    }
    fn take_columns(input: &mut &[u8]) -> Result<Self, RowError> {
        Ok(Self {
            topic: Text::take(input)?.into(),
            topic_id: Text::take(input)?.into(),
            partition: i32::take(input)?,
            offset: i64::take(input)?,
        })
    }
}

/// Defines a row and everything that must agree with it, from one list of columns.
macro_rules! row {
    ($(#[$meta:meta])* $name:ident in $table:literal by $time:expr => { $($(#[$fmeta:meta])* $field:ident: $kind:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name { $($(#[$fmeta])* pub $field: $kind),+ }
        impl $crate::rows::Row for $name {
            const TABLE: &'static str = $table;
            fn columns() -> Vec<(String, String)> {
                let mut columns = Vec::new();
                $(<$kind as $crate::rows::row::Columns>::describe(stringify!($field), &mut columns);)+
                columns
            }
            fn month(&self) -> u32 {
                let time_us: fn(&Self) -> i64 = $time;
                $crate::rows::month_of(time_us(self))
            }
            fn put_row(&self, out: &mut Vec<u8>) {
                $($crate::rows::row::Columns::put_columns(&self.$field, out);)+
            }
            fn take_row(input: &mut &[u8]) -> Result<Self, $crate::rows::RowError> {
                Ok(Self { $($field: $crate::rows::row::Columns::take_columns(input)?),+ })
            }
        }
    };
}
pub(crate) use row;

/// Defines a value made of named parts: `Tuple(name type, …)`.
macro_rules! tuple {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $kind:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name { $($(#[$fmeta])* pub $field: $kind),+ }
        impl $crate::rows::cell::Cell for $name {
            fn type_name() -> String {
                let parts = [$(format!("{} {}", stringify!($field), <$kind as $crate::rows::cell::Cell>::type_name())),+];
                format!("Tuple({})", parts.join(", "))
            }
            fn put(&self, out: &mut Vec<u8>) {
                $($crate::rows::cell::Cell::put(&self.$field, out);)+
            }
            fn take(input: &mut &[u8]) -> Result<Self, $crate::rows::RowError> {
                Ok(Self { $($field: $crate::rows::cell::Cell::take(input)?),+ })
            }
        }
    };
}
pub(crate) use tuple;
