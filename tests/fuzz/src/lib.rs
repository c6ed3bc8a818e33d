//! What must hold for any bytes, one function for each reader. `fuzz/` calls them with bytes that coverage leads to;
//! `cargo test` with the corpus and a fixed number of seeded changes of it (docs/fuzzing.md).
#![expect(clippy::unwrap_used, reason = "a breach is told by a panic: that is what a fuzzer looks for")]

mod alerts;
mod ami;
pub mod mutate;
mod readers;
mod site;
mod spool;
mod through;
mod webhook;
mod wire_records;

pub use alerts::alerts;
pub use ami::ami;
pub use readers::{cdr, cel, csv_import, queue_log};
pub use spool::spool;
pub use webhook::webhook;
pub use wire_records::{wire_call, wire_event, wire_window};

/// A reader's name and its check.
pub type Target = (&'static str, fn(&[u8]));

/// Every target; a file in `fuzz/fuzz_targets/` and a folder in `fuzz/corpus/` have its name.
pub const TARGETS: &[Target] = &[
    ("ami", ami),
    ("queue_log", queue_log),
    ("cel", cel),
    ("cdr", cdr),
    ("csv_import", csv_import),
    ("webhook", webhook),
    ("alerts", alerts),
    ("spool", spool),
    ("wire_event", wire_event),
    ("wire_call", wire_call),
    ("wire_window", wire_window),
];

/// The same bytes in pieces; where they are cut follows from the bytes, so that a finding can be repeated.
pub(crate) fn pieces(data: &[u8]) -> Vec<&[u8]> {
    let mut random = fastrand::Rng::with_seed(u64::from(crc32fast::hash(data)));
    let longest = if random.bool() { 8 } else { 300 };
    let (mut pieces, mut rest) = (Vec::new(), data);
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(random.usize(0..=longest).min(rest.len()));
        pieces.push(piece);
        rest = later;
    }
    pieces
}
