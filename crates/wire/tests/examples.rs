//! Every file in `schemas/examples/` goes through every reader, and its bytes are those of the snapshot beside it.
//!
//! A wanted change of the bytes: `cargo test -p svarstid-wire --test examples -- --ignored` writes the snapshots anew.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: a failed step is a failed test")]

mod by_name;

use apache_avro::Schema;
use by_name::{Json, TOPICS, avro, built_in_id, bytes, schema, schemas, with_id};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use wire::{Codec, WireError};

/// One example with what belongs to it.
struct Example {
    topic: &'static str,
    path: PathBuf,
    json: Value,
}

/// Every example; a file that belongs to none fails.
fn examples() -> Vec<Example> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(schemas("examples")).unwrap() {
        let folder = folder.unwrap().path();
        let topic = TOPICS.into_iter().find(|topic| folder.ends_with(topic));
        let topic = topic.unwrap_or_else(|| panic!("no reader takes {}", folder.display()));
        for path in std::fs::read_dir(&folder).unwrap() {
            let path = path.unwrap().path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => {
                    let json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
                    found.push(Example { topic, path, json });
                }
                Some("hex") => {
                    assert!(path.with_extension("json").exists(), "{} has no example", path.display())
                }
                _ => panic!("no reader takes {}", path.display()),
            }
        }
    }
    found
}

/// Bytes to the domain, and both ways back: to JSON by names, and to bytes by the codec.
fn through<T: Json>(
    bytes: &[u8],
    decode: impl Fn(&Codec, &[u8]) -> Result<T, WireError>,
    encode: impl Fn(&Codec, &T) -> Result<Vec<u8>, WireError>,
) -> (Value, Vec<u8>) {
    let codec = Codec::built_in().unwrap();
    let value = decode(&codec, bytes).unwrap();
    (value.json(), encode(&codec, &value).unwrap())
}

fn through_codec(topic: &str, bytes: &[u8]) -> (Value, Vec<u8>) {
    match topic {
        "call-events" => through(bytes, Codec::decode_event, Codec::encode_event),
        "calls" => through(bytes, Codec::decode_call, Codec::encode_call),
        "kpi-windows" => through(bytes, Codec::decode_window, Codec::encode_window),
        "rejected" => through(bytes, Codec::decode_rejected, Codec::encode_rejected),
        "manifests" => through(bytes, Codec::decode_manifest, Codec::encode_manifest),
        other => panic!("no reader takes {other}"),
    }
}

fn record_of(example: &Example) -> Vec<u8> {
    with_id(built_in_id(example.topic), &bytes(&schema(example.topic), &example.json))
}

fn snapshot(path: &Path) -> PathBuf {
    path.with_extension("hex")
}

#[test]
fn every_example_through_every_reader() {
    for example in examples() {
        let (schema, record, path) = (schema(example.topic), record_of(&example), example.path.display());
        let by_avro = apache_avro::from_avro_datum(&schema, &mut &record[5..], None).unwrap();
        assert_eq!(avro::to_json(&schema, &by_avro), example.json, "{path}: apache-avro");
        let (json, encoded) = through_codec(example.topic, &record);
        assert_eq!(json, example.json, "{path}: the codec");
        assert_eq!(encoded, record, "{path}: encoded again");
        let kept = std::fs::read_to_string(snapshot(&example.path)).unwrap_or_default();
        assert_eq!(
            avro::to_hex(&record),
            kept.trim(),
            "{path}: the bytes on the wire are not those of the snapshot"
        );
    }
}

#[test]
fn every_branch_and_word_has_an_example() {
    let of = |topic: &'static str| examples().into_iter().filter(move |example| example.topic == topic);
    let values = |topic, pointer: &'static str| -> BTreeSet<String> {
        let name = |value: &Value| match value {
            Value::Object(object) => object.keys().next().unwrap().clone(),
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        of(topic).map(|example| name(example.json.pointer(pointer).unwrap())).collect()
    };
    assert_eq!(values("call-events", "/body"), branches("call-events", "body"));
    assert_eq!(values("kpi-windows", "/kind"), branches("kpi-windows", "kind"));
    let words = |list: &str| list.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(
        values("rejected", "/reason"),
        wire::RejectReason::ALL.iter().map(|reason| reason.word().to_owned()).collect()
    );
    assert!(values("calls", "/outcome").is_superset(&words("answered voicemail abandoned in_progress")));
    assert_eq!(values("calls", "/direction"), words("external internal outgoing"));
    assert!(of("calls").any(|example| !example.json["merged_into"].is_null()));
}

/// The names of the records of a union.
fn branches(topic: &str, field: &str) -> BTreeSet<String> {
    let Schema::Record(record) = schema(topic) else { panic!("{topic} is a record") };
    let field = record.fields.into_iter().find(|known| known.name == field).unwrap();
    let Schema::Union(union) = field.schema else { panic!("{} is a union", field.name) };
    union.variants().iter().map(|branch| branch.name().unwrap().name.clone()).collect()
}

#[test]
#[ignore = "writes the snapshots anew: only for a wanted change of the bytes"]
fn write_snapshots() {
    for example in examples() {
        let hex = avro::to_hex(&record_of(&example));
        std::fs::write(snapshot(&example.path), format!("{hex}\n")).unwrap();
    }
}
