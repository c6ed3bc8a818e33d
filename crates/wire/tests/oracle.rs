//! The codec and apache-avro agree on every record, byte for byte and both ways.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

mod by_name;

use apache_avro::Schema;
use by_name::{Json, built_in_id, bytes, schema, with_id};
use call::Event;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use wire::{Codec, WireError, strategies};

static CODEC: LazyLock<Codec> = LazyLock::new(|| Codec::built_in().unwrap());
static EVENTS: LazyLock<Schema> = LazyLock::new(|| schema("call-events"));
static CALLS: LazyLock<Schema> = LazyLock::new(|| schema("calls"));
static WINDOWS: LazyLock<Schema> = LazyLock::new(|| schema("kpi-windows"));
static REJECTED: LazyLock<Schema> = LazyLock::new(|| schema("rejected"));
static MANIFESTS: LazyLock<Schema> = LazyLock::new(|| schema("manifests"));

/// One value: the codec writes what apache-avro writes, and reads it back.
fn check<T: Json + PartialEq + std::fmt::Debug>(
    topic: &str,
    schema: &Schema,
    value: &T,
    encode: impl Fn(&Codec, &T) -> Result<Vec<u8>, WireError>,
    decode: impl Fn(&Codec, &[u8]) -> Result<T, WireError>,
) -> Result<(), TestCaseError> {
    let expected = with_id(built_in_id(topic), &bytes(schema, &value.json()));
    prop_assert_eq!(&encode(&CODEC, value).unwrap(), &expected);
    prop_assert_eq!(&decode(&CODEC, &expected).unwrap(), value);
    Ok(())
}

/// Into memory of its own, and into memory that held something else.
fn encode_both_ways(codec: &Codec, event: &Event) -> Result<Vec<u8>, WireError> {
    let mut used = b"another record, which was longer or shorter".repeat(9);
    codec.encode_event_into(event, &mut used)?;
    let own = codec.encode_event(event)?;
    assert_eq!(used, own);
    Ok(own)
}

#[test]
fn events_of_every_body() {
    let Schema::Record(envelope) = &*EVENTS else { panic!("an event is a record") };
    let Schema::Union(union) = &envelope.fields[6].schema else { panic!("a body is a union") };
    let branches = RefCell::new(BTreeSet::new());
    for body in strategies::bodies() {
        let mut runner = TestRunner::new(Config::with_cases(64));
        let agree = |event: Event| {
            branches.borrow_mut().extend(event.body.json().as_object().unwrap().keys().cloned());
            check("call-events", &EVENTS, &event, encode_both_ways, Codec::decode_event)
        };
        runner.run(&strategies::event_with(body), agree).unwrap();
    }
    let known = union.variants().iter().map(|branch| branch.name().unwrap().name.clone());
    assert_eq!(branches.into_inner(), known.collect(), "every branch of the union was written");
}

proptest! {
    #[test]
    fn calls(call in strategies::call()) {
        check("calls", &CALLS, &call, Codec::encode_call, Codec::decode_call)?;
    }

    #[test]
    fn windows(record in strategies::window_record()) {
        check("kpi-windows", &WINDOWS, &record, Codec::encode_window, Codec::decode_window)?;
    }

    #[test]
    fn rejected(rejected in strategies::rejected()) {
        check("rejected", &REJECTED, &rejected, Codec::encode_rejected, Codec::decode_rejected)?;
    }

    #[test]
    fn manifests(manifest in strategies::manifest()) {
        check("manifests", &MANIFESTS, &manifest, Codec::encode_manifest, Codec::decode_manifest)?;
    }
}
