//! The client of a schema registry, against a stub; `tests/e2e/tests/registry.rs` does it against a real one.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

mod by_name;
mod stub;

use by_name::{Json, bytes, text, with_id};
use call::Call;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};
use stub::Stub;
use wire::{Codec, RejectReason, WireError, strategies};

/// Registers as 101 to 105 by subject, has a rule of compatibility, and knows schemas by `known`.
fn registry(known: impl Fn(&str) -> (u16, Value) + Send + 'static) -> Stub {
    Stub::start(move |method, path, _| match (method, path) {
        ("POST", "/api/subjects/t.call-events-value/versions") => (200, json!({"id": 101}).to_string()),
        ("POST", "/api/subjects/t.calls-value/versions") => (200, json!({"id": 102}).to_string()),
        ("POST", "/api/subjects/t.kpi-windows-value/versions") => (200, json!({"id": 103}).to_string()),
        ("POST", "/api/subjects/t.rejected-value/versions") => (200, json!({"id": 104}).to_string()),
        ("POST", "/api/subjects/t.manifests-value/versions") => (200, json!({"id": 105}).to_string()),
        ("GET", path) if path.starts_with("/api/config/") => {
            (200, json!({"compatibilityLevel": "FULL"}).to_string())
        }
        (_, path) => {
            let (status, answer) = known(path);
            (status, answer.to_string())
        }
    })
}

fn not_found(_: &str) -> (u16, Value) {
    (404, json!({"error_code": 40403, "message": "Schema not found"}))
}

fn a_call() -> Call {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    strategies::call().new_tree(&mut runner).unwrap().current()
}

#[test]
fn registers_every_schema_and_writes_the_ids_that_it_gets() {
    let stub = registry(not_found);
    let codec = Codec::with_registry(&format!("{}/", stub.url), "t.").unwrap();
    let asked: Vec<Value> = stub.bodies().iter().filter_map(|body| serde_json::from_str(body).ok()).collect();
    let schemas: Vec<_> = by_name::TOPICS.iter().map(|topic| text(&format!("{topic}.avsc"))).collect();
    assert_eq!(asked.iter().map(|body| body["schema"].as_str().unwrap()).collect::<Vec<_>>(), schemas);
    assert!(asked.iter().all(|body| body["schemaType"] == "AVRO"));
    let call = a_call();
    let record = codec.encode_call(&call).unwrap();
    assert_eq!(record[..5], [0, 0, 0, 0, 102]);
    assert_eq!(codec.decode_call(&record).unwrap(), call);
    let asked = stub.asked();
    assert!(
        asked.iter().all(|asked| !asked.contains("/schemas/ids/")),
        "our own id needs no question: {asked:?}"
    );
    assert!(
        asked.iter().all(|asked| !asked.starts_with("PUT")),
        "a rule that is there is left alone: {asked:?}"
    );
}

#[test]
fn a_schema_of_others_is_asked_for_once_and_resolved() {
    // A predecessor: without `is_partial`'s doc and `message_left`, with a field that is gone, in another order.
    let mut theirs: Value = serde_json::from_str(&text("calls.avsc")).unwrap();
    let fields = theirs["fields"].as_array_mut().unwrap();
    fields.retain(|field| field["name"] != "message_left");
    fields.insert(0, json!({"name": "colour", "type": "string"}));
    fields.swap(1, 2);
    let schema = apache_avro::Schema::parse(&theirs).unwrap();
    let answer = json!({"schema": theirs.to_string()});
    let stub = registry(
        move |path| if path == "/api/schemas/ids/7" { (200, answer.clone()) } else { not_found(path) },
    );
    let codec = Codec::with_registry(&stub.url, "t.").unwrap();

    let mut call = a_call();
    let mut written = call.json();
    written.as_object_mut().unwrap().remove("message_left");
    written["colour"] = json!("blue");
    call.message_left = None;
    let record = with_id(7, &bytes(&schema, &written));
    assert_eq!(codec.decode_call(&record).unwrap(), call);
    assert_eq!(codec.decode_call(&record).unwrap(), call);
    let asked = stub.asked().into_iter().filter(|asked| asked.contains("/schemas/ids/"));
    assert_eq!(asked.collect::<Vec<_>>(), ["GET /api/schemas/ids/7"]);
    let cut = codec.decode_call(&record[..record.len() - 1]).unwrap_err();
    assert!(cut.to_string().contains("written with schema 7: Call.left_on_hold: cut off"), "{cut}");
}

#[test]
fn what_the_registry_says_decides_whose_fault_it_is() {
    let check = |status: u16, answer: Value, reason: Option<RejectReason>, says: &str| {
        let stub = registry(move |_| (status, answer.clone()));
        let codec = Codec::with_registry(&stub.url, "t.").unwrap();
        let error = codec.decode_event(&[0, 0, 0, 0, 9]).unwrap_err();
        assert_eq!(error.reject_reason(), reason, "{error}");
        assert!(error.to_string().contains(says), "{error} does not say {says}");
    };
    let (status, answer) = not_found("");
    check(status, answer, Some(RejectReason::UnknownSchema), "schema id 9 is not known");
    check(404, json!("<html>nothing here</html>"), None, "nothing here");
    check(503, json!({"message": "starting"}), None, "schema 9: status 503, starting");
    check(200, json!({"id": 1}), None, "status 200");
    check(
        200,
        json!({"schema": "{}", "schemaType": "JSON"}),
        Some(RejectReason::Undecodable),
        "is JSON, not AVRO",
    );
    check(
        200,
        json!({"schema": "{\"type\": 3}"}),
        Some(RejectReason::Undecodable),
        "the schema 9 is not an Avro",
    );
}

#[test]
fn a_subject_without_a_rule_gets_one() {
    let open = |status| {
        Stub::start(move |method, _, _| match method {
            "POST" => (200, json!({"id": 1}).to_string()),
            "GET" => (200, json!({"compatibilityLevel": "NONE"}).to_string()),
            _ => (status, json!({"message": "not yours"}).to_string()),
        })
    };
    let stub = open(200);
    Codec::with_registry(&stub.url, "").unwrap();
    let put =
        stub.asked().into_iter().zip(stub.bodies()).find(|(asked, _)| asked.starts_with("PUT")).unwrap();
    assert_eq!(
        put,
        ("PUT /api/config/call-events-value".into(), json!({"compatibility": "BACKWARD"}).to_string())
    );
    let error = Codec::with_registry(&open(403).url, "").err().unwrap();
    assert!(
        error.to_string().contains("status 403, not yours; set its compatibility to BACKWARD"),
        "{error}"
    );
}

#[test]
fn a_refused_or_silent_registry_is_an_error_at_the_start() {
    let check = |url: &str, says: &str| match Codec::with_registry(url, "") {
        Err(error @ WireError::Registry { .. }) => assert!(error.to_string().contains(says), "{error}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{url} took the schemas"),
    };
    let refusing =
        Stub::start(|_, _, _| (409, json!({"message": "incompatible with version 3"}).to_string()));
    check(&refusing.url, "call-events-value: status 409, incompatible with version 3");
    let lost = Stub::start(|_, _, _| (404, String::new()));
    check(&lost.url, "status 404");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    check(&format!("http://{closed}"), "is it running, and is the address right?");
}
