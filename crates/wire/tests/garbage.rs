//! Bytes that are no records: one clear error each, never a panic, never memory for what a length claims.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::sync::LazyLock;
use wire::{Codec, RejectReason, WireError, strategies};

static CODEC: LazyLock<Codec> = LazyLock::new(|| Codec::built_in().unwrap());

/// What each topic's decoder says.
fn verdicts(bytes: &[u8]) -> [Result<(), WireError>; 5] {
    [
        CODEC.decode_event(bytes).map(drop),
        CODEC.decode_call(bytes).map(drop),
        CODEC.decode_window(bytes).map(drop),
        CODEC.decode_rejected(bytes).map(drop),
        CODEC.decode_manifest(bytes).map(drop),
    ]
}

/// A record of each topic.
fn records() -> impl Strategy<Value = (usize, Vec<u8>)> {
    prop_oneof![
        strategies::event().prop_map(|event| (0, CODEC.encode_event(&event).unwrap())),
        strategies::call().prop_map(|call| (1, CODEC.encode_call(&call).unwrap())),
        strategies::window_record().prop_map(|record| (2, CODEC.encode_window(&record).unwrap())),
        strategies::rejected().prop_map(|rejected| (3, CODEC.encode_rejected(&rejected).unwrap())),
        strategies::manifest().prop_map(|manifest| (4, CODEC.encode_manifest(&manifest).unwrap())),
    ]
}

/// A zero byte, a schema id, and anything.
fn with_header(id: impl Strategy<Value = u32>) -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![Just(vec![0xff; 9]), proptest::collection::vec(any::<u8>(), 0..12)];
    let body = proptest::collection::vec(length, 0..24).prop_map(|parts| parts.concat());
    (id, body).prop_map(|(id, body)| [&[0], &id.to_be_bytes()[..], &body].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        verdicts(&bytes).into_iter().for_each(drop);
    }

    #[test]
    fn any_record_of_a_known_schema(bytes in with_header(0..6u32)) {
        verdicts(&bytes).into_iter().for_each(drop);
    }

    #[test]
    fn a_record_with_a_few_bytes_changed(
        (_, mut bytes) in records(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        for (place, byte) in changes {
            let place = 5 + place.index(bytes.len() - 5);
            bytes[place] = byte;
        }
        verdicts(&bytes).into_iter().for_each(drop);
    }

    #[test]
    fn a_record_cut_or_with_a_tail((topic, bytes) in records(), at in any::<prop::sample::Index>(), tail in any::<u8>()) {
        let cut = &bytes[..at.index(bytes.len())];
        let longer = [&bytes[..], &[tail]].concat();
        for bytes in [cut, &longer] {
            // Every decoder: another topic's resolves from the schema that it was written with.
            for (reader, verdict) in verdicts(bytes).into_iter().enumerate() {
                prop_assert!(verdict.is_err(), "{} read by {}: {:02x?}", topic, reader, bytes);
            }
        }
    }
}

#[test]
fn each_kind_has_its_reason() {
    let check = |bytes: &[u8], reason: RejectReason, says: &str| {
        let error = CODEC.decode_call(bytes).unwrap_err();
        assert_eq!(error.reject_reason(), Some(reason), "{error}");
        assert!(error.to_string().contains(says), "{error} does not say {says}");
    };
    check(b"", RejectReason::NotAvro, "empty");
    check(b"{\"hello\":1}", RejectReason::NotAvro, "begins with byte 0x7b");
    check(&[0, 0, 0], RejectReason::NotAvro, "3 bytes are too few");
    check(&[0, 0, 0, 0, 77], RejectReason::UnknownSchema, "schema id 77 is not known");
    check(&[0, 0, 0, 0, 9], RejectReason::Undecodable, "at byte 0 of 0");
    check(&[0, 0, 0, 0, 9, 2, b'a', 2, 0xff], RejectReason::Undecodable, "not UTF-8 at byte 4 of 4");
    // An id of eight exbibytes; then one of a gibibyte by a schema that apache-avro reads.
    check(
        &[0, 0, 0, 0, 9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        RejectReason::Undecodable,
        "cut off",
    );
    check(&[0, 0, 0, 0, 4, 0x80, 0x80, 0x80, 0x80, 8], RejectReason::Undecodable, "written with schema 4");
    // A whole record of another topic.
    let rejected = [0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0];
    CODEC.decode_rejected(&rejected).unwrap();
    check(&rejected, RejectReason::Undecodable, "a record Rejected where Call is wanted");
}

#[test]
fn what_avro_cannot_hold_is_refused() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut event = strategies::event().new_tree(&mut runner).unwrap().current();
    event.origin.position = u64::MAX;
    let error = CODEC.encode_event(&event).unwrap_err();
    assert!(error.to_string().contains("a u64 beyond Avro's largest number"), "{error}");
}
