//! The webhook's model: what is published is what is read, and an error names the field.
//!
//! After a wanted change: `cargo test -p svarstid-pbx --test webhook -- --ignored` writes the schema anew.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use call::{Body, Numbers, Party};
use pbx::asterisk::Dialect;
use pbx::webhook::{self, Invalid, Received};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Four digits are the site's own.
struct Plan;

impl Numbers for Plan {
    fn party(&self, raw: &str) -> Party {
        if raw.len() <= 4 { Party::Own(raw.into()) } else { Party::Outside(Vec::new()) }
    }

    fn incoming_dialled(&self, raw: &str) -> Party {
        Party::Own(raw.into())
    }

    fn redact(&self, _: &[u8]) -> String {
        "redacted".to_owned()
    }
}

fn site() -> Dialect {
    let reasons = [("mote".to_owned(), "meeting".to_owned())].into();
    Dialect { trunks: ["trunk".to_owned()].into(), reasons, ..Dialect::default() }
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../schemas/webhook"].iter().collect()
}

fn read(value: &Value) -> Result<Received, Invalid> {
    webhook::read(value.to_string().as_bytes(), &Plan, &site())
}

fn published() -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder().join("call-event.schema.json")).unwrap()).unwrap()
}

fn examples() -> Vec<Value> {
    let files = std::fs::read_dir(folder().join("examples")).unwrap();
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    texts
        .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>())
        .collect()
}

#[test]
fn the_published_schema_is_the_model_s() {
    assert_eq!(published(), webhook::schema(), "see the head of this file");
}

#[test]
#[ignore = "writes the schema"]
fn write_the_schema() {
    let text = serde_json::to_string_pretty(&webhook::schema()).unwrap();
    std::fs::write(folder().join("call-event.schema.json"), text + "\n").unwrap();
}

#[test]
fn every_kind_has_an_example_that_the_schema_and_the_reader_take() {
    let validator = jsonschema::validator_for(&published()).unwrap();
    let mut words = BTreeSet::new();
    for example in examples() {
        assert!(validator.is_valid(&example), "{example}");
        let kind = example["event"].as_object().unwrap().keys().next().unwrap().clone();
        assert_eq!(read(&example).unwrap().draft.body.word(), kind);
        words.insert(kind);
    }
    let kinds = published()["$defs"]["Happening"]["oneOf"].as_array().unwrap().len();
    assert_eq!(words.len(), kinds, "{words:?}");
}

#[test]
fn a_call_is_its_leg_s_unless_told() {
    let mut event =
        json!({"id": "1", "at": "2026-11-24T08:15:02.123456+01:00", "leg": "a", "event": {"held": {}}});
    let alone = read(&event).unwrap();
    assert_eq!((alone.id.as_str(), alone.draft.at_us), ("1", Some(1_795_504_502_123_456)));
    assert_eq!((alone.draft.leg.as_deref(), alone.draft.linked.as_deref()), (Some("a"), Some("a")));
    event["call"] = "b".into();
    assert_eq!(read(&event).unwrap().draft.linked.as_deref(), Some("b"));
}

#[test]
fn numbers_are_hidden_unless_they_are_own() {
    let mut event = json!({"id": "1", "at": "2026-11-24T08:00:00Z", "leg": "a", "event": {"leg_started":
        {"device": "2101", "incoming": true, "caller": "0701740605", "dialled": "0701740606"}}});
    let parties = |event: &Value| match read(event).unwrap().draft.body {
        Body::LegStarted { caller, dialled, .. } => (caller, dialled),
        other => panic!("{other:?}"),
    };
    let hidden = || Party::Outside(Vec::new());
    assert_eq!(parties(&event), (hidden(), hidden()));
    // What came in on a trunk dialled one of ours, however the trunk writes it.
    event["event"]["leg_started"]["device"] = "trunk".into();
    assert_eq!(parties(&event), (hidden(), Party::Own("0701740606".into())));
    event["event"]["leg_started"]["incoming"] = false.into();
    assert_eq!(parties(&event), (hidden(), hidden()));
}

#[test]
fn a_reason_that_nobody_has_named_is_left_out() {
    for (word, expect) in [("lunch", "lunch"), ("mote", "meeting"), ("with the doctor", "")] {
        let event = json!({"id": "1", "at": "2026-11-24T08:00:00Z", "event": {"diversion_set":
            {"extension": "2101", "kind": "other", "reason": word}}});
        let Body::DiversionSet { reason, .. } = read(&event).unwrap().draft.body else { panic!() };
        assert_eq!(&*reason, expect);
    }
}

#[test]
fn an_error_names_the_field() {
    let good = json!({"id": "1", "at": "2026-11-24T08:00:00Z", "leg": "a", "event": {"queue_joined": {"queue": "vaxel"}}});
    let validator = jsonschema::options().should_validate_formats(true).build(&published()).unwrap();
    let with = |pointer: &str, value: Value| {
        let mut event = good.clone();
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    for (event, path) in [
        (with("/id", json!("")), "id"),
        (with("/id", json!("a\nb")), "id"),
        (with("/id", json!("x".repeat(129))), "id"),
        (with("/at", json!("2026-11-24T08:00:00")), "at"),
        (with("/at", json!(1_795_504_502)), "at"),
        (with("/leg", json!("+46 70 123")), "leg"),
        (with("/event", json!({"danced": {}})), "event.danced"),
        (with("/event", json!({})), "event"),
        (with("/event", json!("held")), "event.held"),
        (with("/event", json!({"held": []})), "event.held"),
        (json!(["1", "2026-11-24T08:00:00Z", "a", null, {"held": {}}]), "."),
        (with("/event", json!({"held": {}, "resumed": {}})), "event"),
        (with("/event/queue_joined", json!({})), "event.queue_joined"),
        (with("/event/queue_joined", json!(7)), "event.queue_joined"),
        (with("/event/queue_joined/queue", json!(7)), "event.queue_joined.queue"),
        (with("/event/queue_joined", json!({"queue": "v", "length": 1})), "event.queue_joined.length"),
        (with("/event", json!({"dial_gave_up": {"status": "bored"}})), "event.dial_gave_up.status"),
    ] {
        assert!(!validator.is_valid(&event), "the schema takes {event}");
        let error = read(&event).unwrap_err();
        assert_eq!((error.path.as_str(), error.malformed), (path, false), "{event}");
    }
    assert!(read(&with("/event/queue_joined/queue", json!("[vaxel]"))).is_ok());
    // What a schema cannot say.
    let mut lone = good.clone();
    lone.as_object_mut().unwrap().remove("leg");
    assert_eq!(read(&lone).unwrap_err().to_string(), "leg: is needed by queue_joined");
    let twice = format!("{good}{good}");
    for no_document in [twice.as_bytes(), &twice.as_bytes()[..40], b"", b"no JSON"] {
        assert!(webhook::read(no_document, &Plan, &site()).unwrap_err().malformed);
    }
}

#[test]
fn a_field_without_a_name_has_a_place() {
    let error = webhook::read(br#"{"id":"1","":"2026-11-24T08:00:00Z"}"#, &Plan, &site()).unwrap_err();
    assert_eq!(error.path, ".");
}

proptest! {
    #[test]
    fn any_bytes_are_an_error_at_most(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = webhook::read(&bytes, &Plan, &site());
    }

    /// One character changed: what the reader takes, the schema takes.
    #[test]
    fn the_reader_takes_nothing_that_the_schema_refuses(nth in 0usize..36, at in any::<prop::sample::Index>(), byte in 32u8..127) {
        let examples = examples();
        let mut bytes = examples[nth % examples.len()].to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if webhook::read(&bytes, &Plan, &site()).is_ok() {
            let value: Value = serde_json::from_slice(&bytes).unwrap();
            prop_assert!(jsonschema::is_valid(&published(), &value), "{value}");
        }
    }
}
