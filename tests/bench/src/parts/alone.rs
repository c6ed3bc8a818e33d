//! The core alone on one thread.

use crate::core::Core;
use crate::line::{Line, Lines};
use crate::{Size, story};

/// The whole, and how much of it is decoding.
///
/// # Errors
/// An event was not used.
pub fn measure(size: Size, lines: &mut Lines) -> anyhow::Result<()> {
    let core = Core::new(story::setup(0)?, story::days()?.take(size.of(2_000_000, 20_000)))?;
    let events = core.events() as f64;
    let (mut whole, mut on_cpu, mut decoding, mut share) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut through = crate::core::Through::default();
    for _ in 0..size.rounds() {
        let decoded = core.decode()?;
        through = core.through()?;
        decoding.push(events / decoded.as_secs_f64());
        whole.push(events / through.took.as_secs_f64());
        on_cpu.push(events / through.on_cpu.as_secs_f64());
        share.push(100.0 * decoded.as_secs_f64() / through.took.as_secs_f64());
    }
    let counts = core.counted()?;
    for line in [
        Line::median("core_events_per_s_per_core", whole, "events/s"),
        Line::median("core_events_per_cpu_s", on_cpu, "events/s"),
        Line::median("core_decode_events_per_s", decoding, "events/s"),
        Line::median("core_decode_share", share, "percent"),
        Line::once("core_allocations_per_event", counts.times as f64 / events, "allocations"),
        Line::once("core_allocated_bytes_per_event", counts.bytes as f64 / events, "bytes"),
        Line::once("core_event_bytes", core.bytes() as f64 / events, "bytes"),
        Line::once("core_records_per_event", through.records as f64 / events, "records"),
        Line::once("core_record_bytes_per_event", through.bytes as f64 / events, "bytes"),
    ] {
        lines.tell(line)?;
    }
    Ok(())
}
