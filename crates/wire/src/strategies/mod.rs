//! proptest strategies of everything that the topics carry: every variant, every optional field with and without a
//! value, any text, times over the whole range. What Avro cannot hold (positions above `i64::MAX`) is left out.

mod bodies;
mod calls;
mod windows;

pub use bodies::{bodies, body};
pub use calls::call;
pub use windows::{correction, pane_revision, window_record};

use crate::{Manifest, RejectReason, Rejected, Written};
use call::{Event, EventId, Origin, Party, Pseudonym, SourceKind, Text};
use proptest::prelude::*;

/// Any event.
pub fn event() -> impl Strategy<Value = Event> {
    event_with(body())
}

/// Any event with such a body.
pub fn event_with(body: impl Strategy<Value = call::Body>) -> impl Strategy<Value = Event> {
    let times = (any::<i64>(), any::<i64>());
    let ids = (proptest::option::of(text()), proptest::option::of(text()));
    (any::<u128>(), origin(), times, ids, body).prop_map(
        |(id, origin, (at_us, received_us), (leg, linked), body)| Event {
            id: EventId(id),
            origin,
            at_us,
            received_us,
            leg,
            linked,
            body,
        },
    )
}

/// Any record of the topic `rejected`.
pub fn rejected() -> impl Strategy<Value = Rejected> {
    let words = (text(), text(), text(), text(), text());
    (words, proptest::option::of(source_kind()), any::<i64>(), proptest::sample::select(RejectReason::ALL))
        .prop_map(|((site, stage, position, detail, excerpt), kind, at_us, reason)| Rejected {
            site,
            stage,
            kind,
            position,
            at_us,
            reason,
            detail,
            excerpt,
        })
}

/// Any record of the topic `manifests`.
pub fn manifest() -> impl Strategy<Value = Manifest> {
    let events = (not_negative(), not_negative(), not_negative());
    let others = (not_negative(), not_negative(), not_negative());
    let offsets = (any::<i64>(), any::<i64>());
    (events, others, offsets, not_negative(), written(), written(), written()).prop_map(
        |(events, others, (first_offset, next_offset), corrections, calls, windows, rejected)| {
            let ((sequence, used, repeated), (too_late, waiting, decided)) = (events, others);
            Manifest {
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
            }
        },
    )
}

fn written() -> impl Strategy<Value = Written> {
    (not_negative(), any::<u64>()).prop_map(|(records, digest)| Written { records, digest })
}

/// Any party; one from outside has at least one pseudonym.
pub fn party() -> impl Strategy<Value = Party> {
    let pseudonym = (0..=i32::MAX.unsigned_abs(), any::<u128>());
    let pseudonym = pseudonym.prop_map(|(epoch, value)| Pseudonym { epoch, value });
    prop_oneof![
        Just(Party::Unknown),
        text().prop_map(Party::Own),
        text().prop_map(Party::Service),
        proptest::collection::vec(pseudonym, 1..4).prop_map(Party::Outside),
    ]
}

fn origin() -> impl Strategy<Value = Origin> {
    (text(), text(), source_kind(), any::<u64>(), not_negative())
        .prop_map(|(site, node, kind, stream, position)| Origin { site, node, kind, stream, position })
}

fn source_kind() -> impl Strategy<Value = SourceKind> {
    proptest::sample::select(SourceKind::ALL)
}

/// What fits `i64`, small values as likely as large ones.
fn not_negative() -> impl Strategy<Value = u64> {
    prop_oneof![0u64..1000, 0..=i64::MAX.unsigned_abs()]
}

fn text() -> impl Strategy<Value = Text> {
    "\\PC{0,12}".prop_map(String::into_boxed_str)
}
