//! One value of one column, in ClickHouse's RowBinary: how it is named, written and read.

use call::Text;
use kpi::Bins;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Why bytes from ClickHouse could not be read, or a record cannot become a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The bytes end in the middle of a value, or hold what the column's type cannot.
    #[error("the bytes of a row do not fit its columns")]
    Bytes,
    /// A word that is not in its closed set.
    #[error("`{word}` is no {what}")]
    Word {
        /// Which set.
        what: &'static str,
        /// The word.
        word: String,
    },
    /// A time that no ClickHouse table can hold.
    #[error("{what} is {at_us} µs, outside 1970-2106; the record's times are wrong")]
    Time {
        /// Which time.
        what: &'static str,
        /// Its value.
        at_us: i64,
    },
}

/// A value that one column can hold.
pub trait Cell: Sized {
    /// The column's type, spelled as ClickHouse spells it.
    fn type_name() -> String;
    /// Writes it.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads it from the front of `input`.
    fn take(input: &mut &[u8]) -> Result<Self, RowError>;
}

/// A word or name of which a column holds few different ones. A word of the program's own is not copied: a call has a dozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Low(pub Cow<'static, str>);

/// The same, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LowOption(pub Option<Cow<'static, str>>);

impl Low {
    /// The text itself.
    #[must_use]
    pub fn into_text(self) -> Text {
        self.0.into()
    }
}

impl LowOption {
    /// The text itself.
    #[must_use]
    pub fn into_text(self) -> Option<Text> {
        self.0.map(Text::from)
    }
}

impl From<&'static str> for Low {
    fn from(word: &'static str) -> Self {
        Self(Cow::Borrowed(word))
    }
}

impl From<Text> for Low {
    fn from(text: Text) -> Self {
        Self(Cow::Owned(text.into()))
    }
}

impl<T> From<Option<T>> for LowOption
where
    Low: From<T>,
{
    fn from(text: Option<T>) -> Self {
        Self(text.map(|text| Low::from(text).0))
    }
}

/// Microseconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Micros(pub i64);

/// Seconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(pub u32);

/// 128 bits as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hex(pub u128);

/// 128 bits in the shape of a UUID, which takes half the room of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uuid(pub u128);

/// Texts by name, of which a column holds few different ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named(pub BTreeMap<Text, Text>);

/// Takes the first `N` bytes.
pub(crate) fn bytes<const N: usize>(input: &mut &[u8]) -> Result<[u8; N], RowError> {
    let (head, rest) = input.split_first_chunk::<N>().ok_or(RowError::Bytes)?;
    *input = rest;
    Ok(*head)
}

/// Writes a length: seven bits to a byte, lowest first.
pub(crate) fn put_length(length: usize, out: &mut Vec<u8>) {
    let mut rest = length;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Reads a length.
pub(crate) fn take_length(input: &mut &[u8]) -> Result<usize, RowError> {
    let mut length = 0usize;
    for shift in (0..u32::BITS).step_by(7) {
        let [byte] = bytes(input)?;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(length);
        }
    }
    Err(RowError::Bytes)
}

/// Writes a text with its length before it.
pub(crate) fn put_text(text: &str, out: &mut Vec<u8>) {
    put_length(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

fn take_text(input: &mut &[u8]) -> Result<Text, RowError> {
    let length = take_length(input)?;
    let (head, rest) = input.split_at_checked(length).ok_or(RowError::Bytes)?;
    *input = rest;
    std::str::from_utf8(head).map(Text::from).map_err(|_| RowError::Bytes)
}

macro_rules! number_cells {
    ($($number:ident $name:literal),+) => {$(
        impl Cell for $number {
            fn type_name() -> String { $name.into() }
            fn put(&self, out: &mut Vec<u8>) { out.extend_from_slice(&self.to_le_bytes()); }
            fn take(input: &mut &[u8]) -> Result<Self, RowError> { bytes(input).map($number::from_le_bytes) }
        }
    )+};
}
number_cells!(u16 "UInt16", u32 "UInt32", u64 "UInt64", i32 "Int32", i64 "Int64");

macro_rules! wrapper_cells {
    ($($wrapper:ident of $inner:ty as $name:literal),+ $(,)?) => {$(
        impl Cell for $wrapper {
            fn type_name() -> String { $name.into() }
            fn put(&self, out: &mut Vec<u8>) { self.0.put(out); }
            fn take(input: &mut &[u8]) -> Result<Self, RowError> { <$inner as Cell>::take(input).map($wrapper) }
        }
    )+};
}
wrapper_cells! {
    Low of Cow<'static, str> as "LowCardinality(String)",
    LowOption of Option<Cow<'static, str>> as "LowCardinality(Nullable(String))",
    Micros of i64 as "DateTime64(6, 'UTC')",
    Seconds of u32 as "DateTime('UTC')",
}

impl Cell for Text {
    fn type_name() -> String {
        "String".into()
    }
    fn put(&self, out: &mut Vec<u8>) {
        put_text(self, out);
    }
    fn take(input: &mut &[u8]) -> Result<Self, RowError> {
        take_text(input)
    }
}

impl Cell for Cow<'static, str> {
    fn type_name() -> String {
        Text::type_name()
    }
    fn put(&self, out: &mut Vec<u8>) {
        put_text(self, out);
    }
    fn take(input: &mut &[u8]) -> Result<Self, RowError> {
        take_text(input).map(|text| Cow::Owned(text.into()))
    }
}

impl Cell for bool {
    fn type_name() -> String {
        "Bool".into()
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn take(input: &mut &[u8]) -> Result<Self, RowError> {
        match bytes(input)? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(RowError::Bytes),
        }
    }
}

impl<C: Cell> Cell for Option<C> {
    fn type_name() -> String {
        format!("Nullable({})", C::type_name())
    }
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_none()));
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn take(input: &mut &[u8]) -> Result<Self, RowError> {
        if bool::take(input)? { Ok(None) } else { C::take(input).map(Some) }
    }
}

impl<C: Cell> Cell for Vec<C> {
    fn type_name() -> String {
        format!("Array({})", C::type_name())
    }
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        self.iter().for_each(|item| item.put(out));
    }
    fn take(input: &mut &[u8]) -> Result<Self, RowError> {
        // No capacity from the outside: a wrong length ends at the end of the bytes, not in a huge allocation.
        let length = take_length(input)?;
        (0..length).map(|_| C::take(input)).collect()
    }
}

impl Cell for Hex {
    fn type_name() -> String {
        "FixedString(32)".into()
    }
    fn put(&self, out: &mut Vec<u8>) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        out.extend((0..32).rev().map(|place| DIGITS[(self.0 >> (4 * place)) as usize & 0xf]));
    }
    fn take(input: &mut &[u8]) -> Result<Self, RowError> {
        let digits: [u8; 32] = bytes(input)?;
        let digits = std::str::from_utf8(&digits).map_err(|_| RowError::Bytes)?;
        u128::from_str_radix(digits, 16).map(Hex).map_err(|_| RowError::Bytes)
    }
}

impl Cell for Uuid {
    fn type_name() -> String {
        "UUID".into()
    }
    fn put(&self, out: &mut Vec<u8>) {
        // The upper half first, each of them with its lowest byte first.
        ((self.0 >> 64) as u64).put(out);
        (self.0 as u64).put(out);
    }
    fn take(input: &mut &[u8]) -> Result<Self, RowError> {
        let (upper, lower) = (u64::take(input)?, u64::take(input)?);
        Ok(Self(u128::from(upper) << 64 | u128::from(lower)))
    }
}

impl Cell for Named {
    fn type_name() -> String {
        "Map(LowCardinality(String), String)".into()
    }
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.0.len(), out);
        for (name, text) in &self.0 {
            put_text(name, out);
            put_text(text, out);
        }
    }
    fn take(input: &mut &[u8]) -> Result<Self, RowError> {
        let length = take_length(input)?;
        (0..length).map(|_| Ok((take_text(input)?, take_text(input)?))).collect::<Result<_, _>>().map(Named)
    }
}

impl Cell for Bins {
    fn type_name() -> String {
        "Map(UInt16, Int64)".into()
    }
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        for (bin, count) in self {
            bin.put(out);
            count.put(out);
        }
    }
    fn take(input: &mut &[u8]) -> Result<Self, RowError> {
        let length = take_length(input)?;
        (0..length).map(|_| Ok((u16::take(input)?, i64::take(input)?))).collect()
    }
}
