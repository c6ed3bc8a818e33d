//! The input: passes of calls through queues.

use crate::avro::{self, HEADER_BYTES, Reader};

/// Place of `answered` among the results.
pub const ANSWERED: usize = 0;
pub const RESULTS: usize = 8;
pub const DIRECTIONS: [&str; 2] = ["external", "internal"];
const SCHEMA_ID: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass<'a> {
    pub site: &'a str,
    pub queue: &'a str,
    /// Place in the schema's enum.
    pub direction: usize,
    /// The event time, µs since 1970.
    pub joined_us: i64,
    pub wait_us: i64,
    /// Place in the schema's enum.
    pub result: usize,
}

impl<'a> Pass<'a> {
    /// None: it is no pass.
    pub fn read(value: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(value.get(HEADER_BYTES..)?);
        let (site, queue) = (reader.text()?, reader.text()?);
        let direction = place(reader.long()?, DIRECTIONS.len())?;
        let (joined_us, wait_us) = (reader.long()?, reader.long()?);
        let result = place(reader.long()?, RESULTS)?;
        reader.rest().is_empty().then_some(Self { site, queue, direction, joined_us, wait_us, result })
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        avro::header(&mut out, SCHEMA_ID);
        avro::text(&mut out, self.site);
        avro::text(&mut out, self.queue);
        avro::long(&mut out, self.direction as i64);
        avro::long(&mut out, self.joined_us);
        avro::long(&mut out, self.wait_us);
        avro::long(&mut out, self.result as i64);
        out
    }

    /// Of the record.
    pub fn key(&self) -> String {
        format!("{}/{}", self.site, self.queue)
    }
}

fn place(number: i64, of: usize) -> Option<usize> {
    usize::try_from(number).ok().filter(|place| *place < of)
}
