//! The tests' own way from the domain to Avro: by the names of types and fields, through JSON and apache-avro. It shares
//! nothing with the codec but the schema files.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, each of which uses its part"
)]

pub mod avro;
mod domain;

pub use domain::Json;

use apache_avro::Schema;
use serde_json::Value;
use std::path::PathBuf;

/// Topics that have a schema.
pub const TOPICS: [&str; 5] = ["call-events", "calls", "kpi-windows", "rejected", "manifests"];

/// A file or folder under `schemas/`.
pub fn schemas(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schemas").join(path)
}

/// The text of a file under `schemas/`.
pub fn text(path: &str) -> String {
    std::fs::read_to_string(schemas(path)).unwrap_or_else(|error| panic!("schemas/{path}: {error}"))
}

/// The schema of a topic.
pub fn schema(topic: &str) -> Schema {
    Schema::parse_str(&text(&format!("{topic}.avsc"))).unwrap()
}

/// JSON to the record's bytes, without the header, by apache-avro.
pub fn bytes(schema: &Schema, json: &Value) -> Vec<u8> {
    apache_avro::to_avro_datum(schema, avro::from_json(schema, json)).unwrap()
}

/// Confluent's header before a record.
pub fn with_id(id: u32, record: &[u8]) -> Vec<u8> {
    [&[0], &id.to_be_bytes()[..], record].concat()
}

/// The id of a topic's current schema where no registry gives one.
pub fn built_in_id(topic: &str) -> u32 {
    match topic {
        "call-events" => 11,
        "calls" => 9,
        "kpi-windows" => 13,
        "rejected" => 7,
        "manifests" => 12,
        other => panic!("no schema of {other}"),
    }
}
