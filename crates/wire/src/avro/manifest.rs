//! `schemas/manifests.avsc`.

use super::{Avro, In, Misfit, Out, record};
use crate::{Manifest, Written};

record!(Manifest {
    sequence,
    first_offset,
    next_offset,
    used,
    repeated,
    too_late,
    waiting,
    decided,
    calls,
    windows,
    corrections,
    rejected,
});

impl Avro for Written {
    fn put(&self, out: &mut Out) {
        let Self { records, digest } = self;
        records.put(out);
        out.raw(&digest.to_be_bytes());
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        Ok(Self { records: u64::take(from)?, digest: u64::from_be_bytes(from.fixed()?) })
    }
}
