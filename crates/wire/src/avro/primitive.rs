//! Avro's own types: variable-length integers, text, fixed bytes, null-or, arrays.

use super::{Avro, In, Misfit, Out};
use call::Text;

impl Out {
    /// Zig-zag and seven bits a byte, least first: `int`, `long`, lengths and the places of unions and symbols.
    pub(crate) fn long(&mut self, value: i64) {
        let mut zigzag = ((value << 1) ^ (value >> 63)) as u64;
        while zigzag >= 0x80 {
            self.bytes.push(zigzag as u8 | 0x80);
            zigzag >>= 7;
        }
        self.bytes.push(zigzag as u8);
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Its length, then its bytes.
    pub(crate) fn text(&mut self, text: &str) {
        self.long(text.len() as i64);
        self.raw(text.as_bytes());
    }

    /// An integer that Avro's type may be too small for.
    pub(crate) fn checked<T: Into<i64>, E>(&mut self, value: Result<T, E>, what: &'static str) {
        match value {
            Ok(value) => self.long(value.into()),
            Err(_) => self.misfit = Some(what),
        }
    }

    /// The items of an array: one block, then the end.
    pub(crate) fn array<'a, T: Avro + 'a>(&mut self, items: impl ExactSizeIterator<Item = &'a T>) {
        if items.len() > 0 {
            self.long(items.len() as i64);
            items.for_each(|item| item.put(self));
        }
        self.long(0);
    }
}

impl<'a> In<'a> {
    /// The opposite of [`Out::long`].
    pub(crate) fn long(&mut self) -> Result<i64, Misfit> {
        let mut zigzag = 0u64;
        for (place, byte) in self.rest.iter().enumerate().take(10) {
            if place == 9 && *byte > 1 {
                break;
            }
            zigzag |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                self.rest = self.rest.get(place + 1..).unwrap_or_default();
                return Ok((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64));
            }
        }
        Err(Misfit("an integer that is cut off or too long"))
    }

    /// So many bytes as they are.
    pub(crate) fn raw(&mut self, length: usize) -> Result<&'a [u8], Misfit> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Misfit("cut off"))?;
        self.rest = rest;
        Ok(bytes)
    }

    /// A length, then so many bytes: `string` and `bytes`.
    pub(crate) fn text(&mut self) -> Result<&'a [u8], Misfit> {
        let length = usize::try_from(self.long()?).map_err(|_| Misfit("a text of impossible length"))?;
        self.raw(length)
    }

    /// A fixed number of bytes.
    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Misfit> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Misfit("cut off"))?;
        self.rest = rest;
        Ok(*bytes)
    }

    /// Each item of an array. Memory grows with what is there, never with what a length claims.
    pub(crate) fn array<E: From<Misfit>>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            let count = self.long()?;
            if count == 0 {
                return Ok(());
            }
            // A negative count is followed by the block's size in bytes, for those who want to skip it.
            if count < 0 {
                self.long()?;
            }
            for _ in 0..count.unsigned_abs() {
                let left = self.left();
                item(self)?;
                if self.left() == left {
                    return Err(Misfit("an array of items that take no bytes").into());
                }
            }
        }
    }
}

/// Integers: the domain's type, and the Avro type that the schema has for it.
macro_rules! integers {
    ($($name:ty as $avro:ty),+) => { $(
        impl Avro for $name {
            fn put(&self, out: &mut Out) {
                out.checked(<$avro>::try_from(*self), concat!("a ", stringify!($name), " beyond Avro's largest number"));
            }
            fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
                <$name>::try_from(from.long()?).map_err(|_| Misfit("a number out of range"))
            }
        }
    )+ };
}

integers!(u16 as i32, i32 as i32, u32 as i64, u64 as i64, i64 as i64);

impl Avro for bool {
    fn put(&self, out: &mut Out) {
        out.raw(&[u8::from(*self)]);
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        match from.fixed()? {
            [0] => Ok(false),
            [1] => Ok(true),
            [_] => Err(Misfit("neither true nor false")),
        }
    }
}

impl Avro for Text {
    fn put(&self, out: &mut Out) {
        out.text(self);
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        let text = str::from_utf8(from.text()?).map_err(|_| Misfit("a text that is not UTF-8"))?;
        Ok(text.into())
    }
}

impl<T: Avro> Avro for Option<T> {
    fn put(&self, out: &mut Out) {
        match self {
            None => out.long(0),
            Some(value) => {
                out.long(1);
                value.put(out);
            }
        }
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        match from.long()? {
            0 => Ok(None),
            1 => T::take(from).map(Some),
            _ => Err(Misfit("neither null nor a value")),
        }
    }
}

impl<T: Avro> Avro for Vec<T> {
    fn put(&self, out: &mut Out) {
        out.array(self.iter());
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        let mut items = Self::new();
        from.array(|from| T::take(from).map(|item| items.push(item)))?;
        Ok(items)
    }
}

/// A record of so many counts: no length, one field after the other.
impl<const N: usize> Avro for [i64; N] {
    fn put(&self, out: &mut Out) {
        self.iter().for_each(|count| out.long(*count));
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        let mut counts = [0; N];
        for count in &mut counts {
            *count = from.long()?;
        }
        Ok(counts)
    }
}
