//! Whatever the domain can hold comes back from the bytes as it went in.

use super::*;
use call::{Call, Cause, CauseKind, DialledKind, Direction, LostStage, NotDiverted, Outcome, Party, Pass};
use call::{PassResult, Pseudonym, Reach, Ring, SourceKind, Text};
use kpi::{Cadence, Dimension, Histogram, Pane, PaneKey, WindowRecord, WindowRecordKind};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

const CADENCE: Cadence = Cadence { seconds: 6 };

fn text() -> impl Strategy<Value = Text> {
    "\\PC{0,12}".prop_map(Text::from)
}

fn time() -> impl Strategy<Value = i64> {
    0i64..4_294_967_295_000_000
}

fn span() -> impl Strategy<Value = Option<i64>> {
    of(any::<i64>())
}

fn party() -> impl Strategy<Value = Party> {
    let pseudonym = (any::<u32>(), any::<u128>()).prop_map(|(epoch, value)| Pseudonym { epoch, value });
    prop_oneof![
        Just(Party::Unknown),
        text().prop_map(Party::Own),
        text().prop_map(Party::Service),
        vec(pseudonym, 1..3).prop_map(Party::Outside),
    ]
}

fn cause() -> impl Strategy<Value = Option<Cause>> {
    let not_diverted = select(NotDiverted::ALL);
    let cause = (select(CauseKind::ALL), of(not_diverted), of(text()), any::<bool>());
    of(cause.prop_map(|(kind, not_diverted, reason, after_transfer)| Cause {
        kind,
        not_diverted,
        reason,
        after_transfer,
    }))
}

fn pass() -> impl Strategy<Value = Pass> {
    let parts = (
        text(),
        of(text()),
        time(),
        span(),
        select(PassResult::ALL),
        of(text()),
        cause(),
        any::<u32>(),
        span(),
    );
    parts.prop_map(|(queue, unit, joined_us, wait_us, result, answered_by, cause, overtook, overtaken_us)| {
        Pass { queue, unit, joined_us, wait_us, result, answered_by, cause, overtook, overtaken_us }
    })
}

fn ring() -> impl Strategy<Value = Ring> {
    (text(), time(), span(), any::<bool>()).prop_map(|(target, started_us, ring_us, answered)| Ring {
        target,
        started_us,
        ring_us,
        answered,
    })
}

prop_compose! {
    fn call()(
        (call_id, site, version, is_final) in (text(), text(), any::<u32>(), any::<bool>()),
        (arrived_us, queued_us, alerted_us) in (time(), of(time()), of(time())),
        (answered_us, ended_us, ring_us) in (of(time()), of(time()), span()),
        (caller, dialled, sought, unit) in (party(), party(), of(text()), of(text())),
        (direction, dialled_kind) in (select(Direction::ALL), select(DialledKind::ALL)),
        (outcome, lost_stage) in (select(Outcome::ALL), of(select(LostStage::ALL))),
        (reach, final_reach) in (select(Reach::ALL), select(Reach::ALL)),
        (operator_cause, answered_by, merged_into) in (cause(), of(text()), of(text())),
        (message_left, transfers, is_partial) in (of(any::<bool>()), any::<u32>(), any::<bool>()),
        (asked_for, left_on_hold) in (of(text()), any::<bool>()),
        (passes, rings) in (vec(pass(), 0..4), vec(ring(), 0..4)),
        sources in vec(select(SourceKind::ALL), 0..3),
    ) -> Call {
        Call {
            call_id, site, version, is_final, direction, arrived_us, queued_us, alerted_us, answered_us, ended_us,
            caller, dialled, dialled_kind, sought, unit, outcome, reach, final_reach, lost_stage, operator_cause,
            answered_by, ring_us, message_left, transfers, merged_into, is_partial, passes, rings, asked_for, left_on_hold,
            sources: sources.into_iter().collect(),
        }
    }
}

prop_compose! {
    fn window()(
        (site, minute, name, kind) in (text(), 0i64..71_000_000, text(), select(&["site", "queue", "unit"])),
        direction in select(Direction::ALL),
        record in prop_oneof![
            (any::<u64>(), any::<bool>()).prop_map(|(revision, closed)| WindowRecordKind::Pane { revision, closed }),
            (text(), any::<u32>()).prop_map(|(call_id, version)| WindowRecordKind::Correction { call_id, version }),
        ],
        counts in vec(any::<i64>(), 11 + 6),
        (bins, sum) in (btree_map(any::<u16>(), any::<i64>(), 0..200), any::<i64>()),
    ) -> WindowRecord {
        let mut pane = Pane { lost_wait: Histogram { bins: bins.into_iter().collect(), sum }, messages_left: counts[0], ..Pane::default() };
        pane.outcomes.copy_from_slice(&counts[..11]);
        pane.final_reaches.copy_from_slice(&counts[11..]);
        let name = if kind == "site" { "" } else { &name };
        let dimension = Dimension::from_words(kind, name).unwrap();
        WindowRecord { key: PaneKey { site, minute, dimension, direction }, kind: record, pane: Box::new(pane), definition_version: 1 }
    }
}

fn position() -> Position {
    Position { topic: "t".into(), topic_id: "id".into(), partition: 3, offset: 1 << 40 }
}

/// Through the bytes and back, with something behind it.
fn again<R: Row + PartialEq + std::fmt::Debug>(row: &R) -> R {
    let mut bytes = Vec::new();
    row.put_row(&mut bytes);
    row.put_row(&mut bytes);
    let mut rows = read_all::<R>(&bytes).unwrap();
    assert_eq!(rows.len(), 2);
    for end in 0..bytes.len() / 2 {
        assert!(R::take_row(&mut &bytes[..end]).is_err(), "{end} bytes are not a row");
    }
    rows.remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn calls(call in call()) {
        let row = CallRow::new(call.clone(), position(), CADENCE).unwrap();
        let read = again(&row);
        prop_assert_eq!(&read, &row);
        prop_assert_eq!(read.into_call().unwrap(), call);
    }

    #[test]
    fn windows(record in window()) {
        let read = match WindowRows::new(record.clone(), position()).unwrap() {
            WindowRows::Pane(row) => again(&row).into_record(),
            WindowRows::Correction(row) => again(&row).into_record(),
        };
        prop_assert_eq!(read.unwrap(), record);
    }
}

#[test]
fn rejected() {
    for reason in rejected_row::REASONS {
        for kind in SourceKind::ALL.iter().copied().map(Some).chain([None]) {
            let rejected = crate::Rejected {
                site: "s".into(),
                stage: "collector".into(),
                kind,
                position: "1:2".into(),
                at_us: 1,
                reason,
                detail: "d".into(),
                excerpt: "".into(),
            };
            let row = RejectedRow::new(rejected.clone(), position()).unwrap();
            assert_eq!(again(&row).into_rejected().unwrap(), rejected);
        }
    }
}

#[test]
fn times_that_no_table_can_hold_are_an_error() {
    let record = WindowRecord {
        key: PaneKey {
            site: "s".into(),
            minute: i64::MAX / 60_000_000,
            dimension: Dimension::Site,
            direction: Direction::External,
        },
        kind: WindowRecordKind::Pane { revision: 1, closed: false },
        pane: Box::default(),
        definition_version: 1,
    };
    assert!(matches!(WindowRows::new(record, position()), Err(RowError::Time { what: "minute", .. })));
}

#[test]
fn a_header_names_what_a_row_writes() {
    let names: Vec<_> = RejectedRow::columns().into_iter().map(|(name, _)| name).collect();
    let expect = "site stage kind source_position rejected_at reason detail excerpt \
        kafka_topic kafka_topic_id kafka_partition kafka_offset";
    assert_eq!(names.join(" "), expect);
    assert_eq!(header::<RejectedRow>()[..6], [12, 4, b's', b'i', b't', b'e']);
}
