//! The output: one minute of one queue and direction. The histograms are those of the product.

use crate::avro::{self, HEADER_BYTES, Reader};
use crate::pass::{ANSWERED, Pass, RESULTS};
use kpi::Histogram;

const SCHEMA_ID: u32 = 2;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pane {
    pub results: [i64; RESULTS],
    pub answered: Histogram,
    pub others: Histogram,
}

impl Pane {
    pub fn add(&mut self, pass: &Pass<'_>) {
        self.results[pass.result] += 1;
        let waits = if pass.result == ANSWERED { &mut self.answered } else { &mut self.others };
        waits.add_us(pass.wait_us);
    }

    /// Nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.results.iter().all(|count| *count == 0)
    }

    pub fn write(&self) -> Vec<u8> {
        let bins = self.answered.bins.len() + self.others.bins.len();
        let mut out = Vec::with_capacity(HEADER_BYTES + 24 + 4 * bins);
        avro::header(&mut out, SCHEMA_ID);
        self.results.iter().for_each(|count| avro::long(&mut out, *count));
        for waits in [&self.answered, &self.others] {
            if !waits.bins.is_empty() {
                avro::long(&mut out, waits.bins.len() as i64);
                for (bin, count) in &waits.bins {
                    avro::long(&mut out, i64::from(bin));
                    avro::long(&mut out, count);
                }
            }
            avro::long(&mut out, 0);
            avro::long(&mut out, waits.sum);
        }
        out
    }

    /// None: it is no pane.
    pub fn read(value: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(value.get(HEADER_BYTES..)?);
        let mut pane = Self::default();
        for count in &mut pane.results {
            *count = reader.long()?;
        }
        pane.answered = waits(&mut reader)?;
        pane.others = waits(&mut reader)?;
        reader.rest().is_empty().then_some(pane)
    }
}

fn waits(reader: &mut Reader<'_>) -> Option<Histogram> {
    let mut waits = Histogram::default();
    loop {
        match reader.long()? {
            0 => break,
            size => {
                for _ in 0..size {
                    waits.bins.add(u16::try_from(reader.long()?).ok()?, reader.long()?);
                }
            }
        }
    }
    waits.sum = reader.long()?;
    Some(waits)
}
