//! Rows as columns: from `RowBinaryWithNamesAndTypes` to one block of `Native`, which the server only has to copy. To take rows of
//! `calls` apart costs it as much as to write them.

use foldhash::fast::RandomState;
use std::collections::HashMap;

/// Of a column of `LowCardinality`: the words of a block come with the block.
const LOW_VERSION: u64 = 1;
const HAS_OWN_WORDS: u64 = 1 << 9;
const WORDS_ARE_NEW: u64 = 1 << 10;

/// The same rows in columns, as pieces that follow each other; none when the bytes are no rows of the types that they name. `expected`:
/// how many there are, so that memory is taken once.
#[must_use]
pub fn of_rows(bytes: &[u8], expected: u64) -> Option<Vec<Vec<u8>>> {
    // No more than the bytes can hold.
    let expected = usize::try_from(expected).ok()?.min(bytes.len());
    let input = &mut &*bytes;
    let count = take_length(input)?;
    let names = (0..count).map(|_| take_text(input)).collect::<Option<Vec<_>>>()?;
    let types = (0..count).map(|_| take_text(input)).collect::<Option<Vec<_>>>()?;
    let mut columns = types
        .iter()
        .map(|name| Column::of_type(std::str::from_utf8(name).ok()?, expected))
        .collect::<Option<Vec<_>>>()?;
    let mut rows = 0;
    while !input.is_empty() {
        columns.iter_mut().try_for_each(|column| column.take(input))?;
        rows += 1;
    }
    let (mut pieces, mut head) = (Vec::new(), Vec::new());
    put_length(count, &mut head);
    put_length(rows, &mut head);
    for ((name, kind), column) in names.into_iter().zip(types).zip(columns) {
        put_text(name, &mut head);
        put_text(kind, &mut head);
        column.put_state(&mut head);
        pieces.push(std::mem::take(&mut head));
        column.into_pieces(&mut pieces);
    }
    Some(pieces)
}

/// The values of one column, as they are written.
enum Column {
    /// Of so many bytes each.
    Fixed(usize, Vec<u8>),
    /// Each behind its length.
    Text(Vec<u8>),
    Low(Low),
    /// Which are none, and all of them.
    Nullable(Vec<u8>, Box<Self>),
    /// How many items there are until the end of each, and all items.
    Array(Vec<u64>, Box<Self>),
    Tuple(Vec<Self>),
}

/// Words of which there are few different ones, each once, and their places.
#[derive(Default)]
struct Low {
    is_nullable: bool,
    places: HashMap<Box<[u8]>, u32, RandomState>,
    words: Vec<u8>,
    count: u32,
    rows: Vec<u32>,
}

impl Column {
    /// Without values, with room for so many.
    fn of_type(name: &str, room: usize) -> Option<Self> {
        let inner = |outer: &str| name.strip_prefix(outer)?.strip_prefix('(')?.strip_suffix(')');
        let fixed = |size| Some(Self::Fixed(size, Vec::with_capacity(room * size)));
        if let Some(inner) = inner("LowCardinality") {
            return Low::of_type(inner, room).map(Self::Low);
        }
        if let Some(inner) = inner("Nullable") {
            let values = Box::new(Self::of_type(inner, room)?);
            return Some(Self::Nullable(Vec::with_capacity(room), values));
        }
        if let Some(inner) = inner("Array") {
            return Some(Self::Array(Vec::with_capacity(room), Box::new(Self::of_type(inner, 0)?)));
        }
        if let Some(parts) = inner("Tuple") {
            return Self::of_parts(parts, room);
        }
        if let Some(parts) = inner("Map") {
            return Some(Self::Array(Vec::with_capacity(room), Box::new(Self::of_parts(parts, 0)?)));
        }
        if let Some(size) = inner("FixedString") {
            return fixed(size.parse().ok()?);
        }
        match name.split('(').next()? {
            "Bool" | "UInt8" | "Int8" => fixed(1),
            "UInt16" | "Int16" => fixed(2),
            "UInt32" | "Int32" | "DateTime" | "Float32" => fixed(4),
            "UInt64" | "Int64" | "DateTime64" | "Float64" => fixed(8),
            "UUID" => fixed(16),
            "String" => Some(Self::Text(Vec::new())),
            _ => None,
        }
    }

    fn of_parts(parts: &str, room: usize) -> Option<Self> {
        let (mut columns, mut depth, mut from) = (Vec::new(), 0, 0);
        for (at, letter) in parts.char_indices().chain([(parts.len(), ',')]) {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                ',' if depth == 0 => {
                    columns.push(Self::of_type(without_name(parts.get(from..at)?.trim()), room)?);
                    from = at + 1;
                }
                _ => {}
            }
        }
        Some(Self::Tuple(columns))
    }

    /// Takes the next value of a row.
    fn take(&mut self, input: &mut &[u8]) -> Option<()> {
        match self {
            // Most are of this size: one move instead of a call.
            Self::Fixed(8, bytes) => {
                let (value, rest) = input.split_first_chunk::<8>()?;
                *input = rest;
                bytes.extend_from_slice(value);
            }
            Self::Fixed(size, bytes) => bytes.extend_from_slice(take(input, *size)?),
            Self::Text(bytes) => put_text(take_text(input)?, bytes),
            Self::Low(low) => low.take(input)?,
            Self::Nullable(nulls, values) => {
                let is_null = take(input, 1)?;
                nulls.extend_from_slice(is_null);
                if is_null == [0] { values.take(input)? } else { values.put_nothing() }
            }
            Self::Array(ends, items) => {
                let count = take_length(input)?;
                ends.push(ends.last().copied().unwrap_or(0) + count as u64);
                (0..count).try_for_each(|_| items.take(input))?;
            }
            Self::Tuple(columns) => columns.iter_mut().try_for_each(|column| column.take(input))?,
        }
        Some(())
    }

    /// What stands where there is no value.
    fn put_nothing(&mut self) {
        match self {
            Self::Fixed(size, bytes) => bytes.resize(bytes.len() + *size, 0),
            Self::Text(bytes) => bytes.push(0),
            // ClickHouse has no such types.
            Self::Low(_) | Self::Nullable(..) | Self::Array(..) | Self::Tuple(_) => {}
        }
    }

    /// What comes before all values of a column.
    fn put_state(&self, out: &mut Vec<u8>) {
        match self {
            Self::Fixed(..) | Self::Text(_) => {}
            Self::Low(_) => out.extend_from_slice(&LOW_VERSION.to_le_bytes()),
            Self::Nullable(_, inner) | Self::Array(_, inner) => inner.put_state(out),
            Self::Tuple(columns) => columns.iter().for_each(|column| column.put_state(out)),
        }
    }

    /// The values, not copied once more.
    fn into_pieces(self, to: &mut Vec<Vec<u8>>) {
        match self {
            Self::Fixed(_, bytes) | Self::Text(bytes) => to.push(bytes),
            Self::Low(low) => to.push(low.bytes()),
            Self::Nullable(nulls, values) => {
                to.push(nulls);
                values.into_pieces(to);
            }
            Self::Array(ends, items) => {
                to.push(ends.into_iter().flat_map(u64::to_le_bytes).collect());
                items.into_pieces(to);
            }
            Self::Tuple(columns) => columns.into_iter().for_each(|column| column.into_pieces(to)),
        }
    }
}

impl Low {
    fn of_type(name: &str, room: usize) -> Option<Self> {
        let is_nullable = name == "Nullable(String)";
        let mut low = Self { is_nullable, rows: Vec::with_capacity(room), ..Self::default() };
        if low.is_nullable {
            // The first word stands for none.
            low.words.push(0);
            low.count = 1;
        }
        (low.is_nullable || name == "String").then_some(low)
    }

    fn take(&mut self, input: &mut &[u8]) -> Option<()> {
        if self.is_nullable && take(input, 1)? != [0] {
            self.rows.push(0);
            return Some(());
        }
        let word = take_text(input)?;
        let place = match self.places.get(word) {
            Some(place) => *place,
            None => {
                let place = self.count;
                self.places.insert(word.into(), place);
                put_text(word, &mut self.words);
                self.count += 1;
                place
            }
        };
        self.rows.push(place);
        Some(())
    }

    /// Nothing at all where there are no rows: inside of empty arrays.
    fn bytes(&self) -> Vec<u8> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        // How wide a place is: 1, 2 or 4 bytes.
        let width = match self.count {
            0..=0x100 => 0,
            0x101..=0x1_0000 => 1,
            _ => 2,
        };
        let mut out = Vec::with_capacity(24 + self.words.len() + (self.rows.len() << width));
        out.extend_from_slice(&(width | HAS_OWN_WORDS | WORDS_ARE_NEW).to_le_bytes());
        out.extend_from_slice(&u64::from(self.count).to_le_bytes());
        out.extend_from_slice(&self.words);
        out.extend_from_slice(&(self.rows.len() as u64).to_le_bytes());
        match width {
            0 => out.extend(self.rows.iter().map(|place| *place as u8)),
            1 => out.extend(self.rows.iter().flat_map(|place| (*place as u16).to_le_bytes())),
            _ => out.extend(self.rows.iter().flat_map(|place| place.to_le_bytes())),
        }
        out
    }
}

/// Of a part of a tuple only its type.
fn without_name(part: &str) -> &str {
    match part.split_once(' ') {
        Some((name, kind)) if !name.contains('(') => kind,
        _ => part,
    }
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, rest) = input.split_at_checked(count)?;
    *input = rest;
    Some(head)
}

fn take_length(input: &mut &[u8]) -> Option<usize> {
    let mut length = 0;
    for shift in (0..u32::BITS).step_by(7) {
        let [byte] = take(input, 1)? else { return None };
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(length);
        }
    }
    None
}

fn take_text<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_length(input)?;
    take(input, length)
}

/// Seven bits to a byte, lowest first.
fn put_length(length: usize, out: &mut Vec<u8>) {
    let mut rest = length;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn put_text(text: &[u8], out: &mut Vec<u8>) {
    put_length(text.len(), out);
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::rows::{CallRow, CorrectionRow, EventRow, RejectedRow, WindowRow, header};

    #[test]
    fn every_row_of_ours_can_be_columns() {
        let headers = [
            header::<CallRow>(),
            header::<CorrectionRow>(),
            header::<EventRow>(),
            header::<RejectedRow>(),
            header::<WindowRow>(),
        ];
        for header in headers {
            assert!(of_rows(&header, 1000).is_some(), "{}", String::from_utf8_lossy(&header));
        }
    }

    fn rows(kind: &str, rows: &[u8]) -> Vec<u8> {
        let mut bytes = vec![1];
        put_text(b"c", &mut bytes);
        put_text(kind.as_bytes(), &mut bytes);
        bytes.extend_from_slice(rows);
        bytes
    }

    fn check(kind: &str, given: &[u8], count: u8, expect: &[u8]) {
        let mut block = vec![1, count];
        put_text(b"c", &mut block);
        put_text(kind.as_bytes(), &mut block);
        block.extend_from_slice(expect);
        assert_eq!(of_rows(&rows(kind, given), 0).map(|pieces| pieces.concat()), Some(block), "{kind}");
    }

    #[test]
    fn values_stand_by_column() {
        check("UInt16", &[1, 2, 3, 4], 2, &[1, 2, 3, 4]);
        check("Nullable(UInt16)", &[0, 1, 2, 1, 0, 3, 4], 3, &[0, 1, 0, 1, 2, 0, 0, 3, 4]);
        check(
            "Tuple(a Bool, b DateTime('UTC'))",
            &[1, 2, 3, 4, 5, 0, 6, 7, 8, 9],
            2,
            &[1, 0, 2, 3, 4, 5, 6, 7, 8, 9],
        );
        let ends = [2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0];
        let expect = [&ends[..], &[7, 8, 9]].concat();
        check("Array(Bool)", &[2, 7, 8, 0, 1, 9], 3, &expect);
    }

    #[test]
    fn each_word_stands_once() {
        let state = [1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0];
        let number = |number: u8| [number, 0, 0, 0, 0, 0, 0, 0];
        let expect = [&state[..], &number(2), &[1, b'x', 0], &number(3), &[0, 1, 0]].concat();
        check("LowCardinality(String)", &[1, b'x', 0, 1, b'x'], 3, &expect);
        // The first word stands for none, so that an empty text is another.
        let expect = [&state[..], &number(2), &[0, 0], &number(2), &[0, 1]].concat();
        check("LowCardinality(Nullable(String))", &[1, 0, 0], 2, &expect);
    }

    #[test]
    fn what_does_not_fit_its_type_is_none() {
        assert_eq!(of_rows(&rows("UInt16", &[1, 2, 3]), 1), None);
        assert_eq!(of_rows(&rows("String", &[5, b'x']), 1), None);
        assert_eq!(of_rows(&rows("Point", &[]), u64::MAX), None);
        assert_eq!(of_rows(&[], 1), None);
    }
}
