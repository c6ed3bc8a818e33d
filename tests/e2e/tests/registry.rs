//! The codec against a real schema registry: Apicurio with Confluent's REST API.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use call::{Body, Event, EventId, Origin, SourceKind};
use serde_json::{Value, json};
use std::path::Path;
use wire::{Codec, RejectReason, WireError};

#[test]
fn schemas_are_registered_kept_compatible_and_read_by_their_id() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings/asterisk22/svarstid.toml");
    let cache = config::load(&example).unwrap().cache_folder();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let registry = stack::Registry::up(&cache, port, &|line| eprintln!("{line}")).unwrap();
    registers_once(&registry.url);
    refuses_what_cannot_read_its_predecessor(&registry.url);
    reads_what_another_version_wrote(&registry.url);
    tells_unknown_ids_from_its_own_faults(&registry.url);
}

/// Two programs get the same ids, and the subjects are guarded.
fn registers_once(url: &str) {
    let (first, second) =
        (Codec::with_registry(url, "e2e-").unwrap(), Codec::with_registry(url, "e2e-").unwrap());
    let record = first.encode_event(&heartbeat()).unwrap();
    assert_eq!(second.encode_event(&heartbeat()).unwrap(), record);
    assert_eq!(second.decode_event(&record).unwrap(), heartbeat());
    for topic in ["call-events", "calls", "kpi-windows", "rejected", "manifests"] {
        let (status, answer) = ask("GET", &format!("{url}/config/e2e-{topic}-value"), None);
        assert_eq!((status, &answer["compatibilityLevel"]), (200, &json!("BACKWARD")), "{topic}: {answer}");
    }
}

fn refuses_what_cannot_read_its_predecessor(url: &str) {
    let versions = format!("{url}/subjects/e2e-calls-value/versions");
    let (status, answer) =
        ask("POST", &versions, Some(&calls_with(json!({"name": "new", "type": "string"}))));
    assert_eq!(status, 409, "a field without a default: {answer}");
    let optional = json!({"name": "new", "type": ["null", "string"], "default": null});
    let (status, answer) = ask("POST", &versions, Some(&calls_with(optional)));
    assert_eq!(status, 200, "an optional field: {answer}");
    let (_, numbers) = ask("GET", &versions, None);
    assert_eq!(numbers, json!([1, 2]));
}

/// A newer program's records are read by this one, which has never seen its schema.
fn reads_what_another_version_wrote(url: &str) {
    let mut newer: Value = serde_json::from_str(&schema("call-events")).unwrap();
    let fields = newer["fields"].as_array_mut().unwrap();
    fields.insert(0, json!({"name": "weather", "type": "string", "default": ""}));
    let body = json!({"schema": newer.to_string(), "schemaType": "AVRO"});
    let (status, answer) =
        ask("POST", &format!("{url}/subjects/e2e-call-events-value/versions"), Some(&body));
    assert_eq!(status, 200, "{answer}");
    let id = u32::try_from(answer["id"].as_u64().unwrap()).unwrap();

    let codec = Codec::with_registry(url, "e2e-").unwrap();
    let record = codec.encode_event(&heartbeat()).unwrap();
    let weather = [8, b'r', b'a', b'i', b'n'];
    let theirs = [&[0], &id.to_be_bytes()[..], &weather, &record[5..]].concat();
    assert_eq!(codec.decode_event(&theirs).unwrap(), heartbeat());
}

fn tells_unknown_ids_from_its_own_faults(url: &str) {
    let codec = Codec::with_registry(url, "e2e-").unwrap();
    let error = codec.decode_event(&[0, 0x7f, 0, 0, 1]).unwrap_err();
    assert!(matches!(error, WireError::UnknownSchema(0x7f00_0001)), "{error}");
    assert_eq!(error.reject_reason(), Some(RejectReason::UnknownSchema));
    let nowhere = Codec::with_registry(&url.replace("/apis/", "/nothing/"), "e2e-");
    assert!(matches!(nowhere, Err(WireError::Registry { .. })));
}

fn heartbeat() -> Event {
    let kind = SourceKind::Collector;
    let origin = Origin { site: "radhuset".into(), node: "pbx1".into(), kind, stream: 1, position: 2 };
    Event { id: EventId(3), origin, at_us: 4, received_us: 5, leg: None, linked: None, body: Body::Heartbeat }
}

fn schema(topic: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../schemas/{topic}.avsc"));
    std::fs::read_to_string(path).unwrap()
}

/// The schema of calls with one field more, as a request.
fn calls_with(field: Value) -> Value {
    let mut schema: Value = serde_json::from_str(&schema("calls")).unwrap();
    schema["fields"].as_array_mut().unwrap().push(field);
    json!({"schema": schema.to_string(), "schemaType": "AVRO"})
}

fn ask(method: &str, url: &str, body: Option<&Value>) -> (u16, Value) {
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = ureq::http::Request::builder().method(method).uri(url);
    let request =
        request.header("content-type", "application/vnd.schemaregistry.v1+json").body(body).unwrap();
    let mut response = ureq::Agent::new_with_config(config).run(request).unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
