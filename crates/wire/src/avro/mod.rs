//! Avro's binary encoding for the types of the domain, without an intermediate value: one field after the other, as
//! `schemas/` says. apache-avro is slower and is the oracle of the tests.

mod call;
mod event;
mod manifest;
mod primitive;
mod rejected;
mod window;

/// Bytes being written. Writing goes on after a value that Avro cannot hold, and [`write`] tells of it.
#[derive(Default)]
pub(crate) struct Out {
    bytes: Vec<u8>,
    misfit: Option<&'static str>,
}

impl Out {
    /// What was written, without a look at misfits.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Bytes being read.
#[derive(Clone)]
pub(crate) struct In<'a> {
    rest: &'a [u8],
}

impl<'a> In<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes have not been read.
    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    /// What has been read since by one that went on from here.
    pub(crate) fn until(&self, later: &Self) -> &'a [u8] {
        self.rest.get(..self.left() - later.left()).unwrap_or_default()
    }
}

/// What does not fit: the bytes their schema, or a value Avro's types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Misfit(pub(crate) &'static str);

/// A type with one Avro schema.
pub(crate) trait Avro: Sized {
    /// Appends it.
    fn put(&self, out: &mut Out);
    /// Reads one.
    fn take(from: &mut In<'_>) -> Result<Self, Misfit>;
}

/// Appends a value to bytes that hold a header already.
pub(crate) fn write(value: &impl Avro, header: Vec<u8>) -> Result<Vec<u8>, String> {
    let mut out = Out { bytes: header, misfit: None };
    value.put(&mut out);
    match out.misfit {
        None => Ok(out.bytes),
        Some(what) => Err(what.to_owned()),
    }
}

/// Reads a value that takes all the bytes.
pub(crate) fn read<T: Avro>(bytes: &[u8]) -> Result<T, String> {
    let mut from = In { rest: bytes };
    let result = T::take(&mut from);
    let at = bytes.len() - from.rest.len();
    match result {
        Ok(_) if !from.rest.is_empty() => {
            Err(format!("{} bytes are left over at byte {at}", from.rest.len()))
        }
        Ok(value) => Ok(value),
        Err(Misfit(what)) => Err(format!("{what} at byte {at} of {}", bytes.len())),
    }
}

/// A struct whose fields are the record's, in this order.
macro_rules! record {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl crate::avro::Avro for $name {
            fn put(&self, out: &mut crate::avro::Out) {
                let Self { $($field),+ } = self;
                $(crate::avro::Avro::put($field, out);)+
            }
            fn take(from: &mut crate::avro::In<'_>) -> Result<Self, crate::avro::Misfit> {
                Ok(Self { $($field: crate::avro::Avro::take(from)?),+ })
            }
        }
    };
}

/// An enum whose variants are the union's records; the number is the place in the union.
macro_rules! union {
    ($name:ident { $($index:literal $variant:ident { $($field:tt $(: $bound:ident)?),* }),+ $(,)? }) => {
        impl crate::avro::Avro for $name {
            fn put(&self, out: &mut crate::avro::Out) {
                match self {
                    $(Self::$variant { $($field $(: $bound)?),* } => {
                        out.long($index);
                        $(crate::avro::Avro::put(union!(@bound $field $($bound)?), out);)*
                    })+
                }
            }
            fn take(from: &mut crate::avro::In<'_>) -> Result<Self, crate::avro::Misfit> {
                Ok(match from.long()? {
                    $($index => Self::$variant { $($field: crate::avro::Avro::take(from)?),* },)+
                    _ => return Err(crate::avro::Misfit(concat!("no such branch of the union ", stringify!($name)))),
                })
            }
        }
    };
    (@bound $field:tt $bound:ident) => { $bound };
    (@bound $field:tt) => { $field };
}

/// An enum of plain words; the number is the place among the symbols.
macro_rules! symbols {
    ($name:ident { $($index:literal $variant:ident),+ $(,)? }) => {
        impl crate::avro::Avro for $name {
            fn put(&self, out: &mut crate::avro::Out) {
                out.long(match self { $(Self::$variant => $index),+ });
            }
            fn take(from: &mut crate::avro::In<'_>) -> Result<Self, crate::avro::Misfit> {
                Ok(match from.long()? {
                    $($index => Self::$variant,)+
                    _ => return Err(crate::avro::Misfit(concat!("a word that this program does not know as ", stringify!($name)))),
                })
            }
        }
    };
}

/// An enum of the domain's words, in the order of its `ALL`.
macro_rules! words {
    ($($name:ident),+ $(,)?) => { $(
        impl crate::avro::Avro for $name {
            fn put(&self, out: &mut crate::avro::Out) {
                out.long(self.index() as i64);
            }
            fn take(from: &mut crate::avro::In<'_>) -> Result<Self, crate::avro::Misfit> {
                let known = usize::try_from(from.long()?).ok().and_then(|index| Self::ALL.get(index).copied());
                known.ok_or(crate::avro::Misfit(concat!("a word that this program does not know as ", stringify!($name))))
            }
        }
    )+ };
}

use {record, symbols, union, words};
