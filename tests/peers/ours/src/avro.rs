//! Avro's numbers and texts in bytes, for two records (../../pass.avsc, ../../pane.avsc). The tests hold it against apache-avro.

/// Confluent's framing: a zero, then the schema's id.
pub const HEADER_BYTES: usize = 5;

pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// What is left.
    pub const fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    pub fn long(&mut self) -> Option<i64> {
        let mut value = 0u64;
        for (n, byte) in self.bytes.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * n);
            if byte & 0x80 == 0 {
                self.bytes = &self.bytes[n + 1..];
                return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        None
    }

    pub fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.long()?).ok()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        std::str::from_utf8(text).ok()
    }
}

pub fn header(out: &mut Vec<u8>, schema_id: u32) {
    out.push(0);
    out.extend(schema_id.to_be_bytes());
}

pub fn long(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest > 0x7f {
        out.push(rest as u8 & 0x7f | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

pub fn text(out: &mut Vec<u8>, value: &str) {
    long(out, value.len() as i64);
    out.extend(value.as_bytes());
}
