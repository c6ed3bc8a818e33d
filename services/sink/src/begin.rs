//! Where a partition is gone on with, when some of it may have been deleted unread.

use crate::batch::Kind;
use pipeline::{Fault, FaultKind, Standing};
use std::ops::Range;

/// Where to go on, of the place that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begin {
    /// The place to go on from.
    pub place: Standing,
    /// Offsets that were deleted before they were written; marks of transactions among them.
    pub lost: u64,
    /// Nothing before the place can be written any more: it can be kept as it is now.
    pub settled: bool,
}

/// Of the place that was kept and the offsets that are still there.
///
/// # Errors
/// `StateDamaged` when the partition ends before the place.
pub fn begin(place: Standing, kept: &Range<i64>, topic: &str) -> Result<Begin, Fault> {
    let Standing { partition, next, pending_last } = place;
    let Some(next) = next.filter(|next| *next != kept.start) else {
        return Ok(Begin { place, lost: 0, settled: false });
    };
    if next > kept.end {
        let doing = format!("going on with {topic}/{partition}");
        let detail = format!(
            "offset {next} comes next, but the partition ends at {}: the topic lost what it had acknowledged",
            kept.end
        );
        return Err(Fault::new(FaultKind::StateDamaged, doing, detail));
    }
    let lost = u64::try_from(kept.start - next).unwrap_or_default();
    // The rest of a range that may have been written keeps its token, which is made of the whole of it.
    let settled = lost > 0 && pending_last.is_none_or(|last| last < kept.start);
    let place =
        if settled { Standing { next: Some(kept.start), pending_last: None, ..place } } else { place };
    Ok(Begin { place, lost, settled })
}

/// Nothing disappears in silence.
pub fn tell_lost(kind: Kind, topic: &str, place: &Standing, kept: &Range<i64>, lost: u64) {
    let (partition, first) = (place.partition, kept.start);
    if kind == Kind::Events {
        tracing::error!(
            topic,
            partition,
            first,
            lost,
            "the offsets before `first` were deleted by the topic's retention before they were written to table `call_events`, which will \
             never have them. No call and no figure is touched: the processor has a place of its own"
        );
        return;
    }
    tracing::error!(
        topic,
        partition,
        first,
        lost,
        "the offsets before `first` were deleted by the topic's retention before they were written to ClickHouse. Calls and minutes of \
         which nothing comes any more are missing there, or stand as they were before; `svarstid audit` tells which. Compute them anew \
         from call-events while it still has them: raise `kafka.generation` (docs/upgrades.md)"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        next: Option<i64>,
        pending_last: Option<i64>,
        kept: Range<i64>,
        expect: (Option<i64>, u64, bool),
    ) {
        let begun = begin(Standing { partition: 3, next, pending_last }, &kept, "calls").unwrap();
        assert_eq!(
            (begun.place.next, begun.lost, begun.settled),
            expect,
            "{next:?} {pending_last:?} {kept:?}"
        );
    }

    #[test]
    fn what_was_deleted_before_it_was_written_is_counted_once() {
        check(None, None, 5..9, (None, 0, false));
        check(Some(5), None, 5..9, (Some(5), 0, false));
        check(Some(7), Some(8), 5..9, (Some(7), 0, false));
        check(Some(9), None, 5..9, (Some(9), 0, false));
        check(Some(2), None, 5..9, (Some(5), 3, true));
        check(Some(2), Some(4), 5..9, (Some(5), 3, true));
        check(Some(2), Some(6), 5..9, (Some(2), 3, false));
    }

    #[test]
    fn a_topic_that_ends_before_the_place_is_for_a_person() {
        let place = Standing { partition: 3, next: Some(10), pending_last: None };
        let fault = begin(place, &(5..9), "calls").unwrap_err();
        assert_eq!(fault.kind, FaultKind::StateDamaged);
        assert!(fault.to_string().contains("calls/3") && fault.to_string().contains("10"), "{fault}");
    }
}
